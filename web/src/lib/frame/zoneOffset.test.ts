import { expect, test } from 'vitest';
import { offsetOf } from './zoneOffset';

test('an offset is that of the moment', () => {
	expect(offsetOf('Asia/Kolkata', new Date('2026-01-01'))).toBe('UTC+5:30');
	expect(offsetOf('Europe/Berlin', new Date('2026-01-01'))).toBe('UTC+1');
	expect(offsetOf('Europe/Berlin', new Date('2026-07-01'))).toBe('UTC+2');
	expect(offsetOf('UTC', new Date('2026-01-01'))).toBe('UTC');
});
