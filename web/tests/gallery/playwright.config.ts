import { defineConfig } from '@playwright/test';
import base from '../../playwright.config';

const URL = 'http://127.0.0.1:53417';

/** Tests of the charts by themselves, in a real browser and without a `ctm`. */
export default defineConfig({
	...base,
	testDir: '.',
	testMatch: '*.check.ts',
	outputDir: '../../test-results/gallery-failures',
	workers: 1,
	use: { ...base.use, baseURL: URL },
	webServer: {
		command:
			'vite build -c tests/gallery/vite.config.ts && vite preview -c tests/gallery/vite.config.ts',
		cwd: '../..',
		url: URL
	}
});
