/** A piece of the source of a price; some are URLs. */
export interface SourcePiece {
	text: string;
	/** Where it leads, if it is an address. */
	href?: string;
}

/** A host with a dot in its name and a path; where it has no scheme, the price table left it out. */
const ADDRESS = /(https:\/\/)?(?:[a-z0-9-]+\.)+[a-z]{2,}\/[^\s;,()<>"]+/gi;

/** Returns `source` in pieces; addresses become links. */
export function sourcePieces(source: string): SourcePiece[] {
	const pieces: SourcePiece[] = [];
	let end = 0;
	for (const match of source.matchAll(ADDRESS)) {
		if (match.index > end) pieces.push({ text: source.slice(end, match.index) });
		const [text, scheme] = match;
		pieces.push({ text, href: scheme ? text : `https://${text}` });
		end = match.index + text.length;
	}
	if (end < source.length) pieces.push({ text: source.slice(end) });
	return pieces;
}
