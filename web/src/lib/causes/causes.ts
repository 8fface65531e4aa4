/** Why the cost changed: the rows of a table, and what is said in a sentence. */

import type { WhyStats } from '$lib/api/types';
import type { Formatter } from '$lib/format/format';
import { m } from '$lib/paraglide/messages';

type Cause = WhyStats['causes'][number];
type Period = NonNullable<WhyStats['previous']>;

/** A cause with the figure that it is about in both periods, or the sum. */
export interface CauseRow {
	key: string;
	name: string;
	/** What the figure is; absent where a cause has none. */
	figure?: string;
	previous: string;
	current: string;
	difference: number | null;
}

const NAMES: Record<string, () => string> = {
	volume: () => m.cause_volume(),
	mix: () => m.cause_mix(),
	context: () => m.cause_context(),
	cache: () => m.cause_cache(),
	output: () => m.cause_output(),
	web_searches: () => m.cause_web_searches(),
	price: () => m.cause_price()
};

const FIGURES: Record<string, () => string> = {
	context: () => m.cause_context_figure(),
	cache: () => m.cause_cache_figure(),
	output: () => m.cause_output_figure()
};

export function nameOf(cause: string): string {
	return NAMES[cause]?.() ?? cause;
}

function figureOf(cause: string, period: Period, format: Formatter): string {
	const rounded = (mean: number | null) => format.count(mean === null ? null : Math.round(mean));
	switch (cause) {
		case 'volume':
			return format.count(period.responses);
		case 'context':
			return rounded(period.prompt_tokens_per_response);
		case 'cache':
			return format.percent(period.cache_hit_rate);
		case 'output':
			return rounded(period.output_tokens_per_response);
		case 'web_searches':
			return format.count(period.web_searches);
		default:
			return '';
	}
}

/** Returns the causes; web searches only where there are any. They add up to the last row. */
export function causeRows(why: WhyStats, format: Formatter): CauseRow[] {
	const { current, previous, causes } = why;
	if (!previous) return [];
	const isShown = ({ cause }: Cause) =>
		cause !== 'web_searches' || current.web_searches > 0 || previous.web_searches > 0;
	const rows = causes.filter(isShown).map(({ cause, difference_usd }) => ({
		key: cause,
		name: nameOf(cause),
		figure: FIGURES[cause]?.(),
		previous: figureOf(cause, previous, format),
		current: figureOf(cause, current, format),
		difference: difference_usd
	}));
	const total = {
		key: 'total',
		name: m.cost(),
		previous: format.amount(previous.cost_usd, previous.certainty),
		current: format.amount(current.cost_usd, current.certainty),
		difference: why.difference_usd
	};
	return [...rows, total];
}

/** Returns the cause that moved the cost most in the direction in which it changed. */
export function mainCause({ causes, difference_usd }: WhyStats): Cause | null {
	const sign = Math.sign(difference_usd ?? 0);
	if (sign === 0) return null;
	const along = causes.filter((cause) => cause.difference_usd * sign > 0);
	return along.reduce<Cause | null>(
		(main, cause) =>
			main && Math.abs(main.difference_usd) >= Math.abs(cause.difference_usd) ? main : cause,
		null
	);
}

/** Returns the difference in a sentence, or why there is none. */
export function sentenceOf(why: WhyStats, format: Formatter): string {
	const { current, previous, difference_usd, statement } = why;
	if (!previous || statement === 'no_comparison') return m.changes_none();
	if (statement === 'known_in_part') return m.why_known_in_part();
	if (statement === 'few_responses') {
		const responses = format.count(Math.min(current.responses, previous.responses));
		return m.why_few({ responses, minimum: format.count(why.minimum_responses) });
	}
	const main = mainCause(why);
	if (!main || difference_usd === null) return m.why_same();
	const said = {
		amount: format.amount(Math.abs(difference_usd), 'exact'),
		relative: format.signedPercent(previous.cost_usd ? difference_usd / previous.cost_usd : null),
		cause: nameOf(main.cause),
		part: format.difference(main.difference_usd, 'exact', 'exact')
	};
	return difference_usd > 0 ? m.why_rose(said) : m.why_fell(said);
}

/** Returns what is not known of the periods, or has no price. */
export function notesOf({ current, previous }: WhyStats, format: Formatter): string[] {
	if (!previous) return [];
	const pair = (of: (period: Period) => number) => ({
		current: format.count(of(current)),
		previous: format.count(of(previous))
	});
	const isAny = (of: (period: Period) => number) => of(current) > 0 || of(previous) > 0;
	return [
		m.why_days({
			...pair((period) => period.days_with_usage),
			days: format.count(current.days),
			previous_days: format.count(previous.days)
		}),
		...(isAny((period) => period.days_unknown)
			? [m.why_days_unknown(pair((period) => period.days_unknown))]
			: []),
		...(isAny((period) => period.unpriced_tokens)
			? [m.why_unpriced(pair((period) => period.unpriced_tokens))]
			: [])
	];
}
