import { inApp } from './base';
import {
	readSelection,
	toQuery,
	withOwn,
	withSelection,
	type Ignored,
	type Selection
} from './filter';
import { lazy } from '$lib/ui/lazy';
import { daysOf, hasNeighbour, todayIn, type Days } from './period';
import { store } from './stored';
import { browserZone } from './zone';

export interface FilterOptions {
	/** Returns the address of the page. */
	url: () => URL;
	/** Goes to another address of it. */
	navigate: (address: string, options: NavigateOptions) => void;
	/** Asks the server for its zone. */
	askZone: () => Promise<string | null>;
}

export interface NavigateOptions {
	/** Whether the new address takes the place of the present one, so that Back leads before that. */
	replace: boolean;
}

/** What is shown on every page, read from the address and changed by going to another one. */
export class FilterState {
	readonly #options: FilterOptions;
	readonly #read = $derived.by(() => readSelection(this.#options.url()));
	/** What the address asks for. */
	readonly selection = $derived(this.#read.selection);
	/** Invalid parts of the address. */
	readonly ignored: Ignored[] = $derived(this.#read.ignored);
	/** The zone of the server, once it was asked for. */
	serverZone = $state<string | null>(null);
	/** The zone that days and times are shown in, an IANA name. */
	readonly zone = $derived.by(() => {
		const choice = this.selection.zone;
		if (choice === 'server') return this.serverZone ?? browserZone();
		return choice === 'browser' ? browserZone() : choice;
	});
	/** Whether anything is left out: projects, models, sources, or one kind of conversations. */
	readonly narrowed = $derived.by(() => {
		const { projects, models, sources, sidechain } = this.selection;
		return projects.length + models.length + sources.length > 0 || sidechain !== undefined;
	});

	constructor(options: FilterOptions) {
		this.#options = options;
	}

	/** Has the server's zone known, at some time. */
	askServerZone() {
		if (this.serverZone) return;
		void this.#options.askZone().then((zone) => (this.serverZone = zone));
	}

	/** Returns today's date in the zone. */
	today(): string {
		return todayIn(this.zone);
	}

	/** Returns the address of the page `path` under the same filter, apart from `change`. */
	href(path: string, change: Partial<Selection> = {}, own: Record<string, string> = {}): string {
		const query = toQuery({ ...this.selection, ...change });
		for (const [name, value] of Object.entries(own)) query.set(name, value);
		return `${inApp(path)}?${query}`;
	}

	/** Returns the address of this page under the filter that `change` makes of the present one. */
	here(change: Partial<Selection>): string {
		const { pathname, search } = withSelection(this.#options.url(), {
			...this.selection,
			...change
		});
		return pathname + search;
	}

	/** Returns the address of this page with a parameter of its own set, or left out if `null`. */
	own(change: Record<string, string | null>): string {
		const { pathname, search } = withOwn(this.#options.url(), change);
		return pathname + search;
	}

	/** Goes to the address with `change`, and stores it for the next visit. */
	set(change: Partial<Selection>, options: NavigateOptions = { replace: false }) {
		this.remember(change);
		this.#options.navigate(this.here(change), options);
	}

	/** Goes where a parameter of the page's own is another one. */
	setOwn(change: Record<string, string | null>) {
		this.#options.navigate(this.own(change), { replace: false });
	}

	/**
	 * Stores `change` for the next visit.
	 *
	 * Dates are not: they would be long past. Neither is what is left out, because numbers that are
	 * only a part must not come as a surprise.
	 */
	remember({ period, weekStart, zone, compare }: Partial<Selection>) {
		if (period && 'range' in period) store('range', period.range);
		if (weekStart) store('week', weekStart);
		if (zone) store('zone', zone);
		if (compare) store('compare', compare);
	}

	/** Goes to the period before or after this one, if there is one. */
	async move(direction: -1 | 1) {
		const { neighbour } = await lazy(() => import('./neighbour'));
		const { period, weekStart } = this.selection;
		const beside = neighbour(period, direction, this.today(), weekStart);
		if (beside) this.set({ period: beside });
	}

	/** Returns whether there is a period before or after this one. */
	hasBeside(direction: -1 | 1): boolean {
		const { period, weekStart } = this.selection;
		return hasNeighbour(period, direction, this.today(), weekStart);
	}

	/** Returns the days that are shown, or `null` for all days. */
	days(): Days | null {
		const { period, weekStart } = this.selection;
		return daysOf(period, this.today(), weekStart);
	}

	/** Starts to compare, or stops. */
	toggleCompare() {
		this.set({ compare: this.selection.compare === 'none' ? 'previous' : 'none' });
	}
}
