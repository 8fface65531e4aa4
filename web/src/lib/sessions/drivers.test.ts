import { expect, test } from 'vitest';
import { driverOf, DRIVERS } from './drivers';

const at = (query: string) => new URL(`http://localhost/responses?${query}`);

test('responses are narrowed to a driver of the address', () => {
	for (const driver of [...DRIVERS, 'none']) expect(driverOf(at(`driver=${driver}`))).toBe(driver);
});

test('what is no driver narrows nothing', () => {
	expect(driverOf(at(''))).toBeUndefined();
	expect(driverOf(at('driver=moon'))).toBeUndefined();
});
