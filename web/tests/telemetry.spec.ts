import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from '@playwright/test';
import { ask, expect, expectAccessible, expectNoSidewaysScroll, speak, test } from './helpers';

// One after the other: each counts what the server has before and after its own report.
test.describe.configure({ mode: 'default' });

const MODEL = 'claude-opus-4-5-20251101';

/** Within the data of the server, and in none of the ranges that other tests look at. */
const AT = new Date(Date.now() - 100 * 24 * 3_600_000);

const PROMPT = {
	input_tokens: 3,
	cache_read_input_tokens: 20,
	cache_creation_input_tokens: 7
};

/** A session with a response without a final record, one with, and Claude Code's own totals of both and a title. */
function writeSession() {
	const session = randomUUID();
	const live = process.env.CTM_TEST_TRANSCRIPT;
	if (!live) throw new Error('CTM_TEST_TRANSCRIPT has to name a transcript that the server reads');
	const response = (name: string, output_tokens: number, stop_reason: string | null) => ({
		type: 'assistant',
		uuid: randomUUID(),
		timestamp: AT.toISOString(),
		sessionId: session,
		cwd: '/home/u/src/live',
		requestId: `req_${name}_${session}`,
		message: {
			id: `msg_${name}_${session}`,
			type: 'message',
			role: 'assistant',
			model: MODEL,
			stop_reason,
			usage: { ...PROMPT, output_tokens }
		}
	});
	const totals = {
		type: 'cost-state',
		sessionId: session,
		totalCostUSD: 0.05,
		modelUsage: {
			[MODEL]: {
				inputTokens: 6,
				outputTokens: 950,
				cacheReadInputTokens: 40,
				cacheCreationInputTokens: 14,
				costUSD: 0.04
			},
			'claude-haiku-4-5': { inputTokens: 400, outputTokens: 20, costUSD: 0.01 }
		}
	};
	const lines = [response('open', 5, null), response('whole', 50, 'end_turn'), totals];
	const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
	appendFileSync(join(dirname(live), `${session}.jsonl`), text);
	return session;
}

type Value = { stringValue: string } | { intValue: string };

/** Reports a request as Claude Code does. */
async function report(page: Page, session: string, name: string, counts: Record<string, number>) {
	const value = (of: string | number): Value =>
		typeof of === 'number' ? { intValue: String(of) } : { stringValue: of };
	const attributes = Object.entries({
		'event.name': 'api_request',
		request_id: `req_${name}_${session}`,
		'session.id': session,
		model: MODEL,
		query_source: name === 'title' ? 'generate_session_title' : 'Explore',
		input_tokens: 3,
		cache_read_tokens: 20,
		cache_creation_tokens: 7,
		...counts
	}).map(([key, of]) => ({ key, value: value(of) }));
	const record = { timeUnixNano: `${AT.getTime()}000000`, attributes };
	const answer = await page.request.post('/otlp/v1/logs', {
		data: { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }
	});
	expect(await answer.json()).toEqual({});
}

/** Waits until the server has read a session. */
async function known(page: Page, session: string) {
	const asked = () => page.request.get(`/api/v1/sessions/${session}`);
	await expect.poll(async () => (await asked()).status()).toBe(200);
}

/** Opens the explanation of a response. */
async function explain(page: Page, session: string, name: string) {
	const key = encodeURIComponent(`msg_${name}_${session}`);
	await page.goto(`/sessions/${session}?range=all&why=${key}`);
	const dialog = page.getByRole('dialog');
	await expect(dialog).toBeVisible();
	await expect(dialog.locator('[aria-busy="true"]')).toHaveCount(0);
	return dialog;
}

test('a session shows what Claude Code counted itself, and why that is different', async ({
	page
}) => {
	const session = writeSession();
	await known(page, session);
	await page.goto(`/sessions/${session}?range=all`);
	const main = page.getByRole('main');
	await expect(main.getByRole('heading', { name: "Claude Code's own totals" })).toBeVisible();
	await expect(main).toContainText('$0.0500 by Claude Code, $0.0015 by the responses.');
	const reasons = main.getByRole('listitem');
	await expect(reasons.filter({ hasText: 'claude-haiku-4-5' })).toContainText(
		'Requests in no transcript, such as titles and summaries.'
	);
	await expect(reasons.filter({ hasText: 'claude-opus-4-5' })).toContainText(
		'Responses without a final record: their output is a lower bound.'
	);
	const table = main.getByRole('table', { name: "Claude Code's own totals" });
	await expect(table.getByRole('row').filter({ hasText: 'haiku' })).toContainText('$0.01');
	await expectAccessible(page);

	// Telemetry says how long the response became, and the lower bound is gone.
	await report(page, session, 'open', { output_tokens: 900 });
	await page.reload();
	await expect(reasons.filter({ hasText: 'claude-haiku-4-5' })).toBeVisible();
	await expect(reasons.filter({ hasText: 'lower bound' })).toHaveCount(0);
});

test('a response says which figure is from which witness', async ({ page }) => {
	const session = writeSession();
	await known(page, session);
	const before = await explain(page, session, 'open');
	await expect(before.getByRole('heading', { name: 'Telemetry' })).toHaveCount(0);

	await report(page, session, 'open', { output_tokens: 900 });
	await report(page, session, 'whole', { output_tokens: 50, input_tokens: 4 });
	const completed = await explain(page, session, 'open');
	await expect(completed.getByRole('heading', { name: 'Telemetry' })).toBeVisible();
	await expect(completed).toContainText(
		'The output is that of telemetry: the transcripts have no final record, and 5 output tokens.'
	);
	await expect(completed.getByText('Explore')).toBeVisible();
	const agreed = await explain(page, session, 'whole');
	await expect(agreed).toContainText("All figures are the transcript's.");
	await expect(agreed).toContainText(
		"Different in telemetry: Uncached input. The transcript's figures apply."
	);

	for (const language of ['简体中文', 'English'] as const) {
		await speak(page, language);
		for (const width of [360, 1280]) {
			await page.setViewportSize({ width, height: 800 });
			await expectNoSidewaysScroll(page);
			await expectAccessible(page);
		}
	}
});

test('a switch includes what only telemetry reports', async ({ page }) => {
	const session = writeSession();
	await known(page, session);
	const tokens = async (unlogged: boolean) =>
		(await ask(page, '/stats', { range: 'all', unlogged })).totals.total_tokens;
	const before = { apart: await tokens(false), included: await tokens(true) };
	await report(page, session, 'title', { output_tokens: 7 });
	expect(await tokens(true)).toBe(before.included + 3 + 20 + 7 + 7);
	expect(await tokens(false)).toBe(before.apart);

	await page.goto(`/sessions?range=all`);
	const line = page.getByRole('paragraph').filter({ hasText: 'only telemetry reports' });
	await expect(line).toContainText('Not included.');
	await line.getByRole('link', { name: 'Include' }).click();
	await expect(page).toHaveURL(/unlogged=true/);
	await expect(line).toContainText('Included.');
	await page.getByRole('navigation').getByRole('link', { name: 'Models' }).click();
	await expect(page, 'the choice stays on other pages').toHaveURL(/\/models\?.*unlogged=true/);
	await expect(line).toContainText('Included.');
	await line.getByRole('link', { name: 'Leave out' }).click();
	await expect(page).not.toHaveURL(/unlogged=true/);
	await expect(line).toContainText('Not included.');
});
