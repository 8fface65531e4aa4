/**
 * The operations of the OpenAPI document as the page shows them, and requests made from them.
 *
 * Only what the server's own document uses of OpenAPI 3.1 is understood, which `operations.test.ts` proves on
 * that document.
 */

import type { DocumentedOperation, OpenApi, Parameter, Schema } from '$lib/api/openapi';

export interface Operation {
	id: string;
	method: string;
	path: string;
	summary: string;
	description: string;
	parameters: Parameter[];
	/** What is sent, if anything is. */
	body: Schema | null;
	responses: { status: string; description: string; media: string; schema: Schema | null }[];
}

export interface Group {
	name: string;
	description: string;
	operations: Operation[];
}

/** Returns all operations by tag, in the order of the document. */
export function groupsOf(document: OpenApi): Group[] {
	const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, documented]) => ({
			tag: documented.tags?.[0] ?? '',
			operation: operationOf(method, path, documented)
		}))
	);
	return document.tags
		.map(({ name, description }) => ({
			name,
			description,
			operations: operations.filter(({ tag }) => tag === name).map(({ operation }) => operation)
		}))
		.filter((group) => group.operations.length > 0);
}

function operationOf(method: string, path: string, documented: DocumentedOperation): Operation {
	const body = documented.requestBody?.content;
	return {
		id: documented.operationId,
		method: method.toUpperCase(),
		path,
		summary: documented.summary ?? '',
		description: documented.description ?? '',
		parameters: documented.parameters ?? [],
		body: (body && Object.values(body)[0]?.schema) ?? null,
		responses: Object.entries(documented.responses).map(([status, { description, content }]) => {
			const [media, found] = Object.entries(content ?? {})[0] ?? ['', undefined];
			return { status, description, media, schema: found?.schema ?? null };
		})
	};
}

/** Resolves a reference, or a schema that also allows `null`. */
export function resolve(schema: Schema, document: OpenApi): Schema {
	if (schema.$ref) {
		const named = document.components.schemas[nameOf(schema.$ref)] ?? {};
		return resolve(named, document);
	}
	const others = schema.oneOf?.filter(({ type }) => type !== 'null');
	if (others?.length === 1 && others[0]) return resolve(others[0], document);
	return schema;
}

const nameOf = (ref: string) => ref.slice(ref.lastIndexOf('/') + 1);

/** Returns what a value of a schema is, in one line: `integer | null`, `Session[]`. */
export function typeOf(schema: Schema): string {
	if (schema.$ref) return nameOf(schema.$ref);
	if (schema.oneOf) return schema.oneOf.map(typeOf).join(' | ');
	if (schema.allOf) return schema.allOf.map(typeOf).join(' & ');
	if (schema.enum) return schema.enum.join(' | ');
	const types = [schema.type ?? 'object'].flat().map((type) => {
		if (type === 'array') return schema.items ? `${grouped(typeOf(schema.items))}[]` : 'array';
		return type === 'string' && schema.format ? schema.format : type;
	});
	return types.join(' | ');
}

const grouped = (type: string) => (type.includes(' ') ? `(${type})` : type);

export interface Field {
	name: string;
	type: string;
	required: boolean;
	description: string;
	/** What it consists of, to be looked into. */
	schema: Schema;
}

/** Returns the fields of the objects that a schema is made of, if it is made of any. */
export function fieldsOf(schema: Schema, document: OpenApi): Field[] {
	const whole = resolve(schema, document);
	if (whole.items) return fieldsOf(whole.items, document);
	const parts = whole.allOf ?? whole.oneOf;
	if (parts) {
		const fields = parts.flatMap((part) => fieldsOf(part, document));
		return [...new Map(fields.map((field) => [field.name, field])).values()];
	}
	if (typeof whole.additionalProperties === 'object' && !whole.properties) {
		return fieldsOf(whole.additionalProperties, document);
	}
	return Object.entries(whole.properties ?? {}).map(([name, field]) => ({
		name,
		type: typeOf(field),
		required: whole.required?.includes(name) ?? false,
		description: field.description ?? resolve(field, document).description ?? '',
		schema: field
	}));
}

/** Returns the shortest value of a schema, to begin with. */
export function exampleOf(schema: Schema, document: OpenApi): unknown {
	const whole = resolve(schema, document);
	const required = whole.required ?? [];
	if (whole.enum) return whole.enum[0];
	switch ([whole.type].flat()[0]) {
		case 'array':
			return [];
		case 'boolean':
			return false;
		case 'integer':
		case 'number':
			return whole.minimum ?? 0;
		case 'string':
			return '';
		default:
			return Object.fromEntries(
				required.map((name) => [name, exampleOf(whole.properties?.[name] ?? {}, document)])
			);
	}
}

/** What was filled in, by the names of parameters; a list is one value a line. */
export type Values = Readonly<Record<string, string>>;

/** Returns the path and the query of a request. */
export function addressOf({ path, parameters }: Operation, values: Values): string {
	const of = (place: Parameter['in']) => parameters.filter((parameter) => parameter.in === place);
	const filled = of('path').reduce(
		(address, { name }) => address.replace(`{${name}}`, encodeURIComponent(values[name] ?? '')),
		path
	);
	const query = of('query').flatMap(({ name, schema }) => {
		const value = values[name] ?? '';
		const items = schema.type === 'array' ? value.split('\n') : [value];
		return items.filter((item) => item !== '').map((item) => [name, item]);
	});
	return query.length > 0 ? `${filled}?${new URLSearchParams(query).toString()}` : filled;
}

/** Returns the headers of a request; a token is left out where the browser's login is to do. */
export function headersOf(
	{ parameters, body }: Operation,
	values: Values,
	token: string
): Record<string, string> {
	const named = parameters.filter(
		(parameter) => parameter.in === 'header' && values[parameter.name]
	);
	return {
		...Object.fromEntries(named.map(({ name }) => [name, values[name] ?? ''])),
		...(body ? { 'Content-Type': 'application/json' } : {}),
		...(token ? { Authorization: `Bearer ${token}` } : {})
	};
}

/** Returns the request as a command line, which has the token of the environment and not its text. */
export function curlOf(
	method: string,
	url: string,
	headers: Record<string, string>,
	body: string | null
): string {
	const words = ['curl', ...(method === 'GET' ? [] : ['-X', method]), quoted(url)];
	for (const [name, value] of Object.entries(headers)) {
		const secret = name === 'Authorization';
		words.push(
			'-H',
			secret ? '"Authorization: Bearer $CTM_AUTH_TOKEN"' : quoted(`${name}: ${value}`)
		);
	}
	if (body !== null) words.push('--data', quoted(body));
	return words.join(' ');
}

/** Returns a text that a shell takes as it is. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
