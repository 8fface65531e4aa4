import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './src/testing/patience';

/** Files that replace modules or load them anew, each of which has its modules for itself. */
const ALONE = 'src/**/*.alone.{test,svelte.test}.ts';

// Messages are compiled by `pnpm test` before: within the run, the compiler's timers delay its end.
export default defineConfig({
	plugins: [sveltekit(), svelteTesting()],
	test: {
		environment: 'happy-dom',
		testTimeout: PATIENCE_MS,
		hookTimeout: PATIENCE_MS,
		expect: { poll: { timeout: PATIENCE_MS } },
		setupFiles: ['src/testing/setup.ts'],
		unstubGlobals: true,
		restoreMocks: true,
		projects: [
			{
				extends: true,
				test: {
					name: 'together',
					include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'messages/*.test.ts'],
					exclude: [ALONE],
					// Loading the modules for each file takes ten times as long as the tests; `setup.ts` clears what a test leaves.
					isolate: false
				}
			},
			{ extends: true, test: { name: 'alone', include: [ALONE] } }
		]
	}
});
