import { expect, test } from 'vitest';
import type { ComparisonStats } from '$lib/api/types';
import { reportOf } from './report';

test('the report has the figures with their numbers, and no names of projects', () => {
	const stats = {
		meta: { from: '2026-01-01', to: '2026-01-31', tz: 'UTC', price_version: '2026-01-10' },
		by: 'version',
		same_projects: true,
		projects: 2,
		minimum_responses: 100,
		items: [
			{
				key: '2.1|9',
				responses: 1234,
				prompts: 0,
				tokens_per_prompt: null,
				cost_per_prompt_usd: null,
				output_tokens_per_response: 12.6,
				thinking_share: 0.25,
				thinking_responses: 7,
				cache_hit_rate: 0.5,
				error_rate: null,
				tool_calls: 0
			}
		]
	} as unknown as ComparisonStats;
	expect(reportOf(stats).split('\n')).toEqual([
		'2026-01-01 to 2026-01-31 (UTC), 2 projects, the same for every row; list prices of 2026-01-10.',
		'',
		'| Claude Code | responses | prompts | tokens per prompt | cost per prompt | output per response | thinking share | cache hit rate | failed tool calls |',
		'|---|---:|---:|---:|---:|---:|---:|---:|---:|',
		'| 2.1\\|9 | 1,234 | 0 | - | - | 13 | 25.0% (n = 7) | 50.0% | - (n = 0) |'
	]);
});
