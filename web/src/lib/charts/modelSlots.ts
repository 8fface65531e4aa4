/**
 * The colour of each model: the same in every range, on every page, and in every browser.
 *
 * The server has an order of all models that were ever used, in which the seven that cost most are first. They have a
 * slot of their own each; a later one shares the slot of an earlier one, and where both are shown, has none. Slots by
 * position in a list were rejected: another range has another order, and a model another colour. A free slot for the other
 * one was rejected as well: it would be another colour than elsewhere.
 */

import { modelOrder } from './modelOrder.svelte';
import { OTHER_SLOT, type Slots } from './slots';

const ALL: readonly number[] = Array.from({ length: OTHER_SLOT - 1 }, (_, index) => index + 1);

/** Returns the slots of `models`, of which at most seven have one. */
export function modelSlots(models: readonly string[]): Slots {
	const order = modelOrder();
	const place = (model: string) => {
		const at = order.indexOf(model);
		// The server will know it soon, as the last one.
		return at < 0 ? order.length + models.indexOf(model) : at;
	};
	const slots = new Map<string, number>();
	const taken = new Set<number>();
	for (const model of models.toSorted((one, other) => place(one) - place(other))) {
		const slot = ALL[place(model) % ALL.length] ?? OTHER_SLOT;
		if (taken.has(slot)) continue;
		slots.set(model, slot);
		taken.add(slot);
	}
	return slots;
}
