import type { Result } from '$lib/api/client';
import type { Problem } from '$lib/api/types';
import { joined } from './joined';
import type { Kept } from './kept.svelte';

/** A part of a list, as every endpoint with a cursor answers. */
export interface Part<Row> {
	items: Row[];
	next_cursor: string | null;
	total: number;
}

export interface PagedOptions<Row> {
	/** The part that the list begins with. */
	first: Kept<Part<Row>>;
	/** Names the list among all lists, where its rows are kept for a return to it. */
	name?: string;
	/** Names what was asked for: of something else, nothing is kept. */
	question: () => string;
	/** Identifies a row. */
	key: (row: Row) => string;
	/** Asks for the part that begins at `cursor`. */
	ask: (cursor: string) => Promise<Result<Part<Row>>>;
}

/** What came after the beginning of a list, and what it belongs to. */
interface Below<Row> {
	question: string;
	items: Row[];
	next: string | null;
}

/**
 * The rows of lists that were left, so that Back leads to as many of them as there were.
 *
 * Only the last question of each list is kept, and for as long as the page is open.
 */
// Nothing is drawn from it but what a new list begins with.
// eslint-disable-next-line svelte/prefer-svelte-reactivity
const left = new Map<string, unknown>();

/**
 * A list that loads more items on request.
 *
 * When its beginning is asked for again, because something changed, the rows below stay: a list
 * must not grow shorter while it is read. A row that moved up is shown where it is now.
 */
export class Paged<Row> {
	/** Whether more is on its way. */
	pending = $state(false);
	/** Why more could not be had. */
	problem = $state.raw<Problem | null>(null);

	readonly #options: PagedOptions<Row>;
	/** What came after the beginning, and what it belongs to. */
	#more = $state.raw<Below<Row> | null>(null);
	readonly #below = $derived.by(() =>
		this.#more?.question === this.#options.question() ? this.#more : null
	);
	/** The rows that are shown. */
	readonly items: Row[] = $derived.by(() => {
		const first = this.#options.first.value?.items ?? [];
		if (!this.#below) return first;
		return joined(first, this.#below.items, this.#options.key);
	});
	/** How many rows there are on the server. */
	readonly total = $derived.by(() => this.#options.first.value?.total ?? 0);
	readonly #next = $derived.by(() =>
		this.#below ? this.#below.next : (this.#options.first.value?.next_cursor ?? null)
	);
	/** Whether there is more. */
	readonly hasMore = $derived.by(() => this.#next !== null);

	constructor(options: PagedOptions<Row>) {
		this.#options = options;
		if (options.name) this.#more = (left.get(options.name) as Below<Row> | undefined) ?? null;
	}

	/** Asks for more. */
	async more() {
		const cursor = this.#next;
		if (cursor === null || this.pending) return;
		const question = this.#options.question();
		const before = this.items;
		this.pending = true;
		const result = await this.#options.ask(cursor);
		this.pending = false;
		this.problem = result.ok ? null : result.problem;
		if (!result.ok) return;
		// What was shown stays, even if the beginning is another one by now.
		const { items, next_cursor } = result.value;
		this.#more = { question, items: joined(before, items, this.#options.key), next: next_cursor };
		if (this.#options.name) left.set(this.#options.name, this.#more);
	}
}
