import { phone } from './phone';

/** The rows that a phone shows at once, so that what follows the list is not far below. */
const AT_ONCE = 10;

/** How many rows of each list were shown, so that Back leads to as many. */
// Nothing is drawn from it but what a new list begins with.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const left = new Map<string, number>();

/** How much of its rows a list shows: on a phone the beginning, and more on request. */
export class Cut {
	readonly #name: string;
	#count = $state(AT_ONCE);

	/** `caption` names the list on its page, which begins with so many rows. */
	constructor(caption: string, atFirst = AT_ONCE) {
		this.#name = `${location.pathname} ${caption}`;
		this.#count = left.get(this.#name) ?? atFirst;
	}

	/** The most rows that are shown. */
	get count(): number {
		return phone.current ? this.#count : Infinity;
	}

	/** Shows more rows. */
	more() {
		this.#count += AT_ONCE;
		left.set(this.#name, this.#count);
	}
}
