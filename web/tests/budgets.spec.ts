import type { Page } from '@playwright/test';
import { meta, usage } from '../src/testing/answers';
import { answer, expect, expectSettled, openOverview, test } from './helpers';

/** How often each is measured. Other programs only add to what the page takes: the least counts. */
const TIMES = 3;

/** What stands for a slow computer. */
const THROTTLE = 4;

const DAYS = 365;
const MODELS = 8;

/** Returns the least of each figure that `measure` returns. */
async function least(measure: () => Promise<number[]>): Promise<number[]> {
	let found: number[] = [];
	for (let run = 0; run < TIMES; run++) {
		const figures = await measure();
		found = figures.map((figure, index) => Math.min(figure, found[index] ?? Infinity));
	}
	return found;
}

interface Watched {
	watched: { lcp: number; cls: number; tbt: number };
}

/** Has the page add up what a person would have to wait for, in milliseconds. */
async function watch(page: Page) {
	await page.addInitScript(() => {
		const watched = { lcp: 0, cls: 0, tbt: 0 };
		Object.assign(globalThis, { watched });
		const observe = (type: string, take: (entry: PerformanceEntry) => void) =>
			new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({
				type,
				buffered: true
			});
		observe('largest-contentful-paint', ({ startTime }) => (watched.lcp = startTime));
		observe('layout-shift', (entry) => (watched.cls += (entry as LayoutShift).value));
		// Of a task, what is longer than 50 ms keeps a person waiting.
		observe('longtask', ({ duration }) => (watched.tbt += Math.max(0, duration - 50)));
	});
}

interface LayoutShift extends PerformanceEntry {
	value: number;
}

/** Answers of a server that knows 365 days of 8 models. */
async function answerYear(page: Page) {
	const dates = Array.from({ length: DAYS }, (_, index) =>
		new Date(Date.UTC(2025, 0, 31 + index)).toISOString().slice(0, 10)
	);
	const models = Array.from({ length: MODELS }, (_, index) => `model-${index}`);
	const used = (day: number, model: number) =>
		usage(1000 * (1 + ((day * 7 + model * 13) % 29)), 1 + ((day * 5 + model * 11) % 17));
	await answer(page, '/stats/daily', {
		meta: { ...meta, from: dates[0] ?? '', to: dates.at(-1) ?? '' },
		days: dates.map((date, day) => ({
			...used(day, 0),
			date,
			source: 'events' as const,
			models: models.map((model, index) => ({ ...used(day, index), model }))
		})),
		totals: usage(1e9, 1000)
	});
	await page.route(/\/api\/v1\/stats\/trends/, (route) =>
		route.fulfill({
			json: {
				meta,
				metric: 'cost_usd',
				bucket: 'day',
				group: 'none',
				buckets: dates,
				series: [{ key: null, label: '', values: dates.map((_, day) => (day * 5) % 17) }],
				totals: dates.map((_, day) => (day * 5) % 17),
				previous: null,
				statistics: { min: 0, max: 16, avg: 8, total: 2920 }
			}
		})
	);
}

for (const [what, width] of [
	['a computer', 1280],
	['a phone', 360]
] as const) {
	test(`${what} that is ${THROTTLE} times slower shows the overview soon, and in place`, async ({
		page
	}) => {
		await page.setViewportSize({ width, height: 800 });
		await watch(page);
		const session = await page.context().newCDPSession(page);
		await session.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE });
		const [lcp, cls, tbt] = await least(async () => {
			await openOverview(page);
			await expectSettled(page);
			const { lcp, cls, tbt } = await page.evaluate(
				() => (globalThis as unknown as Watched).watched
			);
			return [lcp, cls, tbt];
		});
		expect(lcp, 'largest contentful paint, ms').toBeLessThan(1800);
		expect(cls, 'cumulative layout shift').toBeLessThan(0.02);
		expect(tbt, 'total blocking time, ms').toBeLessThan(200);
	});
}

test(`a year of ${MODELS} models is drawn in little time`, async ({ page }) => {
	await answerYear(page);
	const session = await page.context().newCDPSession(page);
	// Of the page's own thread, whatever else runs.
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	const spent = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
	};
	const [drawn] = await least(async () => {
		await page.goto('/settings?range=1y');
		await expectSettled(page);
		const before = await spent();
		await page.getByRole('link', { name: 'Overview' }).click();
		await expect(page.getByRole('application')).toHaveCount(2);
		await expectSettled(page);
		return [(await spent()) - before];
	});
	expect(drawn, 'ms of the main thread').toBeLessThan(200);
});

test('the overview asks for little at first', async ({ page }) => {
	const sizes: Promise<number>[] = [];
	page.on('requestfinished', (request) => {
		if (!new URL(request.url()).pathname.startsWith('/api/')) return;
		sizes.push(
			request.sizes().then(({ responseBodySize, responseHeadersSize }) => {
				return responseBodySize + responseHeadersSize;
			})
		);
	});
	await openOverview(page, '?range=1y');
	await expectSettled(page);
	const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
	expect(sizes.length).toBeGreaterThan(5);
	expect(bytes).toBeLessThan(40_000);
});
