import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The charts by themselves, in every state; no part of the page that is built for `ctm`. */
export default defineConfig({
	root: here('.'),
	plugins: [
		svelte({
			configFile: false,
			preprocess: [vitePreprocess()],
			compilerOptions: { runes: true }
		})
	],
	resolve: { alias: { $lib: here('../../src/lib'), '$app/paths': here('paths.ts') } },
	build: {
		outDir: here('../../test-results/gallery'),
		emptyOutDir: true,
		assetsInlineLimit: 0,
		cssTarget: ['chrome123', 'firefox120', 'safari17.5']
	},
	preview: {
		host: '127.0.0.1',
		port: 53_417,
		strictPort: true,
		// What the page gets from `ctm`, and the images that pictures of charts are made from.
		headers: { 'Content-Security-Policy': "default-src 'self'; img-src 'self' data:" }
	}
});
