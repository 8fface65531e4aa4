/** Line accounting in the forms that the page shows. */

import type { Audit } from '$lib/api/types';

type AuditedLines = Audit['lines'][number];

/** A name and how many there are of it. */
export interface Counted {
	name: string;
	count: number;
	/** 0..1 of all. */
	share: number | null;
}

/** Returns how many lines of a home were skipped, for whatever reason. */
export function skippedLines(lines: AuditedLines): number {
	return lines.read - lines.used - lines.duplicate - lines.unbilled - lines.forgotten;
}

/** Returns why lines of any home were skipped, the most frequent reason first. */
export function skipReasons(homes: readonly AuditedLines[]): Counted[] {
	const counts: Record<string, number> = {};
	for (const { skipped } of homes) {
		for (const [reason, count] of Object.entries(skipped)) {
			counts[reason] = (counts[reason] ?? 0) + count;
		}
	}
	return counted(counts);
}

/** Returns `counts` as a list, the highest first, with the share of each in their sum. */
export function counted(counts: Readonly<Record<string, number>>): Counted[] {
	const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
	return Object.entries(counts)
		.filter(([, count]) => count > 0)
		.map(([name, count]) => ({ name, count, share: all > 0 ? count / all : null }))
		.sort((one, other) => other.count - one.count);
}

/** Returns how many responses have how many copies, the fewest copies first. */
export function copies({ by_copies }: Audit['responses']): Counted[] {
	const counts = by_copies.map(({ copies, responses }) => [copies, responses]);
	return counted(Object.fromEntries(counts)).sort(
		(one, other) => Number(one.name) - Number(other.name)
	);
}
