import { defineConfig } from '@playwright/test';
import { PATIENCE_MS } from './src/testing/patience';

/**
 * Tests of the built page as a running `ctm` serves it.
 *
 * CTM_URL names that server, CTM_CHROMIUM the browser, and CTM_TEST_TRANSCRIPT a transcript that
 * the server reads and that the tests may append to. CTM_TEST_BASE_URL names another server, which
 * has the page below a base path, and CTM_TEST_TOKEN what it asks for; `base.spec.ts` needs no other.
 * CTM_TEST_WAITING_URL names one that waits for the home CTM_TEST_WAITING_HOME, which `waiting.spec.ts` creates.
 */
export default defineConfig({
	testDir: 'tests',
	outputDir: 'test-results/failures',
	forbidOnly: Boolean(process.env.CI),
	reporter: 'list',
	fullyParallel: true,
	// More than the cores of a small machine: a test often waits for the server or the browser.
	workers: 3,
	// Once more on a machine that is busy with something else; what passes then is called flaky.
	retries: 1,
	timeout: PATIENCE_MS,
	expect: { timeout: PATIENCE_MS / 4 },
	projects: [
		// What writes comes before what compares, or each would see the other's numbers.
		{ name: 'live', testMatch: ['live.spec.ts', 'data.spec.ts'] },
		{ name: 'telemetry', testMatch: 'telemetry.spec.ts', dependencies: ['live'] },
		{
			name: 'page',
			testIgnore: [
				'base.spec.ts',
				'live.spec.ts',
				'data.spec.ts',
				'screenshots.spec.ts',
				'telemetry.spec.ts',
				'waiting.spec.ts'
			],
			dependencies: ['telemetry']
		},
		// On a server of its own, which lives below a base path.
		{ name: 'base', testMatch: 'base.spec.ts' },
		// On a server that has no home yet.
		{ name: 'waiting', testMatch: 'waiting.spec.ts', retries: 0 },
		{ name: 'screenshots', testMatch: 'screenshots.spec.ts' },
		// Figures, by themselves: no part of the tests.
		{ name: 'bench', testMatch: ['speed.bench.ts', 'whole.bench.ts'], workers: 1 }
	],
	use: {
		baseURL: process.env.CTM_URL ?? 'http://127.0.0.1:51888',
		locale: 'en-US',
		timezoneId: 'Asia/Shanghai',
		// Of the second attempt: it costs a sixth of the time of a test.
		trace: 'on-first-retry',
		// A test that intercepts requests has them all; `offline.spec.ts` is about the service worker.
		serviceWorkers: 'block',
		launchOptions: {
			executablePath: process.env.CTM_CHROMIUM ?? '/usr/bin/chromium',
			args: ['--no-sandbox']
		}
	}
});
