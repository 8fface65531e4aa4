/** Sealed months, in words. */

import type { ProofTotals, SealCorrection, SealedMonth } from '$lib/api/types';
import { counted } from '$lib/format/counted';
import type { Costing, Formatter } from '$lib/format/format';
import { printable } from '$lib/format/name';
import { m } from '$lib/paraglide/messages';

const STATES = {
	intact: () => m.seal_intact(),
	corrected: () => m.seal_corrected(),
	broken: () => m.seal_broken()
} as const satisfies Record<SealedMonth['state'], () => string>;

/** A correction with its month. */
export interface CorrectionOfMonth extends SealCorrection {
	month: string;
}

/** Returns whether a seal holds; a newer server may have another state. */
export function stateWords({ state }: SealedMonth): string {
	return STATES[state]?.() ?? state;
}

/** Returns why a seal does not hold, as the server has it. */
export function faultWords({ faults }: SealedMonth): string | null {
	return faults.length > 0 ? faults.map(printable).join('; ') : null;
}

/** Returns the cost of a sealed month, at the prices of the time at which it was sealed. */
export function sealedCost({ totals, certainty }: SealedMonth): Costing {
	return { cost_usd: certainty === 'unknown' ? null : Number(totals.cost_usd), certainty };
}

/** Returns all tokens of sums. */
export function tokensOf(totals: ProofTotals): number {
	const { input_tokens, output_tokens, cache_read_tokens } = totals;
	const { cache_write_5m_tokens, cache_write_1h_tokens } = totals;
	return (
		input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
	);
}

/** Returns the corrections of all months, the latest month first. */
export function allCorrections(items: readonly SealedMonth[]): CorrectionOfMonth[] {
	const of = ({ month, corrections }: SealedMonth) =>
		corrections.map((correction) => ({ month, ...correction }));
	return items.toReversed().flatMap(of);
}

/** Returns the sums of a day. */
export function sumsWords(totals: ProofTotals | null, format: Formatter): string {
	if (totals === null) return m.restore_nothing();
	return m.seal_sums({
		responses: counted(m.count_responses, totals.responses, format),
		tokens: format.compact(tokensOf(totals)),
		cost: format.price(Number(totals.cost_usd))
	});
}
