import { expect, test } from 'vitest';
import { loginAddress } from './login';

test('the login leads back to the requested page', () =>
	expect(loginAddress({ pathname: '/models', search: '?range=7d&model=a' })).toBe(
		'/login?next=%2Fmodels%3Frange%3D7d%26model%3Da'
	));
