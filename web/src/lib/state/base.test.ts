import { afterEach, describe, expect, test, vi } from 'vitest';
import { inApp, withoutBase } from './base';

describe.each(['', '/ctm', '/tools/ctm'])('under "%s"', (base) => {
	test.each(['/', '/sessions', '/projects/%2Fsrc%2Fapi', '/ctm'])('%s there and back', (path) => {
		expect(inApp(path, base)).toBe(`${base}${path}`);
		expect(withoutBase(inApp(path, base), base)).toBe(path);
	});
});

test('the base path alone is the overview', () => {
	expect(withoutBase('/ctm', '/ctm')).toBe('/');
	expect(withoutBase('/ctm/', '/ctm')).toBe('/');
});

describe('a page that the server has under /ctm', () => {
	/** Returns the modules as they are where the page is under /ctm. */
	async function under() {
		vi.resetModules();
		vi.doMock('$app/paths', () => ({ resolve: (path: string) => `/ctm${path}` }));
		const [{ testFilter }, { loginAddress }, pages, { createApi }] = await Promise.all([
			import('../../testing/app'),
			import('$lib/api/login'),
			import('./pages'),
			import('$lib/api/client')
		]);
		return { testFilter, loginAddress, ...pages, createApi };
	}

	afterEach(() => {
		vi.doUnmock('$app/paths');
		vi.resetModules();
	});

	test('leads to its pages there', async () => {
		const { testFilter } = await under();
		const filter = testFilter('/ctm/models?range=7d');
		expect(filter.href('/')).toBe('/ctm/?range=7d');
		expect(filter.href('/sessions')).toBe('/ctm/sessions?range=7d');
		expect(filter.here({ models: ['m'] })).toBe('/ctm/models?range=7d&model=m');
		expect(filter.own({ why: 'k' })).toBe('/ctm/models?range=7d&why=k');
	});

	test('knows which of them is shown', async () => {
		const { currentOf, isFiltered, pageOf } = await under();
		expect(pageOf('/ctm/')?.path).toBe('/');
		expect(pageOf('/ctm/sessions/8c1f')?.path).toBe('/sessions');
		expect(currentOf('/', '/ctm')).toBe('page');
		expect(currentOf('/', '/ctm/sessions')).toBeUndefined();
		expect(currentOf('/projects', '/ctm/projects')).toBe('page');
		expect(currentOf('/projects', '/ctm/projects/a')).toBe('true');
		expect(['/ctm/sessions', '/ctm/sessions/8c1f', '/ctm/settings'].map(isFiltered)).toEqual([
			true,
			false,
			false
		]);
	});

	test('logs in there, and comes back to where it was', async () => {
		const { loginAddress } = await under();
		expect(loginAddress({ pathname: '/ctm/models', search: '?range=7d' })).toBe(
			'/ctm/login?next=%2Fctm%2Fmodels%3Frange%3D7d'
		);
	});

	test('asks the interface there', async () => {
		const { createApi } = await under();
		const asked: string[] = [];
		const api = createApi(async (input) => {
			asked.push(new URL(input instanceof Request ? input.url : input).pathname);
			return Response.json({});
		});
		await api.audit({});
		expect(asked).toEqual(['/ctm/api/v1/audit']);
	});
});
