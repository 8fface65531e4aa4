import type { Health } from '../src/lib/api/types';
import {
	answer,
	ask,
	expect,
	expectSettled,
	open,
	openOverview,
	PLACES,
	test,
	WALL
} from './helpers';
import { shiftsOf, watchShifts } from './shifts';

/**
 * What the first visit of any page may take; `scripts/size.js` has the budgets of its code. `loading.spec.ts` looks for
 * shifts while answers come one after the other.
 */
const BUDGET = {
	/** Everything that is asked for: the document, its files, answers, and the WebSocket. */
	requests: 25,
	/** Of all answers to the overview with their headers, compressed. */
	answerBytes: 40_000,
	/** Cumulative layout shift. */
	shifts: 0.02
};

for (const [what, width] of [
	['a computer', 1280],
	['a phone', 360]
] as const) {
	for (const place of [...PLACES, WALL]) {
		test(`the first visit of "${place.name}" on ${what}, below a banner, is within its budget`, async ({
			page
		}) => {
			const asked: string[] = [];
			page.on('request', (request) => {
				// How many pages a long list has depends on the session, and no code waits for them.
				if (!request.url().includes('&cursor=')) asked.push(request.url());
			});
			await page.routeWebSocket(/\/api\/v1\/ws/, (socket) => {
				asked.push(socket.url());
				const server = socket.connectToServer();
				// Other tests change data of the server, which is then asked for again.
				server.onMessage((message) => {
					if (!/"type":"(data|stats|personal)_update"/.test(String(message))) socket.send(message);
				});
			});
			const health = await ask(page, '/health', {});
			const since = new Date().toISOString();
			const condition = { code: 'reading_behind', message: 'reading falls behind', since };
			await answer(page, '/health', { ...health, conditions: [condition] } as Health);
			await page.setViewportSize({ width, height: 800 });
			await watchShifts(page);
			await open(page, place);
			// What the layout loads once it is idle is part of the first visit.
			await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
			await page.waitForLoadState('networkidle');
			if (place !== WALL)
				await expect(page.getByText('Reading falls behind').first()).toBeVisible();
			expect(asked.length, asked.join('\n')).toBeLessThanOrEqual(BUDGET.requests);
			const { sum, moved } = await shiftsOf(page);
			expect(sum, moved.join('\n')).toBeLessThan(BUDGET.shifts);
		});
	}
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
	expect(bytes).toBeLessThan(BUDGET.answerBytes);
});
