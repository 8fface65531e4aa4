import type { Api } from '$lib/api/client';
import type { Problem, SavedView, SavedViews as Answer } from '$lib/api/types';
import { Kept } from '$lib/state/kept.svelte';

type Asked = Pick<Api, 'views'>;

/** The saved views: asked for when they are first wanted, and again after each change. */
export class SavedViews {
	readonly #api: () => Asked;
	readonly #kept = new Kept<Answer>();
	/** Whether they were asked for. */
	wanted = $state(false);
	/** The views by name, as far as they are known. */
	readonly items: readonly SavedView[] = $derived(this.#kept.value?.items ?? []);

	/** `api` returns the server. */
	constructor(api: () => Asked) {
		this.#api = api;
	}

	/** Why the last request failed. */
	get problem(): Problem | null {
		return this.#kept.problem;
	}

	/** Asks for the views. */
	load() {
		this.wanted = true;
		void this.#kept.follow(this.#api().views());
	}
}
