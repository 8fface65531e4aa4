import { sveltekit } from '@sveltejs/kit/vite';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

// Messages are compiled by `pnpm test` before: within the run, the compiler's timers delay its end.
export default defineConfig({
	plugins: [sveltekit(), svelteTesting()],
	test: {
		environment: 'happy-dom',
		include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'messages/*.test.ts']
	}
});
