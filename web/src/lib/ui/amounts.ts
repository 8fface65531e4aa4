/** The usages behind the amounts of the page, so that any of them explains itself. */

import type { Attachment } from 'svelte/attachments';
import type { Tokens, Usage } from '$lib/api/types';
import type { Costing } from '$lib/format/format';

/** What is known of the usage behind an amount. */
export type Explained = Costing &
	Partial<Tokens & Pick<Usage, 'total_tokens' | 'responses' | 'unpriced_tokens'>>;

const usages = new WeakMap<Element, () => Explained | undefined>();

/** Returns whether a usage has more to say than its amount: its kinds of tokens. */
export function isExplained(of: object): of is Explained {
	return 'certainty' in of && 'input_tokens' in of;
}

/** Attaches the usage that an element shows an amount of. */
export function explained(read: () => Explained | undefined): Attachment<Element> {
	return (element) => {
		usages.set(element, read);
		return () => usages.delete(element);
	};
}

/** Returns the usage that an element shows an amount of. */
export function usageOf(element: Element): Explained | undefined {
	return usages.get(element)?.();
}
