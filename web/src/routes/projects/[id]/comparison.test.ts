import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { usage } from '../../../testing/answers';
import { compareProjects } from './comparison';

const format = new Formatter('en', 'UTC');

function row(label: string, one = usage(1000, 3), other = usage(400, 1)) {
	const found = compareProjects(one, other, format).find((compared) => compared.label === label);
	if (!found) throw new Error(`there is a row ${label}`);
	const { value, difference } = found.writing;
	const [a, b] = found.certainties;
	return [value(found.one, a), value(found.other, b), difference(found.difference, a, b)];
}

test('figures differ by amounts and counts', () => {
	expect(row('Cost (estimate)')).toEqual(['$3.00', '$1.00', '+$2.00']);
	expect(row('Output')).toEqual(['1,000', '400', '+600']);
	expect(row('Output', usage(400, 1), usage(1000, 3))).toEqual(['400', '1,000', '-600']);
});

test('a difference from a lower bound is approximate', () =>
	expect(
		row('Cost (estimate)', { ...usage(1000, 3), certainty: 'at_least' }, usage(400, 1))
	).toEqual(['≥\u00a0$3.00', '$1.00', '≈\u00a0+$2.00']));

test('rates differ by percentage points', () =>
	expect(
		row(
			'Cache hit rate',
			{ ...usage(1, 1), cache_hit_rate: 0.91 },
			{ ...usage(1, 1), cache_hit_rate: 0.95 }
		)
	).toEqual(['91.0%', '95.0%', '-4.0 pt']));

test('an unknown amount leaves the difference unknown', () =>
	expect(row('Cost (estimate)', usage(1000, null))).toEqual(['–', '$1.00', '–']));
