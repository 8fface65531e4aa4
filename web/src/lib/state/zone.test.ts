import { expect, test } from 'vitest';
import { toZone } from './zone';

test('a zone is an IANA name, or that of the browser or the server', () => {
	for (const name of ['browser', 'server', 'UTC', 'Asia/Shanghai', 'Asia/Calcutta']) {
		expect(toZone(name)).toBe(name);
	}
	for (const name of [null, '', 'Mars/Olympus']) expect(toZone(name)).toBeNull();
});
