/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="webworker" />
/**
 * The service worker: opens the page without its server, which the page then says.
 *
 * A classic script without imports; `scripts/offline.js` writes `self.BUILT` above it.
 *
 * # Design
 *
 * Only files of the build are stored, so that a cache contains nothing private. Requests for data are left
 * to the browser. A page comes from the server as long as that responds.
 *
 * Builds are never mixed: a document names the files of its own build, whose names contain hashes of
 * their content. So a new worker replaces the previous one at once, and the files of the previous build are
 * kept for the pages that are still open.
 *
 * The worker removes itself when the server no longer has it.
 */

/** @typedef {{ version: string, boot: string, files: string[] }} Built */

const worker = /** @type {ServiceWorkerGlobalScope & { BUILT: Built }} */ (
	/** @type {unknown} */ (self)
);
const { version, boot, files } = worker.BUILT;

/** Where the server has the page, from the root of the origin on; it ends with a slash. */
const base = new URL('.', worker.location.href).pathname;

/** What the caches of this page are called, as opposed to those of another one of the origin. */
const prefix = `ctm ${base} `;
const name = prefix + version;

/** Caches that are kept: of this build, and of the one that open pages may still be of. */
const CACHES = 2;

/** The paths of the server that are no pages, also when they are opened as such. */
const OTHERS = /^(api\/(?!docs\/?$)|link\/|login$|logout$|metrics$)/;

/** @type {ReadonlySet<string>} */
const known = new Set(files);

worker.addEventListener('install', (event) => event.waitUntil(install()));
worker.addEventListener('activate', (event) => event.waitUntil(removeCaches(CACHES)));

worker.addEventListener('fetch', (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	if (request.method !== 'GET' || origin !== worker.location.origin) return;
	if (!pathname.startsWith(base)) return;
	const path = pathname.slice(base.length);
	if (request.mode === 'navigate') {
		if (!OTHERS.test(path)) event.respondWith(openPage(event));
	} else if (path.startsWith('_app/immutable/')) event.respondWith(readFile(request));
	else if (known.has(path)) event.respondWith(requestFile(request));
});

async function install() {
	const cache = await caches.open(name);
	const document = await fetch(base, { cache: 'no-cache' });
	// In place of another build's document, or of that of the login, there is none.
	if (document.redirected || !(await document.clone().text()).includes(boot)) {
		throw new Error(`the document at ${base} is not of the build ${version}`);
	}
	await cache.put(base, document);
	await cache.addAll(files.map((path) => base + path));
	await worker.skipWaiting();
}

/**
 * Removes all caches of this page but the latest `kept`.
 *
 * @param {number} kept
 */
async function removeCaches(kept) {
	const own = (await caches.keys()).filter((one) => one.startsWith(prefix));
	const latest = [...own.filter((one) => one !== name), name];
	await Promise.all(latest.slice(0, latest.length - kept).map((one) => caches.delete(one)));
}

/**
 * Returns a page from the server, or the document of this build without one.
 *
 * @param {FetchEvent} event
 */
async function openPage(event) {
	try {
		const response = await fetch(event.request);
		event.waitUntil(leaveIfRemoved());
		return response;
	} catch (error) {
		const document = await stored(base);
		if (document) return document;
		throw error;
	}
}

/**
 * Returns a file whose name contains its hash, of any build.
 *
 * @param {Request} request
 */
async function readFile(request) {
	return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/**
 * Returns a file that another build may have under the same name: that of the server, if it responds.
 *
 * @param {Request} request
 */
async function requestFile(request) {
	try {
		return await fetch(request);
	} catch (error) {
		const file = await stored(request);
		if (file) return file;
		throw error;
	}
}

/** @param {RequestInfo} request */
async function stored(request) {
	const cache = await caches.open(name);
	return cache.match(request, { ignoreSearch: true, ignoreVary: true });
}

/** Removes this worker with its caches if the server has none; a failed request does not say so. */
async function leaveIfRemoved() {
	const response = await fetch(worker.location.href, { cache: 'no-store' }).catch(() => null);
	const isScript = response?.headers.get('content-type')?.includes('javascript');
	if (!response || (response.ok ? isScript : response.status !== 404)) return;
	await removeCaches(0);
	await worker.registration.unregister();
}
