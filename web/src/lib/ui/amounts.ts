/** The usages behind the amounts of the page, so that any of them explains itself. */

import type { Attachment } from 'svelte/attachments';
import type { Tokens, Usage } from '$lib/api/types';
import type { Costing } from '$lib/format/format';

/** What is known of the usage behind an amount. */
export type Explained = Costing &
	Partial<Tokens & Pick<Usage, 'total_tokens' | 'responses' | 'unpriced_tokens'>>;

/** Where an amount stands, and what it is of. */
export interface Amount {
	element: Element;
	usage: Explained;
}

const AMOUNT = 'data';

/** What names one thing and its amounts, for users of the keyboard. */
const GROUP = 'tr, li, [role="group"], dl > div';

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

/** Returns the amount at a point of the window, also below the link that covers its row. */
export function amountAt(x: number, y: number): Amount | null {
	for (const element of document.elementsFromPoint(x, y)) {
		const amount = amountOf(element.closest(AMOUNT));
		if (amount) return amount;
	}
	return null;
}

/** Returns the first amount of the row, tile or figure that an element is in. */
export function amountBeside(element: Element): Amount | null {
	const group = element.closest(GROUP);
	for (const one of group?.querySelectorAll(AMOUNT) ?? []) {
		const amount = amountOf(one);
		if (amount) return amount;
	}
	return null;
}

function amountOf(element: Element | null): Amount | null {
	const usage = element && usages.get(element)?.();
	return usage ? { element, usage } : null;
}
