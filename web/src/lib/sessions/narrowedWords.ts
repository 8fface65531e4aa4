/** What a list of responses is narrowed to, in words. */

import { causeWords } from '$lib/cache/causes';
import type { Formatter } from '$lib/format/format';
import { printable } from '$lib/format/name';
import { m } from '$lib/paraglide/messages';
import { ONLY_WORDS } from './driverWords';
import { ATTRIBUTES, type Attribute, type Narrowed, type Report } from './narrowed';

const ATTRIBUTE_WORDS: Record<Attribute | Report, () => string> = {
	skill: () => m.by_skill(),
	plugin: () => m.by_plugin(),
	agent: () => m.by_agent(),
	mcp: () => m.by_mcp(),
	tool: () => m.tools_tool(),
	only_tool: () => m.responses_only_one_tool(),
	effort: () => m.by_effort(),
	entrypoint: () => m.by_entrypoint(),
	version: () => m.by_version(),
	branch: () => m.by_branch(),
	ticket: () => m.by_ticket(),
	pr: () => m.by_pr()
};

const SAME_WORDS = {
	version: () => m.responses_only_same_versions(),
	model: () => m.responses_only_same_models()
};

/** Returns sentences about what the list is narrowed to. */
export function narrowedWords(narrowed: Narrowed, format: Formatter): string {
	const { driver, cache_miss, without, several_tools, only_model } = narrowed;
	const cause = cache_miss?.slice(cache_miss.indexOf(':') + 1);
	const only = (name: Attribute | Report, value: string) =>
		m.responses_only_attribute({ what: ATTRIBUTE_WORDS[name](), value });
	const model =
		only_model && m.responses_only_attribute({ what: m.model(), value: printable(only_model) });
	const same = narrowed.same_projects && SAME_WORDS[narrowed.same_projects]();
	const attributes = ATTRIBUTES.flatMap((name) => {
		const value = narrowed[name];
		return value ? [only(name, printable(value))] : [];
	});
	return format.sentences(
		driver && ONLY_WORDS[driver](),
		cause === 'any'
			? m.responses_only_missed()
			: cause && m.responses_only_cause({ cause: causeWords(cause) }),
		...attributes,
		without && only(without, m.by_none()),
		several_tools && only('tool', m.by_several()),
		model,
		same
	);
}
