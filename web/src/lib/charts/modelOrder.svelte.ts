/** The server's order of all models that were ever used, in which the most expensive ones are first. */

import { readStored, store } from '$lib/state/stored';

/** The models in the server's order; until it answers, those of the last visit. */
let order = $state.raw(readOrder());

/** Returns the models in the server's order. */
export const modelOrder = (): readonly string[] => order;

/** Takes the server's order of all models. */
export function learnModels(models: readonly string[]) {
	if (models.length === order.length && models.every((model, at) => model === order[at])) return;
	order = models;
	store('colours', JSON.stringify(models));
}

/** Reads the order of the last visit; nothing of what is invalid. */
function readOrder(): readonly string[] {
	try {
		const known: unknown = JSON.parse(readStored('colours') ?? '[]');
		return Array.isArray(known) ? known.filter((model) => typeof model === 'string') : [];
	} catch {
		return [];
	}
}
