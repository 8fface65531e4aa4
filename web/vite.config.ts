import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { options as messages } from './scripts/messages.js';

export default defineConfig(({ command }) => ({
	plugins: [
		sveltekit(),
		// A build finds the messages compiled: the plugin would keep it for half a minute after its end.
		command === 'serve' && paraglideVitePlugin(messages)
	],
	build: {
		// The first browsers with `light-dark()`: for older ones it would be written out.
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
		// In development, a running ctm serves the data.
		proxy: { '/api': { target: process.env.CTM_URL ?? 'http://127.0.0.1:51888', ws: true } }
	}
}));
