import { expect, test } from 'vitest';
import { meta, modelUsage, projectUsage, usage } from '../../testing/answers';
import { matching } from '../frame/matching';
import { Options, type Option } from './options.svelte';

const asked: unknown[] = [];
const value = <Value>(answer: Value) => Promise.resolve({ ok: true as const, value: answer });
const options = new Options(() => ({
	projects: (filter) => {
		asked.push(filter);
		return value({
			meta,
			items: [{ ...projectUsage('/src/api', usage(1, 1)), label: 'api' }],
			totals: usage(1, 1),
			next_cursor: null,
			total: 1
		});
	},
	models: (filter) => {
		asked.push(filter);
		return value({
			meta,
			items: [
				modelUsage('old', usage(1, 1), { last_at: '2026-01-01T00:00:00Z' }),
				modelUsage('new', usage(1, 1), { last_at: '2026-01-02T00:00:00Z', label: 'New 2' })
			],
			totals: usage(2, 2)
		});
	},
	sources: () =>
		value({
			meta,
			items: [
				{
					...usage(1, 1),
					source: 's1',
					path: '/home/u/.claude/',
					homes: 1,
					is_read: true,
					last_at: null
				}
			],
			totals: usage(1, 1)
		})
}));

test('options have names, the latest used first', async () => {
	expect(options.isPending('projects')).toBe(true);
	expect(options.labelOf('projects', '/src/web')).toBe('web');
	options.load();
	options.loadSources();
	await Promise.resolve();
	await Promise.resolve();
	expect(options.isPending('projects')).toBe(false);
	expect(options.of('projects')).toEqual([{ value: '/src/api', label: 'api', detail: '/src/api' }]);
	expect(options.of('models').map((option) => option.value)).toEqual(['new', 'old']);
	expect(options.labelOf('models', 'new')).toBe('New 2');
	expect(options.of('sources')).toEqual([{ value: 's1', label: 's1', detail: '/home/u/.claude/' }]);
	expect(asked).toEqual([{ range: 'all', limit: 500, sort: 'last_at' }, { range: 'all' }]);
});

test('every word has to occur', () => {
	const given: Option[] = [
		{ value: '1', label: 'api', detail: '/src/Shop/api' },
		{ value: '2', label: 'api', detail: '/src/blog/api' }
	];
	const check = (text: string, expected: string) =>
		expect(
			matching(given, text)
				.map((option) => option.value)
				.join('')
		).toBe(expected);
	check('', '12');
	check('API', '12');
	check(' shop  api ', '1');
	check('blog shop', '');
});
