import { expect, test } from 'vitest';
import { pathOfView } from './here';

const check = (address: string, path: string) =>
	expect(pathOfView(new URL(address, 'http://localhost'))).toBe(path);

test('a view has the complete filter, and what is of the page', () => {
	check('/trends', '/trends?range=30d');
	check('/trends?bucket=week&range=90d', '/trends?range=90d&bucket=week');
	check(
		'/sessions?from=2026-03-01&to=2026-03-05&project=%2Fhome%2Fu&q=a%20b',
		'/sessions?from=2026-03-01&to=2026-03-05&project=%2Fhome%2Fu&q=a+b'
	);
	check('/settings', '/settings');
});

test('an explanation above the page is not part of a view', () => {
	check('/sessions/abc?why=msg_1', '/sessions/abc');
	check('/audit?range=7d&why=msg_1', '/audit?range=7d');
});
