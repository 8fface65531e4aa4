/** Cost drivers: circumstances that make responses expensive, and a list of the responses with one. */

export const DRIVERS = [
	'long_context',
	'subagents',
	'parallel_sessions',
	'long_sessions',
	'cache_misses'
] as const;
export type Driver = (typeof DRIVERS)[number];

/** Returns the driver that `url` narrows responses to, or that they have none. */
export function driverOf(url: URL): Driver | 'none' | undefined {
	const text = url.searchParams.get('driver');
	return text === 'none' ? text : DRIVERS.find((driver) => driver === text);
}
