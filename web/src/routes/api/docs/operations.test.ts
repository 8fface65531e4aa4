// @vitest-environment node
import { readFileSync } from 'node:fs';
import type { OpenApi } from '$lib/api/openapi';
import { expect, test } from 'vitest';
import {
	addressOf,
	curlOf,
	exampleOf,
	fieldsOf,
	groupsOf,
	headersOf,
	resolve,
	typeOf,
	type Operation
} from './operations';

const document = JSON.parse(readFileSync('../docs/openapi.json', 'utf8')) as OpenApi;
const operations = groupsOf(document).flatMap((group) => group.operations);

function operation(id: string): Operation {
	const found = operations.find((operation) => operation.id === id);
	if (!found) throw new Error(`there is no operation ${id}`);
	return found;
}

test('every operation is in one group, with a summary', () => {
	const documented = Object.values(document.paths).flatMap((methods) => Object.keys(methods));
	expect(operations.length).toBe(documented.length);
	expect(new Set(operations.map(({ id }) => id)).size).toBe(documented.length);
	for (const { id, summary, responses } of operations) {
		expect(summary, id).not.toBe('');
		expect(responses.length, id).toBeGreaterThan(0);
	}
});

test('every schema has fields or a plain type, and every reference leads somewhere', () => {
	for (const [name, schema] of Object.entries(document.components.schemas)) {
		const whole = resolve(schema, document);
		const plain = whole.enum !== undefined || ![whole.type ?? 'object'].flat().includes('object');
		expect(plain || fieldsOf(schema, document).length > 0, name).toBe(true);
		for (const field of fieldsOf(schema, document)) {
			expect(field.type, `${name}.${field.name}`).not.toMatch(/undefined|^$/);
			expect(Object.keys(resolve(field.schema, document)), `${name}.${field.name}`).not.toEqual([]);
		}
	}
});

test('types are short', () => {
	const of = (schema: Parameters<typeof typeOf>[0], expected: string) =>
		expect(typeOf(schema)).toBe(expected);
	of({ type: 'string', format: 'date' }, 'date');
	of({ type: ['integer', 'null'], format: 'int64' }, 'integer | null');
	of({ type: 'array', items: { $ref: '#/components/schemas/Session' } }, 'Session[]');
	of({ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]');
	of({ oneOf: [{ type: 'null' }, { $ref: '#/components/schemas/Usd' }] }, 'null | Usd');
	of({ type: 'string', enum: ['asc', 'desc'] }, 'asc | desc');
});

test('a body begins with what is required', () => {
	const body = (id: string) => exampleOf(operation(id).body ?? {}, document);
	expect(body('export')).toEqual({ format: 'csv', dataset: 'daily' });
	expect(body('change_rules')).toEqual({ folders: {} });
});

test('an address has what was filled in, and lists once for each line', () => {
	expect(addressOf(operation('stats'), {})).toBe('/api/v1/stats');
	expect(addressOf(operation('stats'), { range: '30d', project: '/a b\n/c&d\n', tz: '' })).toBe(
		'/api/v1/stats?range=30d&project=%2Fa+b&project=%2Fc%26d'
	);
	expect(addressOf(operation('session'), { id: '../x', tz: 'UTC' })).toBe(
		'/api/v1/sessions/..%2Fx?tz=UTC'
	);
});

test('a command line is quoted, and does not have the token', () => {
	const change = operation('change_rules');
	const headers = headersOf(change, { 'If-Match': '"1"' }, 'secret');
	expect(headers).toEqual({
		'If-Match': '"1"',
		'Content-Type': 'application/json',
		Authorization: 'Bearer secret'
	});
	expect(curlOf('PATCH', 'http://x/y', headers, `{"a":"it's"}`)).toBe(
		`curl -X PATCH 'http://x/y' -H 'If-Match: "1"' -H 'Content-Type: application/json' ` +
			`-H "Authorization: Bearer $CTM_AUTH_TOKEN" --data '{"a":"it'\\''s"}'`
	);
	expect(headersOf(operation('stats'), {}, '')).toEqual({});
	expect(curlOf('GET', 'http://x/', {}, null)).toBe(`curl 'http://x/'`);
});
