import { expect, test } from 'vitest';
import { readView, type TrendsView } from './view';

function check(query: string, expected: Partial<TrendsView>) {
	expect(readView(new URL(`http://localhost/trends?${query}`)), query).toMatchObject(expected);
}

test('without a choice, the cost is shown by day as a line', () =>
	check('range=30d', {
		metric: 'cost_usd',
		bucket: 'day',
		group: 'none',
		look: 'lines',
		hours: 'cost_usd'
	}));

test('groups are stacked unless lines are chosen', () => {
	check('group=model', { look: 'bars' });
	check('group=model&look=lines', { look: 'lines' });
	check('group=none&look=bars', { look: 'bars' });
});

test('what does not add up is never stacked', () => {
	check('metric=sessions&group=model&look=bars', { look: 'lines' });
	check('metric=cache_hit_rate&group=project', { look: 'lines' });
});

test('lines of amounts can have a logarithmic scale', () => {
	check('look=log', { look: 'lines', log: true });
	check('look=log&group=model', { look: 'lines', log: true });
	check('look=log&metric=sessions', { look: 'lines', log: true });
	check('look=lines', { log: false });
	check('look=log&metric=cache_hit_rate', { look: 'lines', log: false });
	check('look=log&metric=cache_saving_usd', { look: 'lines', log: false });
});

test('only cost and all tokens have kinds', () => {
	check('metric=total_tokens&group=kind', { group: 'kind' });
	check('metric=responses&group=kind', { group: 'none' });
});

test('hours are for short periods', () => {
	check('range=7d&bucket=hour', { bucket: 'hour' });
	check('from=2026-01-01&to=2026-01-31&bucket=hour', { bucket: 'hour' });
	check('range=this-week&bucket=hour', { bucket: 'hour' });
	check('range=90d&bucket=hour', { bucket: 'day' });
	check('range=all&bucket=hour', { bucket: 'day' });
});

test('a single day is shown by hour, whatever is requested', () => {
	check('range=today', { bucket: 'hour' });
	check('range=yesterday&bucket=week', { bucket: 'hour' });
	check('from=2026-01-01&to=2026-01-01&bucket=day', { bucket: 'hour' });
});

test('nonsense is ignored', () =>
	check('metric=mood&bucket=decade&group=friends', { metric: 'cost_usd', bucket: 'day' }));
