import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './src/testing/patience';

// Messages are compiled by `pnpm test` before: within the run, the compiler's timers delay its end.
export default defineConfig({
	plugins: [sveltekit(), svelteTesting()],
	test: {
		environment: 'happy-dom',
		testTimeout: PATIENCE_MS,
		hookTimeout: PATIENCE_MS,
		expect: { poll: { timeout: PATIENCE_MS } },
		setupFiles: ['src/testing/setup.ts'],
		include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'messages/*.test.ts']
	}
});
