import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { stats, usage } from '../../../testing/answers';
import { figuresOf } from './figures';

const context = {
	project: '/home/u/api',
	filter: { href: (path: string) => path },
	format: new Formatter('en', 'UTC')
};

test('a project has six figures, of which the unknown ones have a reason', () => {
	const figures = figuresOf(stats(usage(1_500_000, null)), context);
	expect(figures.map(({ of, text }) => [of, text])).toEqual([
		[null, '–'],
		[1_500_000, '1.5M'],
		[1, '1'],
		[1, '1'],
		[null, '–'],
		[null, '–']
	]);
	for (const { of, reason } of figures) expect(reason !== undefined || of !== null).toBe(true);
	expect(figures[0]?.note).toContain('1.5M');
});

test('a figure shows its change since the previous period, and leads to what explains it', () => {
	const answer = stats(usage(3000, 3), {
		previous: {
			from: '2025-12-01',
			to: '2025-12-31',
			until: null,
			known_from: null,
			totals: usage(2000, 2)
		},
		change: {
			...stats(usage(0, 0)).change,
			cost_usd: { absolute: 1, relative: 0.5 }
		} as NonNullable<ReturnType<typeof stats>['change']>
	});
	const [cost, tokens] = figuresOf(answer, context);
	expect(cost?.change).toMatchObject({ short: '+50.0%', before: '$2.00', href: '/changes' });
	expect(cost?.note).toBeUndefined();
	expect(tokens?.change).toBeNull();
});
