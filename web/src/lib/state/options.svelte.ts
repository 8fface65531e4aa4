import { lastPartOf } from '$lib/format/name';
import type { Api } from '$lib/api/client';
import type { ModelStats, ProjectStats, Sources } from '$lib/api/types';
import { Kept } from './kept.svelte';

/** As many projects as the server lists at once. */
const MOST_PROJECTS = 500;

/** Something to choose. */
export interface Option {
	value: string;
	label: string;
	/** More about it, where the label alone may be ambiguous. */
	detail?: string;
}

/** What can be filtered by. */
export type FilterKind = 'projects' | 'models' | 'sources';

/**
 * What the filter can be set to, the latest used first.
 *
 * All days are requested, whatever is shown: a project is found without knowing its days.
 */
export class Options {
	readonly #projects = new Kept<ProjectStats>();
	readonly #models = new Kept<ModelStats>();
	readonly #sources = new Kept<Sources>();
	readonly #lists: Record<FilterKind, readonly Option[]> = $derived.by(() => ({
		projects: (this.#projects.value?.items ?? []).map(({ project, label }) => ({
			value: project,
			label,
			detail: project
		})),
		models: (this.#models.value?.items ?? [])
			.toSorted((one, other) => (other.last_at ?? '').localeCompare(one.last_at ?? ''))
			.map(({ model, label }) => ({ value: model, label })),
		sources: (this.#sources.value?.items ?? []).map(({ source, path }) => ({
			value: source,
			label: source,
			detail: path
		}))
	}));

	/** `api` returns the client; nothing is requested before {@link load}. */
	constructor(readonly api: () => Pick<Api, 'projects' | 'models' | 'sources'>) {}

	/** What there is to choose, as far as it is known. */
	of(kind: FilterKind): readonly Option[] {
		return this.#lists[kind];
	}

	/** Whether nothing is known yet, because the answer is on its way. */
	isPending(kind: 'projects' | 'models'): boolean {
		const kept = kind === 'projects' ? this.#projects : this.#models;
		return kept.pending && kept.value === null;
	}

	/** Returns the name that a value is shown by. */
	labelOf(kind: FilterKind, value: string): string {
		return this.#lists[kind].find((option) => option.value === value)?.label ?? lastPartOf(value);
	}

	/** Asks for projects and models. */
	load() {
		const api = this.api();
		void this.#projects.follow(
			api.projects({ range: 'all', limit: MOST_PROJECTS, sort: 'last_at' })
		);
		void this.#models.follow(api.models({ range: 'all' }));
	}

	/** Asks which Claude homes there are. */
	loadSources() {
		void this.#sources.follow(this.api().sources());
	}
}
