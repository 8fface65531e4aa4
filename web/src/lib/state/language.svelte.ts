/**
 * The language of the page, with its formatter.
 *
 * The messages ask `getLocale` for their language whenever they are written out. It is answered
 * from a rune here, so that every text on the page changes at once, without the reload that is
 * the library's own way.
 */

import { Formatter } from '$lib/format/format';
import {
	getLocale,
	overwriteGetLocale,
	setLocale,
	type Locale as Name
} from '$lib/paraglide/runtime';

/** Every language: its own name, and its tag for the document and for formats. */
export const LANGUAGES: Record<Name, { label: string; short: string; tag: string }> = {
	en: { label: 'English', short: 'EN', tag: 'en' },
	zh: { label: '简体中文', short: '中文', tag: 'zh-Hans-CN' }
};

export type LanguageName = Name;

export class Language {
	#name = $state<Name>(getLocale());
	/** Writes numbers and times in the language and in `zone`. */
	readonly format = $derived.by(() => new Formatter(LANGUAGES[this.#name].tag, this.zone()));

	/** `zone` returns the IANA zone that times are shown in. */
	constructor(readonly zone: () => string) {
		overwriteGetLocale(() => this.#name);
		this.#tellDocument();
	}

	get name(): Name {
		return this.#name;
	}

	set name(name: Name) {
		void setLocale(name, { reload: false });
		this.#name = name;
		this.#tellDocument();
	}

	#tellDocument() {
		document.documentElement.lang = LANGUAGES[this.#name].tag;
	}
}
