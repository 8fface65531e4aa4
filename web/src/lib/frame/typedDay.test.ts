import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { dayIn } from './typedDay';

const TODAY = '2026-11-29';
const [english, chinese] = [new Formatter('en', 'UTC'), new Formatter('zh-Hans-CN', 'UTC')];

test.each([
	['2026-11-23', '2026-11-23'],
	['2024-2-29', '2024-02-29'],
	['2026/11/23', '2026-11-23'],
	['11-23', '2026-11-23'],
	// Without its year, a day is not one to come.
	['12-01', '2025-12-01'],
	['nov 23', '2026-11-23'],
	['Nov 23, 2026', '2026-11-23'],
	['2026-02-30', null],
	['13-01', null],
	['2026-11', null],
	['opus', null],
	['', null]
])('"%s" is %s', (text, date) => expect(dayIn(text, TODAY, english)).toBe(date));

test('a day is read as it is written, in either language', () => {
	expect(dayIn('11月23日', TODAY, chinese)).toBe('2026-11-23');
	expect(dayIn('2026年11月23日', TODAY, chinese)).toBe('2026-11-23');
});
