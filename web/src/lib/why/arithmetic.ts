/** The arithmetic of a cost, as rows that add up. */

import type { BilledPart, Price } from '$lib/api/types';

type Term = BilledPart['terms'][number];

/** As many tokens as a price is for. */
const PER = 1_000_000;

export interface ArithmeticRow {
	/** What is counted, or `null` for the sum of all rows. */
	kind: string | null;
	count: number | null;
	/** US dollars for a million tokens, or for a single web search. */
	price: number | null;
	/** The same before it was multiplied, where that is another. */
	listed: number | null;
	cost: number | null;
}

/** Returns the products that the cost of `part` is the sum of, and that sum. */
export function arithmeticOf(part: BilledPart): ArithmeticRow[] {
	const rows = part.terms.map((term): ArithmeticRow => {
		const price = priceOf(term);
		const listed = listedOf(part.listed, term.kind);
		return {
			kind: term.kind,
			count: term.count,
			price,
			listed: listed === price ? null : listed,
			cost: term.cost_usd
		};
	});
	return [...rows, { kind: null, count: null, price: null, listed: null, cost: part.cost_usd }];
}

/** Web searches are priced one by one. */
function priceOf({ kind, usd_each }: Term): number | null {
	if (usd_each === null || kind === 'web_searches') return usd_each;
	// What the server wrote with twelve decimals has six of them left.
	return Math.round(usd_each * PER * PER) / PER;
}

function listedOf(listed: Price | null, kind: string): number | null {
	if (!listed) return null;
	const prices: Record<string, number | null> = {
		input: listed.input,
		output: listed.output,
		cache_read: listed.cache_read,
		cache_write_5m: listed.cache_write_5m,
		cache_write_1h: listed.cache_write_1h
	};
	return prices[kind] ?? null;
}
