import { render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { giveRoom } from '../../testing/room';
import InApp from '../../testing/InApp.svelte';
import { explained } from '../../testing/sessions';
import Explanation from './Explanation.svelte';
import { FLAGS } from './words';

beforeEach(() => giveRoom(900));
afterEach(() => vi.restoreAllMocks());

const show = (...given: Parameters<typeof explained>) =>
	render(InApp, { component: Explanation, given: { response: explained(...given) } });

test('the arithmetic adds up to the cost', () => {
	show();
	const rows = within(screen.getByRole('table', { name: 'Calculation' })).getAllByRole('row');
	expect(rows.map((row) => row.textContent?.replace(/\s+/g, ' ').trim()).slice(1)).toEqual([
		'Uncached input 10 $3.00 per million $0.00003',
		'Output 1,000 $15.00 per million $0.015',
		'Total $0.01503'
	]);
});

test('every line is marked as counted, or has a reason', () => {
	show();
	const [first, second] = screen
		.getAllByRole('list')
		.flatMap((list) => within(list).queryAllByText(/^(Counts|Does not count)$/));
	expect([first?.textContent, second?.textContent].map((text) => text?.trim())).toEqual([
		'Counts',
		'Does not count'
	]);
	expect(screen.getByText(/^Logged while the response was still streaming/)).toBeTruthy();
	expect(screen.getByText('deleted')).toBeTruthy();
	expect(screen.getAllByRole('button', { name: 'Copy: path of the file' })).toHaveLength(2);
});

test('flags are put into words', () => {
	show({ flags: ['retired_model', 'override'] });
	for (const flag of ['retired_model', 'override']) {
		expect(screen.getByText(FLAGS[flag]?.() ?? '')).toBeTruthy();
	}
});

test('without a price, there is a reason and no amount', () => {
	const [part] = explained().parts;
	if (!part) throw new Error('there is a part');
	show({
		cost_usd: null,
		flags: ['unpriced'],
		parts: [
			{
				...part,
				price: null,
				listed: null,
				priced_as: null,
				terms: [],
				cost_usd: null,
				unpriced_reason: 'nobody lists it'
			}
		]
	});
	expect(screen.getByText('No price: nobody lists it')).toBeTruthy();
	expect(screen.queryByText(/\$/)).toBeNull();
});

test('an unbilled refusal is marked as not included in totals', () => {
	const [part] = explained().parts;
	if (!part) throw new Error('there is a part');
	const refused = { ...part, billed: false, refusal: 'cyber', terms: [], cost_usd: 0 };
	show({ flags: ['unbilled_refusal'], parts: [part, { ...refused, total_tokens: 1234 }] });
	expect(screen.getByText(/not billed: 1,234 tokens are not included in any total/)).toBeTruthy();
	expect(screen.getByText(/refused as cyber/)).toBeTruthy();
	expect(screen.getByText(FLAGS.unbilled_refusal?.() ?? '')).toBeTruthy();
});

test('telemetry is shown with what is its own', async () => {
	show({
		flags: ['completed_by_telemetry'],
		witness: {
			at: '2026-01-30T09:00:02Z',
			model: 'opus',
			speed: 'fast',
			query_source: 'Explore',
			input_tokens: 10,
			output_tokens: 1000,
			cache_read_tokens: 0,
			cache_creation_tokens: 0,
			claude_code_cost_usd: 0.01503,
			logged_output_tokens: 8,
			completes: true,
			completes_speed: true,
			conflicts: ['cache_write']
		}
	});
	expect(await screen.findByRole('heading', { name: 'Telemetry' })).toBeTruthy();
	expect(
		screen.getByText(
			/The output and the speed \(fast\) are those of telemetry: the transcripts have no final record, 8 output tokens/
		)
	).toBeTruthy();
	expect(screen.getByText(/Different in telemetry: Cache written\./)).toBeTruthy();
	expect(screen.getByText('Explore')).toBeTruthy();
});
