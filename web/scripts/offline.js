/**
 * Adds the service worker to the built page, with the files of the build and their version.
 *
 * SvelteKit's own service worker knows neither the scripts that `content-security.js` extracts nor a
 * version that differs between two builds of one release.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCE = 'src/service-worker/worker.js';

/** The name below the base path. */
const WORKER = 'service-worker.js';

/** The document, which the worker requests at the base path: the server writes that path into it. */
const DOCUMENT = 'index.html';

/** What SvelteKit compares with to find a newer build, and is never read from a cache. */
const VERSION = '_app/version.json';

/** The script that starts the page; its name is in the document of its build alone. */
const BOOT = /^_app\/immutable\/boot\.\w+\.js$/;

/**
 * Returns an adapter that runs `adapter` and then writes the service worker into `directory`.
 *
 * @param {import('@sveltejs/kit').Adapter} adapter
 * @param {string} directory
 * @returns {import('@sveltejs/kit').Adapter}
 */
export function withServiceWorker(adapter, directory) {
	return {
		...adapter,
		async adapt(builder) {
			await adapter.adapt(builder);
			const built = builtIn(directory);
			const code = readFileSync(SOURCE, 'utf8');
			writeFileSync(join(directory, WORKER), `self.BUILT = ${JSON.stringify(built)};\n${code}`);
		}
	};
}

/**
 * Returns the files of the build in `directory`, by their paths, and a version that changes with the
 * content of any of them.
 *
 * @param {string} directory
 */
export function builtIn(directory) {
	const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map(({ parentPath, name }) => join(parentPath, name).slice(join(directory, '/').length))
		.map((path) => path.replaceAll('\\', '/'))
		.filter((path) => path !== WORKER && path !== VERSION)
		.sort();
	const hash = createHash('sha256');
	for (const path of paths) hash.update(`${path}\n`).update(readFileSync(join(directory, path)));
	const files = paths.filter((path) => path !== DOCUMENT);
	const boot = files.find((path) => BOOT.test(path));
	if (boot === undefined) throw new Error(`no script in ${directory} starts the page`);
	return { version: hash.digest('hex').slice(0, 16), boot, files };
}
