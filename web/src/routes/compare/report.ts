/** A comparison in Markdown, for a bug report: no names but those of versions and models are in it. */

import type { ComparisonStats } from '$lib/api/types';
import { printable } from '$lib/format/name';

const count = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const rate = new Intl.NumberFormat('en-US', {
	style: 'percent',
	minimumFractionDigits: 1,
	maximumFractionDigits: 1
});
const usd = new Intl.NumberFormat('en-US', {
	style: 'currency',
	currency: 'USD',
	minimumFractionDigits: 2,
	maximumFractionDigits: 4
});

const COLUMNS = [
	'responses',
	'prompts',
	'tokens per prompt',
	'cost per prompt',
	'output per response',
	'thinking share',
	'cache hit rate',
	'failed tool calls'
];

/** Returns the report in English, which is the language of the issues that it is for. */
export function reportOf({ meta, by, items, projects, same_projects }: ComparisonStats): string {
	const write = (value: number | null | undefined, format: Intl.NumberFormat) =>
		value === null || value === undefined ? '-' : format.format(value);
	const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
	const rows = items.map((item) =>
		line([
			item.key === null || item.key === undefined
				? '(none)'
				: printable(item.key).replaceAll('|', '\\|'),
			write(item.responses, count),
			write(item.prompts, count),
			write(item.tokens_per_prompt, count),
			write(item.cost_per_prompt_usd, usd),
			write(item.output_tokens_per_response, count),
			`${write(item.thinking_share, rate)} (n = ${write(item.thinking_responses, count)})`,
			write(item.cache_hit_rate, rate),
			`${write(item.error_rate, rate)} (n = ${write(item.tool_calls, count)})`
		])
	);
	const same = same_projects ? ', the same for every row' : '';
	return [
		`${meta.from} to ${meta.to} (${meta.tz}), ${count.format(projects)} projects${same}; list prices of ${meta.price_version}.`,
		'',
		line([by === 'model' ? 'Model' : 'Claude Code', ...COLUMNS]),
		`|---|${COLUMNS.map(() => '---:|').join('')}`,
		...rows
	].join('\n');
}
