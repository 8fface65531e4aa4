/** What a chart says of a point: the same words in the tooltip and to a screen reader. */

export interface ReadingRow {
	label: string;
	value: string;
	/** The colour slot of a series. */
	slot?: number;
}

export interface Reading {
	/** Which point it is. */
	title: string;
	/** What the point is worth as a whole. */
	total?: string;
	/** What that is made of. */
	rows?: readonly ReadingRow[];
	/** What else there is to say, as why something is unknown. */
	note?: string;
}

/** Returns `reading` as one line of text. */
export function speak({ title, total, rows = [], note }: Reading): string {
	const parts = rows.map(({ label, value }) => `${label} ${value}`);
	return [total === undefined ? title : `${title}: ${total}`, ...parts, note ?? '']
		.filter(Boolean)
		.join('; ');
}
