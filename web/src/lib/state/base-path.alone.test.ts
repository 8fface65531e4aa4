/** The page where the server has it under /ctm. */

import { expect, test, vi } from 'vitest';
import { createApi } from '$lib/api/client';
import { loginAddress } from '$lib/api/login';
import { testFilter } from '../../testing/app';
import { currentOf, isFiltered, pageOf } from './pages';

vi.mock('$app/paths', () => ({ resolve: (path: string) => `/ctm${path}` }));

test('leads to its pages there', () => {
	const filter = testFilter('/ctm/models?range=7d');
	expect(filter.href('/')).toBe('/ctm/?range=7d');
	expect(filter.href('/sessions')).toBe('/ctm/sessions?range=7d');
	expect(filter.here({ models: ['m'] })).toBe('/ctm/models?range=7d&model=m');
	expect(filter.own({ why: 'k' })).toBe('/ctm/models?range=7d&why=k');
});

test('knows which of them is shown', () => {
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

test('logs in there, and comes back to where it was', () => {
	expect(loginAddress({ pathname: '/ctm/models', search: '?range=7d' })).toBe(
		'/ctm/login?next=%2Fctm%2Fmodels%3Frange%3D7d'
	);
});

test('asks the interface there', async () => {
	const asked: string[] = [];
	const api = createApi(async (input) => {
		asked.push(new URL(input instanceof Request ? input.url : input).pathname);
		return Response.json({});
	});
	await api.audit({});
	expect(asked).toEqual(['/ctm/api/v1/audit']);
});
