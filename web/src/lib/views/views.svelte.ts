import type { Api, Result } from '$lib/api/client';
import type { Problem, SavedView, SavedViews as Answer } from '$lib/api/types';
import { Kept } from '$lib/state/kept.svelte';

type Asked = Pick<Api, 'views' | 'addView' | 'renameView' | 'removeView'>;

/** The saved views: asked for when they are first wanted, and again after each change. */
export class SavedViews {
	readonly #api: () => Asked;
	readonly #kept = new Kept<Answer>();
	/** Whether they were asked for. */
	wanted = $state(false);
	/** The views by name, as far as they are known. */
	readonly items: readonly SavedView[] = $derived(this.#kept.value?.items ?? []);
	/** Why the last change or request failed. */
	problem = $state.raw<Problem | null>(null);

	/** `api` returns the server. */
	constructor(api: () => Asked) {
		this.#api = api;
	}

	/** Asks for the views. */
	load() {
		this.wanted = true;
		void this.#kept.follow(this.#api().views());
	}

	/** Saves a view, and returns whether that succeeded. */
	add(name: string, path: string): Promise<boolean> {
		return this.#settle(this.#api().addView({ name, path }));
	}

	/** Renames a view, and returns whether that succeeded. */
	rename(id: string, name: string): Promise<boolean> {
		return this.#settle(this.#api().renameView(id, name));
	}

	/** Removes a view, and returns whether that succeeded. */
	remove(id: string): Promise<boolean> {
		return this.#settle(this.#api().removeView(id));
	}

	async #settle(request: Promise<Result<SavedView>>): Promise<boolean> {
		const result = await request;
		this.problem = result.ok ? null : result.problem;
		if (result.ok) this.load();
		return result.ok;
	}
}
