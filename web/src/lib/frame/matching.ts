/** The search among what there is to choose. */

import type { Option } from '$lib/state/options.svelte';

/** Returns those of `options` in which every word of `text` occurs. */
export function matching(options: readonly Option[], text: string): readonly Option[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	if (words.length === 0) return options;
	return options.filter(({ label, detail }) => {
		const searched = `${label} ${detail ?? ''}`.toLowerCase();
		return words.every((word) => searched.includes(word));
	});
}
