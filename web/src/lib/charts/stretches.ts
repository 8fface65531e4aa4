/** Points beside each other as one stretch. */

/** Returns the first and the last of the points that lie beside each other, in order. */
export function stretchesOf(points: ReadonlySet<number>): [from: number, to: number][] {
	const found: [number, number][] = [];
	for (const point of [...points].sort((one, other) => one - other)) {
		const last = found.at(-1);
		if (last?.[1] === point - 1) last[1] = point;
		else found.push([point, point]);
	}
	return found;
}
