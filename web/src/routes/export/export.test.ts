import { expect, test } from 'vitest';
import { meta, stats, usage } from '../../testing/answers';
import { askRows, fieldsAsked, readExport } from './export';
import { DATASETS, FIELDS } from './fields';

const ok = <Value>(value: Value) => Promise.resolve({ ok: true as const, value });
const api = {
	daily: () => ok({ meta, days: [{ models: [{}, {}] }, { models: [] }, { models: [{}] }] }),
	stats: () => ok(stats({ ...usage(10, 1), sessions: 3, responses: 7 })),
	models: () => ok({ meta, items: [{}, {}], totals: usage(1, 1) }),
	projects: () => ok({ meta, items: [{}], total: 41, totals: usage(1, 1), next_cursor: 'x' }),
	tools: () => ok({ meta, items: [{}, {}, {}, {}] }),
	markers: () => ok({ markers: [{}], notes: [{}, {}] }),
	notes: () => ok({ items: [{}, {}, {}, {}] }),
	views: () => ok({ items: [{}, {}, {}, {}, {}] })
} as unknown as Parameters<typeof askRows>[0];

test('rows are counted as the file will have them', async () => {
	const rows = DATASETS.map(async (dataset) => {
		const result = await askRows(api, dataset, {});
		return result.ok ? result.value.rows : null;
	});
	expect(await Promise.all(rows)).toEqual([30, 2, 3, 41, null, 3, 4, null, null, 7, 2, 5, null]);
	expect(await askRows(api, 'notes', { range: 'all' })).toMatchObject({ value: { rows: 4 } });
});

test('a problem stays one', async () => {
	const problem = { type: 'about:blank', title: 'Busy', status: 503 };
	const busy = { ...api, stats: () => Promise.resolve({ ok: false as const, problem }) };
	expect(await askRows(busy, 'daily', {})).toEqual({ ok: false, problem });
});

test('the URL selects the data set and format, by default days as CSV', () => {
	const read = (query: string) => readExport(new URL(`http://localhost/export?${query}`));
	expect(read('')).toEqual({ dataset: 'daily', format: 'csv' });
	expect(read('dataset=responses&format=ndjson')).toEqual({
		dataset: 'responses',
		format: 'ndjson'
	});
});

test('fields keep the order of the server, and all are requested by default', () => {
	expect(fieldsAsked('daily', new Set())).toBeUndefined();
	const left = new Set(FIELDS.daily.filter((field) => field !== 'cost_usd' && field !== 'date'));
	expect(fieldsAsked('daily', left)).toEqual(['date', 'cost_usd']);
});

test('no field is there twice', () => {
	for (const dataset of DATASETS) {
		expect(new Set(FIELDS[dataset]).size, dataset).toBe(FIELDS[dataset].length);
	}
});
