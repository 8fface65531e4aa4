import { describe, expect, test } from 'vitest';
import { certaintyOfSum, Formatter } from './format';

const en = new Formatter('en', 'America/New_York');
const zh = new Formatter('zh-Hans-CN', 'Asia/Shanghai');

test('dollars have two decimals, four below ten cents, and a floor', () => {
	const check = (amount: number | null, expected: string) =>
		expect(en.price(amount)).toBe(expected);
	check(1234.5, '$1,234.50');
	check(0.1, '$0.10');
	check(0.0999, '$0.0999');
	check(0.0001, '$0.0001');
	check(0.00009, '<$0.0001');
	check(0, '$0.00');
	check(null, '–');
	expect(zh.price(1234.5)).toBe('$1,234.50');
});

test('an amount shows its certainty, and a difference that of both sides', () => {
	expect(en.amount(2, 'exact')).toBe('$2.00');
	expect(en.amount(2, 'at_least')).toBe('≥\u00a0$2.00');
	expect(en.amount(null, 'at_least')).toBe('–');
	// At least something that is too small to be shown.
	expect(en.amount(0.00001, 'at_least')).toBe('≥\u00a0$0.00');
	expect(en.amount(0.00001, 'exact')).toBe('<$0.0001');
	expect(en.fullAmount(0.0000014, 'at_least')).toBe('≥\u00a0$0.0000014');
	expect(en.difference(1, 'exact', 'exact')).toBe('+$1.00');
	expect(en.difference(-1, 'exact', 'at_least')).toBe('≈\u00a0-$1.00');
	expect(en.difference(null, 'unknown', 'exact')).toBe('–');
});

test('amounts of an axis have cents where they are not whole', () => {
	expect([0, 0.05, 0.5, 1, 1.5, 20, 1500].map((amount) => en.axisUsd(amount))).toEqual([
		'$0',
		'$0.05',
		'$0.50',
		'$1',
		'$1.50',
		'$20',
		'$1.5K'
	]);
});

test('whether two moments are on one day depends on the zone', () => {
	const [one, other] = ['2026-03-01T15:30:00Z', '2026-03-01T16:30:00Z'];
	expect(new Formatter('en', 'UTC').isOneDay(one, other)).toBe(true);
	expect(new Formatter('en', 'Asia/Shanghai').isOneDay(one, other)).toBe(false);
});

test('a sum is as certain as its parts', () => {
	expect(certaintyOfSum([])).toBe('exact');
	expect(certaintyOfSum(['exact', 'exact'])).toBe('exact');
	expect(certaintyOfSum(['exact', 'unknown'])).toBe('at_least');
	expect(certaintyOfSum(['unknown', 'unknown'])).toBe('unknown');
});

test('counts are short in tiles and full in tables', () => {
	const check = (count: number | null, compact: string, full: string) =>
		expect([en.compact(count), en.count(count)]).toEqual([compact, full]);
	check(0, '0', '0');
	check(9999, '9,999', '9,999');
	check(10_000, '10.0K', '10,000');
	check(412_612_345, '412.6M', '412,612,345');
	check(null, '–', '–');
	expect(zh.compact(12_345)).toBe('1.23万');
	expect(zh.compact(12_345_678)).toBe('1234.6万');
	expect(zh.compact(183_412_345)).toBe('1.83亿');
});

test('rates have one decimal, and differences a sign', () => {
	expect(en.percent(0.9134)).toBe('91.3%');
	expect(en.percent(null)).toBe('–');
	expect(en.signedPercent(0.121)).toBe('+12.1%');
	expect(en.signedPercent(-0.03)).toBe('-3.0%');
	expect(en.signedPercent(0)).toBe('0.0%');
	expect(en.signedPoints(0.012)).toBe('+1.2');
});

test('members of a list are separated as the language does', () => {
	expect([en.list(['a', 'b']), zh.list(['a', 'b']), en.list([])]).toEqual(['a, b', 'a、b', '']);
});

test('sentences have a space between them where the language has one', () => {
	expect(en.sentences('One.', '', 'Two.')).toBe('One. Two.');
	expect(zh.sentences('一。', '二。')).toBe('一。二。');
	expect([en.aside('2m'), zh.aside('2 分钟')]).toEqual(['(2m)', '（2 分钟）']);
});

describe('times', () => {
	test('a date is the same day in every zone', () => {
		expect(en.day('2026-11-01')).toBe('Nov 1, 2026');
		expect(en.shortDay('2026-11-01')).toBe('Nov 1');
		expect(en.weekday('2026-11-01')).toBe('Sun, Nov 1');
		expect(zh.day('2026-11-01')).toBe('2026年11月1日');
		expect(en.period('2026-11-01', '2026-11-30')).toBe('Nov 1\u2009–\u200930, 2026');
		expect(en.period('2026-11-01', '2026-11-01')).toBe('Nov 1, 2026');
		expect(zh.period('2026-11-01', '2026-11-30')).toBe('2026年11月1日\u2009–\u200911月30日');
		expect(zh.period('2025-12-01', '2026-01-02')).toBe('2025年12月1日\u2009–\u20092026年1月2日');
		expect(zh.period('2026-11-01', '2026-11-01')).toBe('2026年11月1日');
	});

	test('a moment is written in the zone, and in UTC for tooltips', () => {
		expect(en.time('2026-01-05T15:04:05Z')).toBe('10:04:05');
		expect(zh.time('2026-01-05T15:04:05Z')).toBe('23:04:05');
		expect(en.moment('2026-01-05T15:04:05Z')).toBe('Jan 5, 2026, 10:04');
		expect(en.utc('2026-01-05T15:04:05Z')).toBe('Jan 5, 2026, 15:04:05 UTC');
	});

	test('charts name days, months and hours in few letters', () => {
		expect([en.month('2026-11-01'), en.month('2026-01-05')]).toEqual(['Nov', '2026']);
		expect([zh.month('2026-11-01'), zh.month('2026-01-05')]).toEqual(['11月', '2026年']);
		expect([en.weekdayName(0), en.weekdayName(6), zh.weekdayName(0)]).toEqual([
			'Mon',
			'Sun',
			'周一'
		]);
		expect(en.hourOfWeek(2, 9)).toBe('Wed 09:00–10:00');
		expect(en.clock('2026-01-05T15:04:05Z')).toBe('10:04');
		expect([en.localDay('2026-01-05T02:00:00Z'), zh.localDay(0)]).toEqual(['Jan 4', '1月1日']);
		expect(en.axisPercent(0.5)).toBe('50%');
	});

	test('a duration is written in its two largest units', () => {
		const check = (seconds: number, expected: string) =>
			expect(en.duration(seconds * 1000)).toBe(expected);
		check(0, '0s');
		check(59.6, '1m');
		check(8880, '2h 28m');
		check(7205, '2h');
		check(90_000, '1d 1h');
		expect(zh.duration(8_880_000)).toBe('2\u00a0小时 28\u00a0分钟');
	});

	test('the past is written in its largest whole unit', () => {
		const now = new Date('2026-01-10T12:00:00Z');
		const check = (moment: string, expected: string) => expect(en.ago(moment, now)).toBe(expected);
		check('2026-01-10T11:59:30Z', 'now');
		check('2026-01-10T11:57:00Z', '3 minutes ago');
		check('2026-01-10T02:00:00Z', '10 hours ago');
		check('2026-01-09T02:00:00Z', 'yesterday');
		check('2025-11-10T12:00:00Z', '2 months ago');
		expect(zh.ago('2026-01-10T11:57:00Z', now)).toBe('3\u00a0分钟前');
	});
});

test('sizes are in the largest unit that they have', () => {
	const sizes = [0, 999, 1000, 1_794_048, 22_004_578, 3_000_000_000];
	expect(sizes.map((size) => new Formatter('en', 'UTC').bytes(size))).toEqual([
		'0 byte',
		'999 byte',
		'1 kB',
		'1.8 MB',
		'22 MB',
		'3 GB'
	]);
});

test('months of a year are written in full', () => {
	expect(new Formatter('en', 'UTC').monthOfYear('2026-11-01')).toBe('November 2026');
	expect(new Formatter('zh-Hans-CN', 'UTC').monthOfYear('2026-11-01')).toBe('2026年11月');
});

test('an exact amount keeps every decimal that there is', () => {
	expect(en.fullPrice(0.0000014)).toBe('$0.0000014');
	expect(en.fullPrice(1.5)).toBe('$1.50');
	expect(en.fullPrice(null)).toBe('–');
});
