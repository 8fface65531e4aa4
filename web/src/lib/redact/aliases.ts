/**
 * Names that stand for others, like “Project A”: each name has one, in the order in which names become known.
 */

export const KINDS = [
	'project',
	'folder',
	'branch',
	'session',
	'file',
	'agent',
	'skill',
	'plugin',
	'server',
	'tool',
	'home',
	'team',
	'title',
	'view',
	'note',
	'link'
] as const;

/** What a name is of. */
export type Kind = (typeof KINDS)[number];

/** The word before the letter, for each kind. */
export type Words = Record<Kind, string>;

export class Aliases {
	readonly #words: Words;
	readonly #names: Record<Kind, Map<string, string>>;
	/** The names, by what stands for them. */
	readonly #behind = new Map<string, string>();
	readonly #onnew: () => void;

	/** `onnew` is called when a name becomes known. */
	constructor(words: Words, names: readonly (readonly [Kind, string])[], onnew: () => void) {
		this.#words = words;
		this.#names = Object.fromEntries(KINDS.map((kind) => [kind, new Map()])) as Record<
			Kind,
			Map<string, string>
		>;
		this.#onnew = onnew;
		for (const [kind, name] of names) this.#add(kind, name);
	}

	/** Returns what stands for a name. */
	of(kind: Kind, name: string): string {
		if (name === '') return name;
		const known = this.#names[kind].get(name);
		if (known !== undefined) return known;
		const alias = this.#add(kind, name);
		this.#onnew();
		return alias;
	}

	/** Returns the name behind `text`, or `text` itself where it stands for none. */
	behind(text: string): string {
		return this.#behind.get(text) ?? text;
	}

	/** Returns a sentence with aliases for all names in it that are known. */
	within(text: string): string {
		const aliases = new Map([...this.#behind].map(([alias, name]) => [name, alias]));
		const found = [...aliases.keys()].filter((name) => text.includes(name));
		if (found.length === 0) return text;
		// A name can be part of a longer one.
		const names = found.toSorted((one, other) => other.length - one.length).map(literal);
		const whole = new RegExp(`(?<![\\p{L}\\p{N}])(?:${names.join('|')})(?![\\p{L}\\p{N}])`, 'gu');
		return text.replace(whole, (name) => aliases.get(name) ?? name);
	}

	/** Returns the words and names, to be stored. */
	stored(): string {
		const names = KINDS.flatMap((kind) =>
			[...this.#names[kind].keys()].map((name) => [kind, name])
		);
		return JSON.stringify({ words: this.#words, names });
	}

	#add(kind: Kind, name: string): string {
		const alias = `${this.#words[kind]} ${letters(this.#names[kind].size)}`;
		this.#names[kind].set(name, alias);
		this.#behind.set(alias, name);
		return alias;
	}
}

/** Returns the pattern of a text itself. */
function literal(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/** Returns A to Z, then AA, AB and so on. */
export function letters(number: number): string {
	const before = Math.floor(number / 26);
	return (before > 0 ? letters(before - 1) : '') + String.fromCharCode(65 + (number % 26));
}

/** Returns aliases from what was stored, or `null` where that is invalid. */
export function readAliases(text: string, onnew: () => void): Aliases | null {
	try {
		const { words, names } = JSON.parse(text);
		// Stored before a kind of name was hidden.
		if (KINDS.some((kind) => !Object.hasOwn(words, kind))) return null;
		return new Aliases(words, names, onnew);
	} catch {
		return null;
	}
}
