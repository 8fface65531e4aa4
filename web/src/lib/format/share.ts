/** Returns which share of `whole` `part` is, 0..1, or `null` of nothing. */
export function shareOf(part: number, whole: number): number | null {
	return whole > 0 ? part / whole : null;
}
