/** What a list of responses is narrowed to, in words. */

import { causeWords } from '$lib/cache/causes';
import type { Formatter } from '$lib/format/format';
import { printable } from '$lib/format/name';
import { m } from '$lib/paraglide/messages';
import { ONLY_WORDS } from './driverWords';
import { ATTRIBUTES, type Attribute, type Narrowed } from './narrowed';

const ATTRIBUTE_WORDS: Record<Attribute, () => string> = {
	skill: () => m.by_skill(),
	plugin: () => m.by_plugin(),
	agent: () => m.by_agent(),
	mcp: () => m.by_mcp(),
	effort: () => m.by_effort(),
	entrypoint: () => m.by_entrypoint(),
	version: () => m.by_version(),
	branch: () => m.by_branch()
};

/** Returns sentences about what the list is narrowed to. */
export function narrowedWords(narrowed: Narrowed, format: Formatter): string {
	const { driver, cache_miss } = narrowed;
	const cause = cache_miss?.slice(cache_miss.indexOf(':') + 1);
	const attributes = ATTRIBUTES.flatMap((name) => {
		const value = narrowed[name];
		return value
			? [m.responses_only_attribute({ what: ATTRIBUTE_WORDS[name](), value: printable(value) })]
			: [];
	});
	return format.sentences(
		driver && ONLY_WORDS[driver](),
		cause === 'any'
			? m.responses_only_missed()
			: cause && m.responses_only_cause({ cause: causeWords(cause) }),
		...attributes
	);
}
