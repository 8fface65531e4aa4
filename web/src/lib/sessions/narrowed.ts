/** What a list of responses is narrowed to besides times and tools: a driver, a miss of the cache, items of reports. */

import { driverOf, type Driver } from './drivers';

/** What responses are attributed to, were logged with, or call, by the names of the parameters. */
export const ATTRIBUTES = [
	'skill',
	'plugin',
	'agent',
	'mcp',
	'only_tool',
	'effort',
	'entrypoint',
	'version',
	'branch',
	'ticket',
	'pr'
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** What responses can be without, by the names of the reports. */
const REPORTS = ATTRIBUTES.map((name) => (name === 'only_tool' ? 'tool' : name));
export type Report = (typeof REPORTS)[number];

export type Narrowed = Partial<Record<Attribute, string>> & {
	driver?: Driver | 'none';
	/** `any`, or a basis and a cause. */
	cache_miss?: string;
	/** Those without a name in a report. */
	without?: Report;
	several_tools?: true;
	/** Those of a model, by their first parts. */
	only_model?: string;
	/** Those in the projects in which every version or model was used. */
	same_projects?: 'version' | 'model';
};

/** The parameters. */
export const NARROWING = [
	...ATTRIBUTES,
	'driver',
	'cache_miss',
	'without',
	'several_tools',
	'only_model',
	'same_projects'
] as const;

/** Returns what `url` narrows responses to. */
export function narrowedOf(url: URL): Narrowed {
	const driver = driverOf(url);
	const miss = url.searchParams.get('cache_miss');
	const isMiss = miss === 'any' || /^(logged|inferred):/.test(miss ?? '');
	const without = url.searchParams.get('without');
	const report = REPORTS.find((name) => name === without);
	const model = url.searchParams.get('only_model');
	const same = url.searchParams.get('same_projects');
	const attributes = ATTRIBUTES.flatMap((name) => {
		const value = url.searchParams.get(name);
		return value ? [[name, value]] : [];
	});
	return {
		...Object.fromEntries(attributes),
		...(driver && { driver }),
		...(isMiss && miss && { cache_miss: miss }),
		...(report && { without: report }),
		...(url.searchParams.get('several_tools') === 'true' && { several_tools: true }),
		...(model && { only_model: model }),
		...((same === 'version' || same === 'model') && { same_projects: same })
	};
}
