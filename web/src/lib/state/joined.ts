/** Returns `rows` and then those of `others` that are not among them, compared by `key`. */
export function joined<Row>(
	rows: readonly Row[],
	others: readonly Row[],
	key: (row: Row) => string
): Row[] {
	const known = new Set(rows.map(key));
	return [...rows, ...others.filter((row) => !known.has(key(row)))];
}
