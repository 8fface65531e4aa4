/**
 * Groups the code of the page into few files: each file is a request of the first visit.
 *
 * Left alone, the bundler makes a file of whatever the same pages share, about a hundred for the
 * overview. SvelteKit's `bundleStrategy: 'single'` would make one of everything, in which a visit
 * starts with twice the code that its page needs.
 */

/**
 * @typedef {{
 *   code: string | null,
 *   importers: readonly string[],
 *   dynamicImporters: readonly string[]
 * }} Module
 * @typedef {(id: string) => Module | null} Lookup
 */

/** The files that SvelteKit loads for a page: of the layout, of errors, and of the page itself. */
const NODE = /client-optimized[\\/]nodes[\\/](\d+)\.js$/;

/** The layout and the page for errors, which every visit loads. */
const ALWAYS = new Set(['0', '1']);

/** What SvelteKit starts any page with. */
const START = /client[\\/]bundle\.js$/;

/** What the layout loads as soon as it is idle. */
const IDLE = /[\\/]lib[\\/](frame[\\/](Palette|StateBanner)|ui[\\/]AmountNote)\.svelte$/;

const STYLES = /\.css($|\?)/;

/** The bundler's own helpers. */
const HELPERS = /^\0rolldown[\\/]runtime/;

/** A text, and the list that imports all of them. */
const TEXT = /[\\/]paraglide[\\/]messages[\\/](\w+)\.js$/;
const TEXTS = /[\\/]paraglide[\\/]messages(\.js|[\\/]_index\.js)$/;

/**
 * Returns the groups of modules for `output.codeSplitting`. Each takes what its modules import, so that
 * what is needed first comes first.
 *
 * @returns {import('vite').Plugin}
 */
export function chunks() {
	return {
		name: 'chunks',
		enforce: 'post',
		configEnvironment: (name) =>
			name === 'client'
				? { build: { rolldownOptions: { output: { codeSplitting: { groups: groups() } } } } }
				: null
	};
}

/** @returns {import('vite').Rolldown.CodeSplittingGroup[]} */
function groups() {
	return [/^app$/, /^start-/, /^idle$/, /^parts$/, /^page-/].map((wanted) => ({
		debugName: `chunks ${wanted.source}`,
		name: (id, bundle) => {
			const name = chunkOf(id, (one) => bundle.getModuleInfo(one));
			return name && wanted.test(name) ? name : null;
		}
	}));
}

/**
 * Returns the name of the file that a module belongs to, or `null` where it is part of the file of
 * the page or of the import that needs it.
 *
 * - `app`: what a visit of any page starts with, or of several, and all styles;
 * - `start-N`: what page N and the parts that it loads start with;
 * - `parts`: what several pages load once they are started, such as charts;
 * - `idle`: what the layout loads once nothing else is to do;
 * - `page-N`: what page N loads once it is started.
 *
 * @param {string} id
 * @param {Lookup} lookup
 */
export function chunkOf(id, lookup) {
	if (STYLES.test(id) || HELPERS.test(id)) return 'app';
	const { starts, loads } = reasonsOf(id, lookup);
	const pages = nodesIn(starts);
	if (starts.some((reason) => START.test(reason)) || pages.some((node) => ALWAYS.has(node))) {
		return 'app';
	}
	const [page] = pages;
	if (page !== undefined) {
		if (pages.length > 1) return 'app';
		// The page's own file, unless the parts that it loads need it too: those cannot import the page.
		if (loads.length === 0) return null;
		const others = loads.flatMap((reason) => ownersOf(reason, lookup));
		return others.every((owner) => owner === page) ? `start-${page}` : 'app';
	}
	if (loads.some((reason) => IDLE.test(reason))) return 'idle';
	const owners = new Set(loads.flatMap((reason) => ownersOf(reason, lookup)));
	const [owner] = owners;
	if (owner === undefined) return null;
	if (owners.size > 1) return 'parts';
	return ALWAYS.has(owner) ? null : `page-${owner}`;
}

/**
 * Returns the entries that import a module at once, and the modules that are imported later and
 * then import it at once.
 *
 * @param {string} id
 * @param {Lookup} lookup
 */
function reasonsOf(id, lookup) {
	/** @type {string[]} */
	const starts = [];
	/** @type {string[]} */
	const loads = [];
	for (const [found, module] of reach(id, lookup, importersOf)) {
		if (START.test(found) || NODE.test(found)) starts.push(found);
		else if (module.dynamicImporters.length > 0) loads.push(found);
	}
	return { starts, loads };
}

/**
 * Returns the nodes that import a module at once or later.
 *
 * @param {string} id
 * @param {Lookup} lookup
 */
function ownersOf(id, lookup) {
	const found = reach(id, lookup, (one, module) =>
		NODE.test(one) ? [] : [...importersOf(one, module, lookup), ...module.dynamicImporters]
	);
	return nodesIn([...found.keys()]);
}

/**
 * Returns the modules that need a module at once. A list imports all texts: of a text, those that name it
 * are meant.
 *
 * @param {string} id
 * @param {Module} module
 * @param {Lookup} lookup
 * @returns {readonly string[]}
 */
function importersOf(id, module, lookup) {
	const text = TEXT.exec(id)?.[1];
	if (text === undefined || TEXTS.test(id)) return module.importers;
	const all = reach(id, lookup, (one, { importers }) =>
		one === id || TEXTS.test(one) ? importers : []
	);
	return [...all].flatMap(([one, { code }]) => (textsIn(code ?? '').has(text) ? [one] : []));
}

/** @type {Map<string, ReadonlySet<string>>} */
const named = new Map();

/**
 * Returns the texts that `code` names. It is parsed once for all texts.
 *
 * @param {string} code
 */
function textsIn(code) {
	const known = named.get(code);
	if (known) return known;
	const texts = new Set([...code.matchAll(/\bm\.(\w+)/g)].map(([, text]) => text ?? ''));
	named.set(code, texts);
	return texts;
}

/**
 * Returns a module and all that `next` leads to from it.
 *
 * @param {string} id
 * @param {Lookup} lookup
 * @param {(id: string, module: Module, lookup: Lookup) => readonly string[]} next
 */
function reach(id, lookup, next) {
	/** @type {Map<string, Module>} */
	const found = new Map();
	const queue = [id];
	for (const one of queue) {
		const module = found.has(one) ? null : lookup(one);
		if (!module) continue;
		found.set(one, module);
		queue.push(...next(one, module, lookup));
	}
	return found;
}

/** @param {string[]} ids */
function nodesIn(ids) {
	return ids.flatMap((id) => NODE.exec(id)?.[1] ?? []);
}
