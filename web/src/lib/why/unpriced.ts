/** The reason of a missing price, translated from the server's message. */

import { m } from '$lib/paraglide/messages';

type Words = (inputs: { model: string }) => string;

/** The server's English messages, each with its translation. */
const REASONS: readonly (readonly [RegExp, Words])[] = [
	[/^the transcript names no model\b/, () => m.unpriced_no_model()],
	[/^add a \[\[price\]\] with model = (.+), or map /, m.unpriced_unknown_model],
	[/^the list price of its maker is in a pack: .+ with model = (.+)$/, m.unpriced_in_pack],
	[/^which model this is depends on .+: map (.+) under /, m.unpriced_ambiguous_alias],
	[/^the provider sets its own prices: map (.+) under /, m.unpriced_unknown_provider],
	[/^the model of the profile is not public: map (.+) under /, m.unpriced_opaque_profile],
	[/^the name is a placeholder\b/, () => m.unpriced_placeholder()]
];

/** Returns a reason in the language of the page; one that is not known here is shown as it is. */
export function unpricedWords(reason: string): string {
	for (const [pattern, words] of REASONS) {
		const found = pattern.exec(reason);
		if (found) return words({ model: found[1] ?? '' });
	}
	return reason;
}
