import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectAccessible, expectSettled, speak, test } from './helpers';

/** A server that was started without its home, and where that home belongs. */
const url = process.env.CTM_TEST_WAITING_URL;
const home = process.env.CTM_TEST_WAITING_HOME;

test.use({ baseURL: url });

/** A response as Claude Code logs it, of this moment. */
function response(): string {
	const line = {
		type: 'assistant',
		uuid: 'u1',
		timestamp: new Date().toISOString(),
		sessionId: '5e551011-0000-4000-8000-000000000001',
		cwd: '/home/u/src/first',
		requestId: 'req_1',
		message: {
			id: 'msg_1',
			type: 'message',
			role: 'assistant',
			model: 'claude-opus-4-5-20251101',
			stop_reason: 'end_turn',
			usage: { input_tokens: 0, output_tokens: 12_345 }
		}
	};
	return `${JSON.stringify(line)}\n`;
}

test('a server without a home shows what to do, and continues when a home appears', async ({
	page
}) => {
	expect(url && home, 'a server that waits, and its home').toBeTruthy();
	const main = page.getByRole('main');
	for (const path of ['/', '/sessions', '/blocks']) {
		await page.goto(path);
		await expect(main).toContainText('No Claude home yet');
		await expect(main).toContainText(`ctm looks for ${home} and reads it as soon as it exists`);
		await expect(page.getByRole('figure')).toHaveCount(0);
		await expect(page.getByRole('alert')).toHaveCount(0);
		await expectAccessible(page);
	}
	await speak(page, '简体中文');
	await expect(main).toContainText(home ?? '');
	await expectAccessible(page);
	await speak(page, 'English');
	await page.goto('/');
	await expect(main).toContainText('No Claude home yet');

	// The page is left alone from here on.
	let loads = 0;
	page.on('load', () => (loads += 1));
	const folder = join(home ?? '', 'projects/-home-u-src-first');
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, '5e551011-0000-4000-8000-000000000001.jsonl'), response());
	await expect(page.getByRole('group', { name: 'Tokens' }).locator('data').first()).toHaveAttribute(
		'value',
		'12345'
	);
	await expect(main).not.toContainText('No Claude home yet');
	await expect(page.getByRole('banner').getByRole('status')).toContainText('Live');
	await expectSettled(page);
	expect(loads, 'without loading the page again').toBe(0);
});
