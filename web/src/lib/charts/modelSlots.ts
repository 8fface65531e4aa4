/**
 * The colour of each model: the same in every range, on every page and at every visit.
 *
 * The first seven models that this browser shows get a slot each, and keep it. A model that comes later wears a slot that
 * is free among those it is shown with. Slots by position in a list were rejected: another range has another order, and
 * a model another colour. A hash of the name was rejected, too: two models of the same chart would look alike.
 */

import { readStored, store } from '$lib/state/stored';
import { OTHER_SLOT, type Slots } from './slots';

const ALL: readonly number[] = Array.from({ length: OTHER_SLOT - 1 }, (_, index) => index + 1);

/** The slot that each model got first; read once. */
let given: Map<string, number> | undefined;

/** Returns the slots of `models`, of which the first seven have one. */
export function modelSlots(models: readonly string[]): Slots {
	given ??= readGiven();
	const first = models.slice(0, ALL.length);
	const slots = new Map<string, number>();
	const taken = new Set<number>();
	const wear = (model: string, slot: number) => {
		slots.set(model, slot);
		taken.add(slot);
	};
	// Of two models with the same slot, the one that had it first keeps it.
	for (const [model, slot] of given) {
		if (first.includes(model) && !taken.has(slot)) wear(model, slot);
	}
	const before = given.size;
	for (const model of first.filter((model) => !slots.has(model))) {
		const used = new Set(given.values());
		const free = ALL.filter((slot) => !taken.has(slot));
		const slot = free.find((slot) => !used.has(slot)) ?? free[0] ?? OTHER_SLOT;
		wear(model, slot);
		if (!given.has(model)) given.set(model, slot);
	}
	if (given.size > before) store('colours', JSON.stringify([...given]));
	return slots;
}

/** Reads the slots of earlier visits; of what is invalid, nothing. */
function readGiven(): Map<string, number> {
	try {
		const known: unknown = JSON.parse(readStored('colours') ?? '[]');
		const isGiven = (entry: unknown): entry is [string, number] =>
			Array.isArray(entry) && typeof entry[0] === 'string' && ALL.includes(entry[1] as number);
		return new Map(Array.isArray(known) ? known.filter(isGiven) : []);
	} catch {
		return new Map();
	}
}
