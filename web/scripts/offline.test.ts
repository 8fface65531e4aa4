import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { builtIn } from './offline.js';

let directory: string;
const write = (path: string, text: string) => writeFileSync(join(directory, path), text);

beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'ctm-build-'));
	mkdirSync(join(directory, '_app/immutable'), { recursive: true });
	write('index.html', 'page');
	write('favicon.svg', 'icon');
	write('_app/version.json', '{}');
	write('_app/immutable/boot.12ab.js', 'boot');
});

test('the document and the version are no files of a build', () => {
	const { boot, files } = builtIn(directory);
	expect(boot).toBe('_app/immutable/boot.12ab.js');
	expect(files).toEqual([boot, 'favicon.svg']);
});

test('the version changes with any content, and with nothing else', () => {
	const { version } = builtIn(directory);
	write('service-worker.js', 'of the build before');
	expect(builtIn(directory).version).toBe(version);
	write('index.html', 'another page');
	expect(builtIn(directory).version).not.toBe(version);
});

test('a page that nothing starts is an error', () => {
	expect(() => builtIn(mkdtempSync(join(tmpdir(), 'ctm-build-')))).toThrow('starts the page');
});

test('an installed page has the colours of the tokens', () => {
	const tokens = readFileSync('src/lib/styles/tokens.css', 'utf8');
	const [, light, dark] = /--surface: light-dark\((#\w+), (#\w+)\)/.exec(tokens) ?? [];
	const sunken = /--surface-sunken: light-dark\((#\w+),/.exec(tokens)?.[1];
	const manifest = JSON.parse(readFileSync('static/manifest.webmanifest', 'utf8'));
	expect([manifest.theme_color, manifest.background_color]).toEqual([light, sunken]);
	const page = readFileSync('src/app.html', 'utf8');
	const metas = [...page.matchAll(/name="theme-color"\s+content="(#\w+)"/g)];
	expect(metas.map(([, colour]) => colour)).toEqual([light, dark]);
});
