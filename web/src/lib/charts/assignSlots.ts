import { OTHER_SLOT, type Slots } from './slots';

/**
 * Gives the first seven of `keys` a slot each, and lets a series keep the one that it has.
 *
 * So a colour keeps its meaning while ranges are switched and while numbers change, as long as
 * the series is among the first. Counting slots by position was rejected: one new model would
 * repaint all that follow it.
 */
export function assignSlots(before: Slots, keys: readonly string[]): Slots {
	const first = keys.slice(0, OTHER_SLOT - 1);
	const kept = new Map(
		first.flatMap((key) => {
			const slot = before.get(key);
			return slot === undefined ? [] : [[key, slot] as const];
		})
	);
	const taken = new Set(kept.values());
	const free = Array.from({ length: OTHER_SLOT - 1 }, (_, index) => index + 1).filter(
		(slot) => !taken.has(slot)
	);
	return new Map(first.map((key) => [key, kept.get(key) ?? free.shift() ?? OTHER_SLOT]));
}
