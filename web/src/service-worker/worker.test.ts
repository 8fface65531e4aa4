import { readFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';

const ORIGIN = 'http://localhost:51888';
const BOOT = '_app/immutable/boot.1.js';
const source = readFileSync('src/service-worker/worker.js', 'utf8');

type Handler = (event: Record<string, unknown>) => void;

/** What the server has, by path; nothing without one. */
let served: Map<string, Response> | null;
/** The caches of the origin, by name. */
let stored: Map<string, Map<string, Response>>;
let unregistered: boolean;

beforeEach(() => {
	served = new Map([
		['/ctm/', html(`<script src="/ctm/${BOOT}"></script>`)],
		[`/ctm/${BOOT}`, script('boot')],
		['/ctm/first-paint.js', script('paint')],
		['/ctm/service-worker.js', script('worker')],
		['/ctm/sessions', html('sessions')],
		['/ctm/api/v1/stats', new Response('{}')]
	]);
	stored = new Map();
	unregistered = false;
});

function html(text: string) {
	return new Response(text, { headers: { 'content-type': 'text/html' } });
}

function script(text: string) {
	return new Response(text, { headers: { 'content-type': 'text/javascript' } });
}

const pathOf = (request: string | { url: string }) =>
	new URL(typeof request === 'string' ? request : request.url, ORIGIN).pathname;

async function fetched(request: string | { url: string }) {
	if (!served) throw new TypeError('Failed to fetch');
	return served.get(pathOf(request))?.clone() ?? new Response('', { status: 404 });
}

function cacheOf(name: string) {
	const entries = stored.get(name) ?? new Map<string, Response>();
	stored.set(name, entries);
	return {
		put: async (path: string, response: Response) => void entries.set(path, response),
		addAll: async (paths: string[]) => {
			for (const path of paths) {
				const response = await fetched(path);
				if (!response.ok) throw new TypeError(`no ${path}`);
				entries.set(path, response);
			}
		},
		match: async (request: string | { url: string }) => entries.get(pathOf(request))?.clone()
	};
}

const caches = {
	open: async (name: string) => cacheOf(name),
	keys: async () => [...stored.keys()],
	delete: async (name: string) => stored.delete(name),
	match: async (request: { url: string }) =>
		[...stored.values()].map((one) => one.get(pathOf(request))?.clone()).find(Boolean)
};

/** Returns the worker of a build. */
function worker(version: string) {
	const handlers = new Map<string, Handler>();
	const self = {
		BUILT: { version, boot: BOOT, files: [BOOT, 'first-paint.js'] },
		location: { href: `${ORIGIN}/ctm/service-worker.js`, origin: ORIGIN },
		addEventListener: (type: string, handler: Handler) => handlers.set(type, handler),
		skipWaiting: async () => {},
		registration: { unregister: async () => (unregistered = true) }
	};
	new Function('self', 'caches', 'fetch', source)(self, caches, fetched);

	/** Dispatches an event, and returns the response to it once everything is done. */
	return async (type: string, path = '', mode = 'cors', method = 'GET') => {
		const waits: unknown[] = [];
		let response: Promise<Response> | undefined;
		handlers.get(type)?.({
			request: { url: ORIGIN + path, method, mode },
			waitUntil: (wait: unknown) => waits.push(wait),
			respondWith: (answer: Promise<Response>) => (response = answer)
		});
		const answer = await response;
		await Promise.all(waits);
		return answer && (await answer.text());
	};
}

async function installed(version = 'one') {
	const dispatch = worker(version);
	await dispatch('install');
	await dispatch('activate');
	return dispatch;
}

test('without a server, every page is the document of the build, with its files', async () => {
	const dispatch = await installed();
	expect(await dispatch('fetch', '/ctm/sessions', 'navigate')).toBe('sessions');
	served = null;
	expect(await dispatch('fetch', '/ctm/sessions', 'navigate')).toContain(BOOT);
	expect(await dispatch('fetch', '/ctm/api/docs', 'navigate')).toContain(BOOT);
	expect(await dispatch('fetch', `/ctm/${BOOT}`)).toBe('boot');
	expect(await dispatch('fetch', '/ctm/first-paint.js')).toBe('paint');
});

test.each([
	['/ctm/api/v1/stats', 'cors', 'GET'],
	['/ctm/api/v1/stats', 'navigate', 'GET'],
	['/ctm/login', 'navigate', 'GET'],
	['/ctm/logout', 'navigate', 'GET'],
	['/ctm/link/secret', 'navigate', 'GET'],
	['/ctm/metrics', 'navigate', 'GET'],
	['/ctm/sessions', 'navigate', 'POST'],
	['/other/', 'navigate', 'GET']
])('%s (%s, %s) is none of the page', async (path, mode, method) => {
	const dispatch = await installed();
	expect(await dispatch('fetch', path, mode, method)).toBeUndefined();
});

test('only files of the build are stored', async () => {
	const dispatch = await installed();
	await dispatch('fetch', '/ctm/sessions', 'navigate');
	expect([...(stored.get('ctm /ctm/ one')?.keys() ?? [])]).toEqual([
		'/ctm/',
		`/ctm/${BOOT}`,
		'/ctm/first-paint.js'
	]);
});

test('a document of another build, or of the login, is not installed', async () => {
	served?.set('/ctm/', html('<script src="/ctm/_app/immutable/boot.2.js"></script>'));
	await expect(installed()).rejects.toThrow('not of the build one');
});

test('files of the previous build are kept for open pages, and no older ones', async () => {
	stored.set('ctm / other', new Map());
	const dispatch = await installed('one');
	await installed('two');
	served = null;
	expect(await dispatch('fetch', `/ctm/${BOOT}`)).toBe('boot');
	served = new Map([['/ctm/', html(BOOT)]]);
	for (const path of [BOOT, 'first-paint.js']) served.set(`/ctm/${path}`, script(path));
	await installed('three');
	expect([...stored.keys()]).toEqual(['ctm / other', 'ctm /ctm/ two', 'ctm /ctm/ three']);
});

test.each([
	[new Response('', { status: 404 }), true],
	// Another program has the address.
	[html('<title>Other</title>'), true],
	[new Response('', { status: 401 }), false],
	[new Response('', { status: 503 }), false]
])('a worker that the server no longer has is removed: %o', async (answer, removed) => {
	const dispatch = await installed();
	served?.set('/ctm/service-worker.js', answer);
	await dispatch('fetch', '/ctm/sessions', 'navigate');
	expect([unregistered, stored.size]).toEqual([removed, removed ? 0 : 1]);
});
