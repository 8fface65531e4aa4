import { expect, test } from 'vitest';
import { offsetOf, toZone } from './zone';

test('a zone is an IANA name, or that of the browser or the server', () => {
	for (const name of ['browser', 'server', 'UTC', 'Asia/Shanghai', 'Asia/Calcutta']) {
		expect(toZone(name)).toBe(name);
	}
	for (const name of [null, '', 'Mars/Olympus']) expect(toZone(name)).toBeNull();
});

test('an offset is that of the moment', () => {
	expect(offsetOf('Asia/Kolkata', new Date('2026-01-01'))).toBe('UTC+5:30');
	expect(offsetOf('Europe/Berlin', new Date('2026-01-01'))).toBe('UTC+1');
	expect(offsetOf('Europe/Berlin', new Date('2026-07-01'))).toBe('UTC+2');
	expect(offsetOf('UTC', new Date('2026-01-01'))).toBe('UTC');
});
