/** The figures that transcript and telemetry may not agree on, in plain words. */

import { m } from '$lib/paraglide/messages';

export const CONFLICTS: Readonly<Record<string, () => string>> = {
	model: () => m.model(),
	input: () => m.input(),
	output: () => m.output(),
	cache_read: () => m.cache_read(),
	cache_write: () => m.cache_write(),
	speed: () => m.why_witness_speed(),
	reports: () => m.why_witness_reports()
};
