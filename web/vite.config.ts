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
				codeSplitting: {
					groups: [
						// Every page with a chart needs it, so that none should carry it.
						{ name: 'd3', test: /[\\/]d3-\w+[\\/]/ },
						// What every page needs is smaller in one piece.
						{ name: 'shared', test: /[\\/]lib[\\/](api|format|live|state)[\\/]|openapi/ },
						{ name: 'shared', test: /[\\/]lib[\\/]ui[\\/]/, minShareCount: 8 },
						{ name: 'texts', test: /[\\/]paraglide[\\/]/, minShareCount: 6 }
					]
				}
			}
		}
	},
	server: {
		// In development, a running ctm serves the data.
		proxy: { '/api': { target: process.env.CTM_URL ?? 'http://127.0.0.1:51888', ws: true } }
	}
}));
