/** From values to pixels, without the axes and d3-array: what a page with small drawings alone loads. */

/** Where a value is, in pixels. */
export type Scale = (value: number) => number;

export type Span = readonly [from: number, to: number];

/** Returns the straight map of `domain` onto `range`; a domain without length is at its start. */
export function linear([from, to]: Span, [start, end]: Span): Scale {
	const factor = to === from ? 0 : (end - start) / (to - from);
	return (value) => start + (value - from) * factor;
}

/** Writes a length with at most two decimals. */
export function px(length: number): string {
	return String(Math.round(length * 100) / 100);
}
