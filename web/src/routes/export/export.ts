/** What is exported, as it stands in the address, and how many rows that will be. */

import type { Api, Result } from '$lib/api/client';
import type { ExportQuestion, Filter, Meta } from '$lib/api/types';
import { choiceOf } from '$lib/state/filter';
import { lengthOf } from '$lib/state/period';
import { DATASETS, FIELDS, type Dataset } from './fields';

export const FORMATS = ['csv', 'json', 'ndjson'] as const;

export type Chosen = Pick<ExportQuestion, 'dataset' | 'format'>;

/** The number of rows of a file, and the request that it belongs to. */
export interface Rows {
	meta: Meta;
	/** `null` where they are not counted beforehand. */
	rows: number | null;
}

/** Returns what `url` asks for. */
export function readExport(url: URL): Chosen {
	return {
		dataset: choiceOf(url, 'dataset', DATASETS),
		format: choiceOf(url, 'format', FORMATS)
	};
}

/** Asks how many rows `dataset` has now. */
export async function askRows(
	api: Pick<
		Api,
		'stats' | 'daily' | 'models' | 'projects' | 'tools' | 'markers' | 'notes' | 'views'
	>,
	dataset: Dataset,
	filter: Filter
): Promise<Result<Rows>> {
	switch (dataset) {
		case 'models':
			return counted(await api.models(filter), ({ items }) => items.length);
		case 'projects':
			return counted(await api.projects({ ...filter, limit: 1 }), ({ total }) => total);
		case 'daily-models':
			return counted(await api.daily(filter), ({ days }) =>
				days.reduce((rows, { models }) => rows + (models?.length ?? 0), 0)
			);
		case 'tools':
			return counted(await api.tools(filter), ({ items }) => items.length);
		case 'blocks':
		case 'changes':
		case 'daily-projects':
		case 'focus':
			return counted(await api.stats(filter, 'none'), () => null);
		case 'daily':
			return counted(await api.stats(filter, 'none'), ({ meta }) => lengthOf(meta));
		case 'notes':
			return filter.range === 'all'
				? besideStats(
						await api.stats(filter, 'none'),
						await api.notes(),
						({ items }) => items.length
					)
				: besideStats(
						await api.stats(filter, 'none'),
						await api.markers(filter),
						({ notes }) => notes.length
					);
		case 'views':
			return besideStats(
				await api.stats(filter, 'none'),
				await api.views(),
				({ items }) => items.length
			);
		case 'sessions':
		case 'responses':
			return counted(await api.stats(filter, 'none'), ({ totals }) => totals[dataset]);
	}
}

function counted<Value extends { meta: Meta }>(
	result: Result<Value>,
	count: (value: Value) => number | null
): Result<Rows> {
	if (!result.ok) return result;
	return { ok: true, value: { meta: result.value.meta, rows: count(result.value) } };
}

/** Counts what has no metadata of its own. */
function besideStats<Value>(
	stats: Result<{ meta: Meta }>,
	result: Result<Value>,
	count: (value: Value) => number
): Result<Rows> {
	if (!stats.ok) return stats;
	if (!result.ok) return result;
	return { ok: true, value: { meta: stats.value.meta, rows: count(result.value) } };
}

/** Returns the fields to ask for, in the order of the server; all fields are the default. */
export function fieldsAsked(dataset: Dataset, left: ReadonlySet<string>): string[] | undefined {
	if (left.size === 0) return undefined;
	return FIELDS[dataset].filter((field) => !left.has(field));
}
