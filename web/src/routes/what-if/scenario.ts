/** What is assumed, as the address has it. */

import type { WhatIfStats } from '$lib/api/types';
import { choiceOf } from '$lib/state/filter';

export const CACHES = ['actual', 'none', '5m', '1h'] as const;
export const PARTS = ['all', 'main', 'subagents'] as const;

export interface Scenario {
	as_model?: string;
	prices_on?: string;
	cache: (typeof CACHES)[number];
	part: (typeof PARTS)[number];
}

/** Returns what `url` assumes; a day that is none is no assumption. */
export function scenarioOf(url: URL): Scenario {
	const day = url.searchParams.get('prices_on') ?? '';
	return {
		as_model: url.searchParams.get('as_model') || undefined,
		prices_on: isDay(day) ? day : undefined,
		cache: choiceOf(url, 'cache', CACHES),
		part: choiceOf(url, 'part', PARTS)
	};
}

function isDay(text: string): boolean {
	const time = Date.parse(`${text}T00:00:00Z`);
	return (
		/^\d{4}-\d{2}-\d{2}$/.test(text) &&
		!Number.isNaN(time) &&
		new Date(time).toISOString().startsWith(text)
	);
}

/** Returns whether anything but the part is assumed. */
export function isAssumed({ scenario }: WhatIfStats): boolean {
	return Boolean(scenario.as_model || scenario.prices_on) || scenario.cache !== 'actual';
}
