import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	plugins: [
		sveltekit(),
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/lib/paraglide',
			strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
			localStorageKey: 'ctm.locale'
		}),
		svelteTesting()
	],
	build: {
		// The first browsers with `light-dark()`: older targets would have it written out.
		cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
		// The content security policy allows no `data:` URL.
		assetsInlineLimit: 0,
		rolldownOptions: {
			output: {
				// Every page with a chart needs it, so that none should carry it.
				codeSplitting: { groups: [{ name: 'd3', test: /[\\/]d3-\w+[\\/]/ }] }
			}
		}
	},
	server: {
		// Node may run `pnpm dev` beside a `ctm` that serves the data.
		proxy: { '/api': { target: process.env.CTM_URL ?? 'http://127.0.0.1:51888', ws: true } }
	},
	test: {
		environment: 'happy-dom',
		include: ['src/**/*.test.ts', 'scripts/**/*.test.ts']
	}
});
