import type { Markers } from '$lib/api/types';
import type { PointMark } from '$lib/charts/reading';
import type { Twin } from '$lib/charts/twin';
import { m } from '$lib/paraglide/messages';
import type { App } from '$lib/state/app';
import type { Days } from '$lib/state/period';
import { marksOf } from './marks';
import { marksWords } from './words';

interface Given {
	/** What is known of the period. */
	markers: Markers | null;
	/** The days that the points of the chart stand for. */
	days: readonly Days[];
}

/** The notes and markers of a chart over time, and the dialog that changes notes. */
export class ChartNotes {
	readonly #app: Pick<App, 'language' | 'view' | 'filter' | 'health'>;
	readonly #given: () => Given;
	/** The point under the cursor. */
	cursor = $state<number | null>(null);
	/** The day of a new note while the dialog is open. */
	day = $state<string | null>(null);
	/** What is shown of the period. */
	readonly shown = $derived.by(() => {
		const { markers } = this.#given();
		return markers && { ...markers, markers: this.#app.view.markers ? markers.markers : [] };
	});
	readonly #marks = $derived.by(() => {
		const { days } = this.#given();
		return this.shown ? marksOf(this.shown, days) : [];
	});
	/** What the points are marked with. */
	readonly marks: (PointMark | null)[] = $derived(
		this.#marks.map(
			(marks) => marks && { noted: marks.notes.length > 0, derived: marks.markers.length > 0 }
		)
	);

	constructor(app: Pick<App, 'language' | 'view' | 'filter' | 'health'>, given: () => Given) {
		this.#app = app;
		this.#given = given;
	}

	/** Returns the marks of a point in words. */
	words(index: number): string | undefined {
		return marksWords(this.#marks[index], this.#app.language.format);
	}

	/** Opens the dialog at the day of a point, by default today; undefined for a visitor, who has no notes. */
	readonly open = $derived.by(() =>
		this.#app.health.value?.read_only ? undefined : (index: number | null) => this.#openAt(index)
	);

	#openAt(index: number | null) {
		const today = this.#app.filter.today();
		const days = index === null ? undefined : this.#given().days[index];
		this.day = days ? (days.to < today ? days.to : days.from) : today;
	}

	/** Returns a table with a column for the marks of each point. */
	beside(twin: Twin): Twin {
		if (!this.#marks.some(Boolean)) return twin;
		const column = {
			id: 'notes',
			heading: m.notes(),
			text: (index: number) => this.words(index) ?? '',
			has: (index: number) => Boolean(this.#marks[index])
		};
		return { ...twin, columns: [...twin.columns, column] };
	}
}
