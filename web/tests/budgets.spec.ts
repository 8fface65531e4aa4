import { expect, expectSettled, openOverview, test } from './helpers';

/** Slow enough for answers to come one after the other. */
const THROTTLE = 4;

for (const [what, width] of [
	['a computer', 1280],
	['a phone', 360]
] as const) {
	test(`the overview stays in place on ${what} that is ${THROTTLE} times slower`, async ({
		page
	}) => {
		await page.setViewportSize({ width, height: 800 });
		await page.addInitScript(() => {
			const watched = { shifts: 0 };
			Object.assign(globalThis, { watched });
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries()) {
					watched.shifts += (entry as PerformanceEntry & { value: number }).value;
				}
			}).observe({ type: 'layout-shift', buffered: true });
		});
		const session = await page.context().newCDPSession(page);
		await session.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE });
		await openOverview(page);
		await expectSettled(page);
		const shifts = await page.evaluate(
			() => (globalThis as unknown as { watched: { shifts: number } }).watched.shifts
		);
		expect(shifts, 'cumulative layout shift').toBeLessThan(0.02);
	});
}

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
