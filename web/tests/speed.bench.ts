import type { Page } from '@playwright/test';
import { meta, usage } from '../src/testing/answers';
import { answer, expect, expectSettled, openOverview, test } from './helpers';

// Figures of the page's speed, as ratios within this run. No figure is a failure: machines differ.

/** How often each is measured. Other programs only add to what the page takes: the least counts. */
const TIMES = 3;

/** What stands for a slow computer. */
const THROTTLE = 4;

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
	watched: { lcp: number; tbt: number };
}

/** Has the page add up what a person would have to wait for, in milliseconds. */
async function watch(page: Page) {
	await page.addInitScript(() => {
		const watched = { lcp: 0, tbt: 0 };
		Object.assign(globalThis, { watched });
		const observe = (type: string, take: (entry: PerformanceEntry) => void) =>
			new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({
				type,
				buffered: true
			});
		observe('largest-contentful-paint', ({ startTime }) => (watched.lcp = startTime));
		// Of a task, what is longer than 50 ms keeps a person waiting.
		observe('longtask', ({ duration }) => (watched.tbt += Math.max(0, duration - 50)));
	});
}

/** Mocks a server with a number of days and models. */
async function answerUsage(page: Page, days: number, count: number) {
	const dates = Array.from({ length: days }, (_, index) =>
		new Date(Date.UTC(2025, 0, 31 + index)).toISOString().slice(0, 10)
	);
	const models = Array.from({ length: count }, (_, index) => `model-${index}`);
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

/** Prints a figure with its reference. */
function report(what: string, figure: number, beside: number) {
	const ratio = (figure / beside).toFixed(2);
	console.log(`${what}: ${ratio} (${figure.toFixed(0)} ms to ${beside.toFixed(0)} ms)`);
}

for (const [what, width] of [
	['a computer', 1280],
	['a phone', 360]
] as const) {
	test(`the overview on ${what} that is ${THROTTLE} times slower`, async ({ page }) => {
		await page.setViewportSize({ width, height: 800 });
		await watch(page);
		const session = await page.context().newCDPSession(page);
		const measured = async (rate: number) => {
			await session.send('Emulation.setCPUThrottlingRate', { rate });
			return least(async () => {
				await openOverview(page);
				await expectSettled(page);
				const { lcp, tbt } = await page.evaluate(() => (globalThis as unknown as Watched).watched);
				return [lcp, tbt];
			});
		};
		const [fast = NaN] = await measured(1);
		const [slow = NaN, blocked = NaN] = await measured(THROTTLE);
		report('largest contentful paint, slow to fast', slow, fast);
		report('total blocking time to largest contentful paint, slow', blocked, slow);
	});
}

test('a year of 8 models', async ({ page }) => {
	const session = await page.context().newCDPSession(page);
	// Of the page's own thread, whatever else runs.
	await session.send('Performance.enable', { timeDomain: 'threadTicks' });
	const spent = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
	};
	const drawn = async (days: number, models: number) => {
		await page.unrouteAll();
		await answerUsage(page, days, models);
		const [figure = NaN] = await least(async () => {
			await page.goto('/settings?range=1y');
			await expectSettled(page);
			const before = await spent();
			await page.getByRole('link', { name: 'Overview' }).click();
			await expect(page.getByRole('application')).toHaveCount(3);
			await expectSettled(page);
			return [(await spent()) - before];
		});
		return figure;
	};
	const little = await drawn(7, 1);
	report('main thread, 365 days of 8 models to 7 days of one', await drawn(365, 8), little);
});
