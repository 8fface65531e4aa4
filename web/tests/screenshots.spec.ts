import { fileURLToPath } from 'node:url';
import type { Health } from '../src/lib/api/types';
import {
	answerOf,
	appendResponse,
	ask,
	expect,
	expectSettled,
	open,
	PLACES,
	test
} from './helpers';

/** The pages that the documentation shows. */
const SHOWN = ['overview', 'session', 'blocks', 'audit'];

/** Those that it shows on a desktop alone: what explains usage. */
const EXPLAINED = ['changes', 'by', 'cache', 'what-if', 'compare'];

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url));

/** Name of the home in the pictures, regardless of its temporary folder. */
const HOME = '/home/dev/.claude';

test.describe('pictures', () => {
	test.describe.configure({ mode: 'serial' });

	test('a window is open', async ({ page }) => {
		const MINUTE_MS = 60_000;
		const responses = 12;
		for (let index = responses; index > 0; index--) {
			appendResponse(
				{ output_tokens: 400 + ((index * 397) % 1900), cache_read_input_tokens: 90_000 },
				new Date(Date.now() - index * 8 * MINUTE_MS),
				'claude-opus-5-5'
			);
		}
		await expect
			.poll(async () => (await ask(page, '/blocks', { range: '7d' })).current)
			.toMatchObject({ cost_usd: expect.any(Number) });
	});

	for (const [size, width, height, shown] of [
		['desktop', 1280, 1010, [...SHOWN, ...EXPLAINED]],
		['phone', 360, 740, SHOWN]
	] as const) {
		for (const colorScheme of ['light', 'dark'] as const) {
			for (const place of PLACES.filter(({ name }) => shown.includes(name))) {
				test(`${place.name}, ${size}, ${colorScheme}`, async ({ page }) => {
					const { claude_dir } = (await ask(page, '/health', {})) as Health;
					await page.route(/\/api\/v1\/(?!ws)/, async (route) => {
						const response = await answerOf(route);
						const text = await response.text();
						await route.fulfill({ response, body: text.replaceAll(claude_dir.path, HOME) });
					});
					await page.setViewportSize({ width, height });
					await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
					await open(page, place);
					await expectSettled(page);
					await page.screenshot({
						path: `${IMAGES}${place.name}-${size}-${colorScheme}.png`,
						animations: 'disabled'
					});
				});
			}
		}
	}
});
