/** How the texts in messages/ become the functions of $lib/paraglide. */

import { compile } from '@inlang/paraglide-js';
import { argv, exit } from 'node:process';
import { fileURLToPath } from 'node:url';

/** @type {import('@inlang/paraglide-js').CompilerOptions} */
export const options = {
	project: './project.inlang',
	outdir: './src/lib/paraglide',
	strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
	localStorageKey: 'ctm.locale'
};

// Run as a program, it compiles once, for tools that do not run Vite's plugin.
if (argv[1] === fileURLToPath(import.meta.url)) {
	await compile(options);
	// The compiler leaves timers behind that would keep this process for half a minute.
	exit();
}
