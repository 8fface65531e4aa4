import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';
import { chunks } from './scripts/chunks.js';
import { options as messages } from './scripts/messages.js';

export default defineConfig(({ command }) => ({
	plugins: [
		sveltekit(),
		chunks(),
		// A build finds the messages compiled: the plugin would keep it for half a minute after its end.
		command === 'serve' && paraglideVitePlugin(messages)
	],
	build: {
		// The first browsers with `light-dark()`: for older ones it would be written out.
		cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
		// The content security policy allows no `data:` URL.
		assetsInlineLimit: 0
	},
	server: {
		// In development, a running ctm serves the data.
		proxy: { '/api': { target: process.env.CTM_URL ?? 'http://127.0.0.1:51888', ws: true } }
	}
}));
