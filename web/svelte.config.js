import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import {
	announcerWithClass,
	styleDirectives,
	withExternalScripts
} from './scripts/content-security.js';
import { withServiceWorker } from './scripts/offline.js';

const OUTPUT = 'build';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: [vitePreprocess(), announcerWithClass, styleDirectives],
	compilerOptions: { runes: true },
	kit: {
		adapter: withServiceWorker(
			withExternalScripts(adapter({ pages: OUTPUT, fallback: 'index.html' }), OUTPUT),
			OUTPUT
		),
		output: { bundleStrategy: 'single' },
		// The default is the time of the build, which would make every build a different one.
		version: { name: process.env.npm_package_version ?? 'dev' }
	}
};
