/** What a list of responses is narrowed to besides times and tools: a driver, a miss of the cache, attributes. */

import { driverOf, type Driver } from './drivers';

/** What responses are attributed to, or were logged with, by the names of the parameters. */
export const ATTRIBUTES = [
	'skill',
	'plugin',
	'agent',
	'mcp',
	'effort',
	'entrypoint',
	'version',
	'branch'
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

export type Narrowed = Partial<Record<Attribute, string>> & {
	driver?: Driver;
	/** `any`, or a basis and a cause. */
	cache_miss?: string;
};

/** Returns what `url` narrows responses to. */
export function narrowedOf(url: URL): Narrowed {
	const driver = driverOf(url);
	const miss = url.searchParams.get('cache_miss');
	const isMiss = miss === 'any' || /^(logged|inferred):/.test(miss ?? '');
	const attributes = ATTRIBUTES.flatMap((name) => {
		const value = url.searchParams.get(name);
		return value ? [[name, value]] : [];
	});
	return {
		...Object.fromEntries(attributes),
		...(driver && { driver }),
		...(isMiss && miss && { cache_miss: miss })
	};
}
