/**
 * Numbers and times as text, in one language and one time zone.
 *
 * All formatting of values is here; components use it and add words.
 * Every function takes `null` for what is unknown and writes {@link UNKNOWN} for it, so that an
 * unknown amount can never turn into a zero on its way to the screen.
 */

import type { Usage } from '$lib/api/types';

/** How the unknown is written. */
export const UNKNOWN = '–';

/** The first count that is long enough for {@link Formatter.compact} to shorten. */
const COMPACT_FROM = 10_000;

/** Smaller amounts are not shown in full, in US dollars. */
const SMALLEST_USD = 0.0001;

type Known = number | null | undefined;

/** How much of the usage an amount covers. */
export type Certainty = Usage['certainty'];

/** Writes a value with its certainty; counts are exact. */
export type Write = (value: number | null, certainty: Certainty) => string;

/** A cost, and how much of the usage it covers. */
export type Costing = Pick<Usage, 'cost_usd' | 'certainty'>;

/** Writes a value that is a lower bound or not; what is unknown has a dash. */
export function bounded(text: string, certainty: Certainty): string {
	return certainty === 'at_least' && text !== UNKNOWN ? `≥\u00a0${text}` : text;
}

/** Returns the certainty of the sum of amounts: something unknown makes it a lower bound. */
export function certaintyOfSum(parts: readonly Certainty[]): Certainty {
	if (parts.every((part) => part === 'exact')) return 'exact';
	return parts.every((part) => part === 'unknown') ? 'unknown' : 'at_least';
}

export class Formatter {
	readonly #isChinese: boolean;
	readonly #compact: Intl.NumberFormat;
	readonly #count: Intl.NumberFormat;
	readonly #signedCount: Intl.NumberFormat;
	readonly #cents: Intl.NumberFormat;
	readonly #signedCents: Intl.NumberFormat;
	readonly #fine: Intl.NumberFormat;
	readonly #exact: Intl.NumberFormat;
	readonly #axisUsd: Intl.NumberFormat;
	readonly #wholeUsd: Intl.NumberFormat;
	readonly #percent: Intl.NumberFormat;
	readonly #axisPercent: Intl.NumberFormat;
	readonly #signedPercent: Intl.NumberFormat;
	readonly #signedPoints: Intl.NumberFormat;
	readonly #day: Intl.DateTimeFormat;
	readonly #shortDay: Intl.DateTimeFormat;
	readonly #weekday: Intl.DateTimeFormat;
	readonly #weekdayName: Intl.DateTimeFormat;
	readonly #month: Intl.DateTimeFormat;
	readonly #year: Intl.DateTimeFormat;
	readonly #monthOfYear: Intl.DateTimeFormat;
	readonly #time: Intl.DateTimeFormat;
	readonly #clock: Intl.DateTimeFormat;
	readonly #localDay: Intl.DateTimeFormat;
	readonly #dayOf: Intl.DateTimeFormat;
	readonly #moment: Intl.DateTimeFormat;
	readonly #utc: Intl.DateTimeFormat;
	readonly #relative: Intl.RelativeTimeFormat;
	readonly #units: Record<DurationUnit, Intl.NumberFormat>;

	/**
	 * `locale` is a BCP 47 tag, `zone` an IANA zone.
	 */
	constructor(
		readonly locale: string,
		readonly zone: string
	) {
		this.#isChinese = locale.startsWith('zh');
		const number = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options);
		const usd = (options: Intl.NumberFormatOptions) =>
			number({ style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', ...options });
		const date = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
		const rate = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
		// Chinese units have four digits between them: one decimal of 亿 is too coarse.
		const digits = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 };
		this.#compact = number({
			notation: 'compact',
			...rate,
			...(this.#isChinese && { ...digits, roundingPriority: 'morePrecision' })
		});
		this.#count = number({ maximumFractionDigits: 0 });
		this.#signedCount = number({ maximumFractionDigits: 0, signDisplay: 'exceptZero' });
		this.#cents = usd({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
		this.#signedCents = usd({
			minimumFractionDigits: 2,
			maximumFractionDigits: 2,
			signDisplay: 'exceptZero'
		});
		this.#fine = usd({ minimumFractionDigits: 4, maximumFractionDigits: 4 });
		this.#exact = usd({ minimumFractionDigits: 2, maximumFractionDigits: 12 });
		this.#wholeUsd = usd({
			minimumFractionDigits: 0,
			maximumFractionDigits: 1,
			notation: 'compact'
		});
		this.#axisUsd = usd({ minimumFractionDigits: 2, maximumFractionDigits: 4 });
		this.#percent = number({ style: 'percent', ...rate });
		this.#axisPercent = number({ style: 'percent', maximumFractionDigits: 0 });
		this.#signedPercent = number({ style: 'percent', signDisplay: 'exceptZero', ...rate });
		this.#signedPoints = number({ signDisplay: 'exceptZero', ...rate });
		// A date without a time belongs to no zone: it is read and written in UTC.
		this.#day = date({ year: 'numeric', month: 'short', day: 'numeric', timeZone: 'UTC' });
		this.#shortDay = date({ month: 'short', day: 'numeric', timeZone: 'UTC' });
		this.#weekday = date({ weekday: 'short', month: 'short', day: 'numeric', timeZone: 'UTC' });
		this.#weekdayName = date({ weekday: 'short', timeZone: 'UTC' });
		this.#month = date({ month: 'short', timeZone: 'UTC' });
		this.#year = date({ year: 'numeric', timeZone: 'UTC' });
		this.#monthOfYear = date({ year: 'numeric', month: 'long', timeZone: 'UTC' });
		this.#time = date({ timeStyle: 'medium', hourCycle: 'h23', timeZone: zone });
		this.#clock = date({ timeStyle: 'short', hourCycle: 'h23', timeZone: zone });
		this.#localDay = date({ month: 'short', day: 'numeric', timeZone: zone });
		this.#dayOf = date({ dateStyle: 'short', timeZone: zone });
		this.#moment = date({
			dateStyle: 'medium',
			timeStyle: 'short',
			hourCycle: 'h23',
			timeZone: zone
		});
		this.#utc = date({
			dateStyle: 'medium',
			timeStyle: 'medium',
			hourCycle: 'h23',
			timeZone: 'UTC'
		});
		this.#relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
		const unit = (name: DurationUnit) =>
			number({ style: 'unit', unit: name, unitDisplay: 'narrow', maximumFractionDigits: 0 });
		this.#units = {
			day: unit('day'),
			hour: unit('hour'),
			minute: unit('minute'),
			second: unit('second')
		};
	}

	/** Writes a count in few characters: `412.6M`, but in full what is short anyway: `1,968`. */
	compact(count: Known): string {
		return write(count, (known) => {
			return (known < COMPACT_FROM ? this.#count : this.#compact).format(known);
		});
	}

	/** Writes a count in full: `412,600,123`. */
	count(count: Known): string {
		return write(count, (known) => this.#count.format(known));
	}

	/** Writes a size in the largest unit that it has: `1.8 MB`. */
	bytes(size: Known): string {
		return write(size, (known) => {
			const power = known < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(known) / 3));
			return new Intl.NumberFormat(this.locale, {
				style: 'unit',
				unit: BYTES[power],
				unitDisplay: 'short',
				maximumFractionDigits: power === 0 ? 0 : 1
			}).format(known / 1000 ** power);
		});
	}

	/** Writes a difference of counts in full, with its sign: `+1,234`. */
	signedCount(difference: Known): string {
		return write(difference, (known) => this.#signedCount.format(known));
	}

	/**
	 * Writes US dollars that are known exactly, such as a price or a target: two decimals, four below ten cents, and
	 * `<$0.0001` below that.
	 */
	price(amount: Known): string {
		return write(amount, (known) => {
			const size = Math.abs(known);
			if (size === 0 || size >= 0.1) return this.#cents.format(known);
			return size < SMALLEST_USD ? `<${this.#fine.format(SMALLEST_USD)}` : this.#fine.format(known);
		});
	}

	/** Writes US dollars of a usage: `≥ $12.34` where they are a lower bound. */
	amount(amount: Known, certainty: Certainty): string {
		// A lower bound that is too small to be shown is nothing.
		const isTiny = certainty === 'at_least' && amount != null && Math.abs(amount) < SMALLEST_USD;
		return bounded(this.price(isTiny ? 0 : amount), certainty);
	}

	/** Writes the cost of a usage. */
	cost({ cost_usd, certainty }: Costing): string {
		return this.amount(cost_usd, certainty);
	}

	/** Writes a difference of amounts with its sign: `+$1.20`; `≈ +$1.20` where one of them is a lower bound. */
	difference(difference: Known, one: Certainty, other: Certainty): string {
		const text = write(difference, (known) => this.#signedCents.format(known));
		const isExact = one === 'exact' && other === 'exact';
		return isExact || text === UNKNOWN ? text : `≈\u00a0${text}`;
	}

	/** Writes US dollars of a usage with all decimals of the server, so that sums can be checked. */
	fullAmount(amount: Known, certainty: Certainty): string {
		return bounded(this.fullPrice(amount), certainty);
	}

	/** Writes US dollars that are known exactly with all decimals of the server. */
	fullPrice(amount: Known): string {
		return write(amount, (known) => this.#exact.format(known));
	}

	/** Writes US dollars for a chart's axis: whole ones without cents. */
	axisUsd(amount: number): string {
		const isWhole = Number.isInteger(amount) || Math.abs(amount) >= 1000;
		return (isWhole ? this.#wholeUsd : this.#axisUsd).format(amount);
	}

	/** Writes a rate of 0..1 as `91.3%`. */
	percent(rate: Known): string {
		return write(rate, (known) => this.#percent.format(known));
	}

	/** Writes a rate of 0..1 for a chart's axis: `90%`. */
	axisPercent(rate: number): string {
		return this.#axisPercent.format(rate);
	}

	/** Writes a relative change as `+12.1%`. */
	signedPercent(rate: Known): string {
		return write(rate, (known) => this.#signedPercent.format(known));
	}

	/** Writes a difference of two rates in percentage points: `+1.2`. */
	signedPoints(difference: Known): string {
		return write(difference, (known) => this.#signedPoints.format(known * 100));
	}

	/** Writes a `YYYY-MM-DD` date with its year. */
	day(date: string): string {
		return this.#day.format(new Date(date));
	}

	/** Writes a `YYYY-MM-DD` date without its year. */
	shortDay(date: string): string {
		return this.#shortDay.format(new Date(date));
	}

	/** Writes a `YYYY-MM-DD` date with its day of the week. */
	weekday(date: string): string {
		return this.#weekday.format(new Date(date));
	}

	/** Writes the month of a `YYYY-MM-DD` date in few letters, and of a January its year. */
	month(date: string): string {
		return (date.slice(5, 7) === '01' ? this.#year : this.#month).format(new Date(date));
	}

	/** Writes the month of a `YYYY-MM-DD` date in full: `November 2026`. */
	monthOfYear(date: string): string {
		return this.#monthOfYear.format(new Date(date));
	}

	/** Writes a day of the week in few letters; 0 is Monday. */
	weekdayName(day: number): string {
		// The first day of 2024 was a Monday.
		return this.#weekdayName.format(Date.UTC(2024, 0, 1 + day));
	}

	/** Writes an hour of the week: `Mon 09:00–10:00`; 0 is Monday. */
	hourOfWeek(weekday: number, hour: number): string {
		const clock = (full: number) => `${String(full).padStart(2, '0')}:00`;
		return `${this.weekdayName(weekday)} ${clock(hour)}–${clock(hour + 1)}`;
	}

	/** Writes the days from `from` to `to`, both `YYYY-MM-DD`. */
	period(from: string, to: string): string {
		if (!this.#isChinese) return this.#day.formatRange(new Date(from), new Date(to));
		// Browsers have another form for Chinese ranges than for days: `2026/11/1 – 2026/11/30`.
		if (from === to) return this.day(from);
		const last = from.slice(0, 4) === to.slice(0, 4) ? this.shortDay(to) : this.day(to);
		return `${this.day(from)}\u2009–\u2009${last}`;
	}

	/** Writes a moment's time of day in the zone, with seconds; a number is epoch milliseconds. */
	time(moment: string | number): string {
		return this.#time.format(new Date(moment));
	}

	/** Writes a moment's time of day in the zone, without seconds; a number is epoch milliseconds. */
	clock(moment: string | number): string {
		return this.#clock.format(new Date(moment));
	}

	/** Writes a moment's day in the zone, without its year; a number is epoch milliseconds. */
	localDay(moment: string | number): string {
		return this.#localDay.format(new Date(moment));
	}

	/** Writes a moment's date and time in the zone; a number is epoch milliseconds. */
	moment(moment: string | number): string {
		return this.#moment.format(new Date(moment));
	}

	/** Returns whether two moments are on the same day in the zone. */
	isOneDay(one: string, other: string): boolean {
		const [first, second] = [one, other].map((moment) => this.#dayOf.format(new Date(moment)));
		return first === second;
	}

	/** Writes a moment's date and time in UTC, for tooltips. */
	utc(moment: string): string {
		return `${this.#utc.format(new Date(moment))} UTC`;
	}

	/** Writes how long something takes, in its two largest units: `2h 5m`. */
	duration(ms: number): string {
		let rest = Math.max(0, Math.round(ms / 1000));
		const parts = DURATIONS.flatMap(([unit, length]) => {
			const count = Math.floor(rest / length);
			rest -= count * length;
			return count > 0 ? [{ unit, count }] : [];
		});
		const [first = { unit: 'second' as const, count: 0 }, second] = parts;
		const next = DURATIONS.findIndex(([unit]) => unit === first.unit) + 1;
		// A unit that does not follow the first one is left out.
		const shown = second && DURATIONS[next]?.[0] === second.unit ? [first, second] : [first];
		return shown.map(({ unit, count }) => this.#spaced(this.#units[unit].format(count))).join(' ');
	}

	/** Separates numbers from the Chinese words next to them, as all texts do. */
	#spaced(text: string): string {
		return this.#isChinese ? text.replace(/(\d)(?=\p{Script=Han})/gu, '$1\u00a0') : text;
	}

	/** Writes a remark in brackets, which are wide among Chinese words. */
	aside(remark: string): string {
		return this.#isChinese ? `（${remark}）` : `(${remark})`;
	}

	/** Joins the members of a list. */
	list(parts: readonly string[]): string {
		return parts.join(this.#isChinese ? '、' : ', ');
	}

	/** Joins sentences, without those that are empty; there is no space between Chinese ones. */
	sentences(...parts: readonly (string | undefined)[]): string {
		return parts.filter(Boolean).join(this.#isChinese ? '' : ' ');
	}

	/** Writes how long before `now` a moment was: `3 hours ago`. */
	ago(moment: string, now: Date): string {
		const seconds = (new Date(moment).getTime() - now.getTime()) / 1000;
		for (const [unit, length] of UNITS) {
			if (Math.abs(seconds) >= length) {
				return this.#spaced(this.#relative.format(Math.trunc(seconds / length), unit));
			}
		}
		return this.#relative.format(0, 'second');
	}
}

/** The units of {@link Formatter.ago} and their lengths in seconds, the longest first. */
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 365 * 86_400],
	['month', 30 * 86_400],
	['day', 86_400],
	['hour', 3600],
	['minute', 60]
];

/** The units of {@link Formatter.bytes}, each a thousand times the one before. */
const BYTES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

type DurationUnit = 'day' | 'hour' | 'minute' | 'second';

/** The units of {@link Formatter.duration} and their lengths in seconds, the longest first. */
const DURATIONS: readonly [DurationUnit, number][] = [
	['day', 86_400],
	['hour', 3600],
	['minute', 60],
	['second', 1]
];

function write(value: Known, known: (value: number) => string): string {
	return value === null || value === undefined ? UNKNOWN : known(value);
}
