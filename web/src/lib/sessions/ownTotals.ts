/** Why Claude Code's own totals of a session differ from those of its responses. A code that is not known is shown as it is. */

import { m } from '$lib/paraglide/messages';

const REASONS: Record<string, () => string> = {
	unlogged: () => m.own_totals_unlogged(),
	unfinalised: () => m.own_totals_unfinalised(),
	behind: () => m.own_totals_behind(),
	dropped_model: () => m.own_totals_dropped_model(),
	price: () => m.own_totals_price(),
	unpriced: () => m.own_totals_unpriced()
};

export function ownTotalsWords(code: string): string {
	return REASONS[code]?.() ?? code;
}
