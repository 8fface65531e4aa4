import { redacting } from '$lib/redact/redaction';

/** Sends a request, and returns what came back as it is shown. */

export interface Received {
	/** The status with its name, or `null` where there was no response: `body` has the reason. */
	status: string | null;
	headers: string;
	body: string;
	/** Characters of the body that are left out. */
	cut: number;
	bytes: number;
	milliseconds: number;
}

/** Characters of a body that are shown: a browser draws no more in little time. */
const MAX_SHOWN = 100_000;

/** Sends a request with the login of the browser, unless `headers` hold a token. */
export async function send(
	method: string,
	url: string,
	headers: Record<string, string>,
	body: string | null
): Promise<Received> {
	const start = performance.now();
	try {
		const response = await redacting(fetch)(url, { method, headers, body, cache: 'no-store' });
		const blob = await response.blob();
		const milliseconds = Math.round(performance.now() - start);
		const text = readable(await blob.text(), response.headers.get('content-type') ?? '');
		return {
			status: `${response.status} ${response.statusText}`.trim(),
			headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n'),
			body: text.slice(0, MAX_SHOWN),
			cut: Math.max(0, text.length - MAX_SHOWN),
			bytes: blob.size,
			milliseconds
		};
	} catch (cause) {
		const reason = cause instanceof Error ? cause.message : String(cause);
		return { status: null, headers: '', body: reason, cut: 0, bytes: 0, milliseconds: 0 };
	}
}

/** Returns JSON with a line for each field, in the server's own digits, and anything else as it is. */
function readable(text: string, type: string): string {
	return /^application\/(problem\+)?json/.test(type) ? indented(text) : text;
}

/**
 * Returns JSON with line breaks and indentation. It is not parsed and serialised again, which would change
 * numbers of more digits than a browser calculates with.
 */
export function indented(json: string): string {
	const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
	let depth = 0;
	let text = '';
	const line = () => `\n${'  '.repeat(depth)}`;
	tokens.forEach((token, at) => {
		const opens = token === '{' || token === '[';
		const closes = token === '}' || token === ']';
		const before = tokens[at - 1];
		const empty = closes && (before === '{' || before === '[');
		if (closes) depth -= 1;
		if (closes && !empty) text += line();
		text += token === ':' ? ': ' : token;
		if (opens) depth += 1;
		const next = tokens[at + 1];
		if (token === ',' || (opens && next !== '}' && next !== ']')) text += line();
	});
	return text;
}
