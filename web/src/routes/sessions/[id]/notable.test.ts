import { expect, test } from 'vitest';
import { response } from '../../../testing/sessions';
import { failing, mostExpensive } from './notable';

const at = (minute: number) => `2026-01-30T09:${String(minute).padStart(2, '0')}:00Z`;

test('the most expensive responses come first, and unpriced ones are none of them', () => {
	const costs = [3, null, 1, 9, 0, 5, 2, 4];
	const all = costs.map((cost_usd, minute) =>
		response({ key: `msg_${minute}`, at: at(minute), cost_usd })
	);
	expect(mostExpensive(all).map(({ response }) => response.cost_usd)).toEqual([9, 5, 4]);
	expect(mostExpensive([])).toEqual([]);
});

test('the latest failures come first, and all are counted', () => {
	const all = [1, 2, 3, 4, 5, 6, 7].map((minute) =>
		response({ key: `msg_${minute}`, at: at(minute), failed_tools: minute === 7 ? [] : ['Bash'] })
	);
	const { rows, count } = failing(all);
	expect(count).toBe(6);
	expect(rows.map(({ response }) => response.key)).toEqual(['msg_6', 'msg_5', 'msg_4']);
	expect(rows[0]?.failed).toEqual(['Bash']);
});
