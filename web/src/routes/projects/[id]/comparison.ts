/** The figures of two projects, and by how much they differ. */

import type { Usage } from '$lib/api/types';
import type { Certainty, Formatter, Write } from '$lib/format/format';
import { TOKEN_KINDS, totalInput } from '$lib/format/kinds';
import { m } from '$lib/paraglide/messages';

type Known = number | null;

/** How figures of a kind are written, and their differences. */
interface Writing {
	value: Write;
	/** Of two values with their certainties. */
	difference: (of: Known, one: Certainty, other: Certainty) => string;
}

/** A figure of both projects. */
export interface Compared {
	label: string;
	one: Known;
	other: Known;
	/** `one` less `other`; unknown where one of them is. */
	difference: Known;
	/** How much of its usage each of the two covers. */
	certainties: readonly [Certainty, Certainty];
	writing: Writing;
	/** Why it may be unknown. */
	reason?: string;
}

/** Returns the figures of two projects in the same period. */
export function compareProjects(one: Usage, other: Usage, format: Formatter): Compared[] {
	const usd: Writing = {
		value: (of, certainty) => format.amount(of, certainty),
		difference: (of, a, b) => format.difference(of, a, b)
	};
	const count: Writing = {
		value: (of) => format.count(of),
		difference: (of) => format.signedCount(of)
	};
	const rate: Writing = {
		value: (of) => format.percent(of),
		difference: (of) => m.change_points_short({ change: format.signedPoints(of) })
	};
	const row = (
		label: string,
		of: (usage: Usage) => Known,
		writing: Writing,
		reason?: string
	): Compared => {
		const [a, b] = [of(one), of(other)];
		const difference = a === null || b === null ? null : a - b;
		const certainties = [one.certainty, other.certainty] as const;
		return { label, one: a, other: b, difference, certainties, writing, reason };
	};
	return [
		row(m.cost_estimate(), ({ cost_usd }) => cost_usd, usd, m.unknown_cost()),
		row(m.total_tokens(), ({ total_tokens }) => total_tokens, count),
		row(m.total_input(), totalInput, count),
		...TOKEN_KINDS.map(({ field, label }) => row(label(), (usage) => usage[field], count)),
		row(m.sessions(), ({ sessions }) => sessions, count),
		row(m.responses(), ({ responses }) => responses, count),
		row(m.cache_hit_rate(), ({ cache_hit_rate }) => cache_hit_rate, rate, m.unknown_rate()),
		row(m.cache_saving(), ({ cache_saving_usd }) => cache_saving_usd, usd, m.unknown_cost())
	];
}
