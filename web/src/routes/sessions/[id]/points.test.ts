import { expect, test } from 'vitest';
import { response } from '../../../testing/sessions';
import { largestContext, modelsByUse, pointsOf } from './points';

const responses = [
	response({ key: 'a', model: 'opus', cost_usd: null, context_tokens: 10 }),
	response({ key: 'b', model: 'haiku', sidechain: true, context_tokens: 30 }),
	response({ key: 'c', model: 'haiku', context_tokens: 30 })
];

test('a response is a bar of what is measured, in the colour of its model', () => {
	const slots = new Map([['haiku', 2]]);
	const points = pointsOf(responses, 'cost_usd', slots, new Map([['c', 'a miss']]));
	expect(
		points.map(({ key, slot, value, sidechain, flagged }) => [key, slot, value, sidechain, flagged])
	).toEqual([
		['a', 8, null, false, false],
		['b', 2, 1, true, false],
		['c', 2, 1, false, true]
	]);
	expect(points[0]?.at).toBe(Date.parse('2026-01-30T09:00:00Z'));
});

test('models come in the order of their use', () =>
	expect(modelsByUse(responses)).toEqual(['haiku', 'opus']));

test('the largest context is the first one of its size', () => {
	expect(largestContext(responses)?.key).toBe('b');
	expect(largestContext([])).toBeNull();
});
