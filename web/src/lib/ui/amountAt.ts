/** The amounts of the page by where they stand. */

import { usageOf, type Explained } from './amounts';

/** Where an amount stands, and what it is of. */
export interface Amount {
	element: Element;
	usage: Explained;
}

const AMOUNT = 'data';

/** What names one thing and its amounts, for users of the keyboard. */
const GROUP = 'tr, li, [role="group"], dl > div';

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
	const usage = element && usageOf(element);
	return usage ? { element, usage } : null;
}
