import type { SessionResponse } from '$lib/api/types';
import { OTHER_SLOT, type Slots } from '$lib/charts/slots';
import type { TimelinePoint } from '$lib/charts/timeline';

/** What the bars of a session can be as high as. */
export const MEASURES = ['total_tokens', 'cost_usd', 'context_tokens'] as const;
export type Measure = (typeof MEASURES)[number];

/** Returns `responses`, which are in order of time, as bars; those in `flagged` get a mark. */
export function pointsOf(
	responses: readonly SessionResponse[],
	measure: Measure,
	slots: Slots,
	flagged: ReadonlyMap<string, unknown>
): TimelinePoint[] {
	return responses.map((response) => ({
		key: response.key,
		at: Date.parse(response.at),
		sidechain: response.sidechain,
		slot: slots.get(response.model) ?? OTHER_SLOT,
		value: response[measure],
		flagged: flagged.has(response.key)
	}));
}

/** Returns the models of `responses`, those of most responses first. */
export function modelsByUse(responses: readonly SessionResponse[]): string[] {
	const counts = new Map<string, number>();
	for (const { model } of responses) counts.set(model, (counts.get(model) ?? 0) + 1);
	return [...counts].sort(([, one], [, other]) => other - one).map(([model]) => model);
}

/** Returns the response with the longest prompt, or `null` without responses. */
export function largestContext(responses: readonly SessionResponse[]): SessionResponse | null {
	return responses.reduce<SessionResponse | null>(
		(largest, response) =>
			largest && largest.context_tokens >= response.context_tokens ? largest : response,
		null
	);
}
