import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { meta, modelUsage, projectUsage, usage } from '../../testing/answers';
import { topModels, topProjects, topTools } from './top';

const format = new Formatter('en', 'UTC');

test('models have their colours, and those without a price show their tokens', () => {
	const items = [
		modelUsage('a', usage(1000, 3), { share_cost: 1 }),
		modelUsage('b', usage(500, null), { share_cost: null }),
		modelUsage('c', usage(1, 0))
	];
	expect(topModels({ items }, new Map([['a', 2]]), 2, format)).toMatchObject([
		{ key: 'a', slot: 2, text: '$3.00', note: '100.0% · 1,000 tokens' },
		{ key: 'b', slot: 8, value: null, text: '–', note: '500 tokens' }
	]);
});

test('projects have their share of all, also of what is not listed', () => {
	const items = [projectUsage('/src/a', usage(10, 1)), projectUsage('/src/b', usage(5, null))];
	expect(topProjects({ items, totals: usage(20, 4) }, 5, format)).toMatchObject([
		{ share: 0.25, note: '25.0% · 10 tokens' },
		{ share: null, note: '5 tokens' }
	]);
});

test('tools show their error rate', () => {
	const items = [
		{
			tool: 'Bash',
			mcp_server: null,
			calls: 3,
			errors: 1,
			error_rate: 1 / 3,
			sessions: 1,
			last_at: meta.generated_at
		}
	];
	expect(topTools({ items, calls: 4 }, 5, format)).toMatchObject([
		{ value: 3, share: 0.75, note: '33.3% failed' }
	]);
});
