import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { usage } from '../../../testing/answers';
import { compareProjects } from './comparison';

const format = new Formatter('en', 'UTC');

function row(label: string, one = usage(1000, 3), other = usage(400, 1)) {
	const found = compareProjects(one, other, format).find((compared) => compared.label === label);
	if (!found) throw new Error(`there is a row ${label}`);
	const { value, difference } = found.writing;
	return [value(found.one), value(found.other), difference(found.difference)];
}

test('figures differ by amounts and counts', () => {
	expect(row('Cost (estimate)')).toEqual(['$3.00', '$1.00', '+$2.00']);
	expect(row('Output')).toEqual(['1,000', '400', '+600']);
	expect(row('Output', usage(400, 1), usage(1000, 3))).toEqual(['400', '1,000', '-600']);
});

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
