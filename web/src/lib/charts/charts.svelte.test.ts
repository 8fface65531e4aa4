import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bounded } from '$lib/format/format';
import { giveRoom } from '../../testing/room';
import type { Columns, Known } from './columns';
import Coverage from './Coverage.svelte';
import DualShares from './DualShares.svelte';
import Heatmap from './Heatmap.svelte';
import HourGrid from './HourGrid.svelte';
import LimitLines from './LimitLines.svelte';
import Lines from './Lines.svelte';
import Meter from './Meter.svelte';
import type { Words } from './reading';
import ShareBars from './ShareBars.svelte';
import StackedBars from './StackedBars.svelte';
import Timeline from './Timeline.svelte';
import { NO_COLUMNS } from '../../testing/columns';

beforeEach(() => giveRoom(800));
afterEach(() => vi.restoreAllMocks());

const words: Words = {
	value: (value, certainty) => (value === null ? '–' : bounded(`$${value}`, certainty)),
	axis: (value) => `$${value}`,
	point: (point) => `day ${point}`,
	tick: (point) => point,
	unknown: 'No price is known.'
};
const names = { month: (date: string) => date.slice(0, 7), weekday: (day: number) => `w${day}` };

function columns(...series: Known[][]): Columns {
	const points = (series[0] ?? []).map((_, index) => String(index + 1));
	return {
		points,
		series: series.map((values, index) => {
			const key = `s${index + 1}`;
			const unknown = { total: null, certainty: 'unknown' as const };
			return { key, label: key, slot: index + 1, values, least: new Set<number>(), ...unknown };
		}),
		totals: points.map((_, point) => {
			const all = series.map((values) => values[point] ?? null);
			return all.includes(null) ? null : all.reduce<number>((sum, value) => sum + (value ?? 0), 0);
		}),
		least: new Set(),
		total: null,
		certainty: 'unknown'
	};
}

const chart = () => screen.getByRole('application', { name: 'Usage' });
const press = (...keys: string[]) =>
	keys.reduce(
		(before, key) => before.then(() => fireEvent.keyDown(chart(), { key })),
		Promise.resolve(true)
	);
/** Text of the live region. */
const spoken = () => chart().querySelector('[aria-live]')?.textContent;

describe('stacked bars', () => {
	test('are read with arrow keys', async () => {
		render(StackedBars, { label: 'Usage', words, columns: columns([1, 2], [3, null]) });
		expect(spoken()).toBe('');
		await press('ArrowRight');
		expect(spoken()).toBe('day 1: $4; s1 $1; s2 $3');
		await press('End');
		expect(spoken()).toBe('day 2: –; s1 $2; s2 –; No price is known.');
		await press('Escape');
		expect(spoken()).toBe('');
	});

	test('lead to a day, and with a pointer to what is under it', async () => {
		const onselect = vi.fn();
		render(StackedBars, { label: 'Usage', words, columns: columns([4, 2], [4, 2]), onselect });
		await press('Enter');
		expect(onselect, 'nothing is under the cursor').not.toHaveBeenCalled();
		await press('Home', 'Enter');
		expect(onselect).toHaveBeenLastCalledWith({ index: 0, point: '1', series: null });
		await fireEvent.click(chart(), { clientX: 200, clientY: 200 });
		expect(onselect.mock.lastCall?.[0]).toMatchObject({ index: 0, series: { key: 's1' } });
		await fireEvent.click(chart(), { clientX: 200, clientY: 60 });
		expect(onselect.mock.lastCall?.[0]).toMatchObject({ index: 0, series: { key: 's2' } });
	});

	test('have the points chosen that a pointer is dragged over, and none of them opened', async () => {
		const [onselect, onrange] = [vi.fn(), vi.fn()];
		const given = columns([4, 2, 1, 3]);
		render(StackedBars, { label: 'Usage', words, columns: given, onselect, onrange });
		const at = (clientX: number) => ({ clientX, clientY: 100, buttons: 1 });
		await fireEvent.pointerDown(chart(), at(700));
		await fireEvent.pointerMove(chart(), at(500));
		await fireEvent.pointerMove(chart(), at(300));
		await fireEvent.pointerUp(chart(), at(300));
		await fireEvent.click(chart(), at(300));
		expect(onrange).toHaveBeenCalledExactlyOnceWith({ from: '2', to: '4' });
		expect(onselect).not.toHaveBeenCalled();
		await fireEvent.pointerDown(chart(), at(300));
		await fireEvent.pointerUp(chart(), at(300));
		await fireEvent.click(chart(), at(300));
		expect([onselect.mock.calls.length, onrange.mock.calls.length]).toEqual([1, 1]);
	});

	test('are not chosen by a finger that moves, nor after Escape', async () => {
		const onrange = vi.fn();
		render(StackedBars, { label: 'Usage', words, columns: columns([4, 2, 1, 3]), onrange });
		const drag = async (pointerType: string, between: () => Promise<unknown>) => {
			const at = (clientX: number) => ({ clientX, clientY: 100, buttons: 1, pointerType });
			await fireEvent.pointerDown(chart(), at(200));
			await fireEvent.pointerMove(chart(), at(700));
			await between();
			await fireEvent.pointerUp(chart(), at(700));
		};
		await drag('touch', () => Promise.resolve());
		await drag('mouse', () => fireEvent.keyDown(window, { key: 'Escape' }));
		expect(onrange).not.toHaveBeenCalled();
	});

	test('that are not complete are pale, and said to be', async () => {
		const given = { ...columns([4, 2]), partial: new Set([1]) };
		const { container } = render(StackedBars, { label: 'Usage', words, columns: given });
		expect(container.querySelector('.pale')?.getAttribute('d')).not.toBe('');
		await press('End');
		expect(spoken()).toBe('day 2: $2; Incomplete');
	});

	test('are read by a finger before they lead anywhere', async () => {
		const onselect = vi.fn();
		render(StackedBars, { label: 'Usage', words, columns: columns([4, 2]), onselect });
		const tap = async () => {
			await fireEvent.pointerDown(chart(), { clientX: 200, clientY: 200, pointerType: 'touch' });
			await fireEvent.click(chart(), { clientX: 200, clientY: 200 });
		};
		await tap();
		expect(screen.getByText('day 1')).toBeTruthy();
		expect(onselect).not.toHaveBeenCalled();
		await tap();
		expect(onselect).toHaveBeenCalledOnce();
	});

	test('show the value under the pointer until it leaves or Escape is pressed', async () => {
		render(StackedBars, { label: 'Usage', words, columns: columns([4, 2]) });
		const point = () => fireEvent.pointerMove(chart(), { clientX: 200, clientY: 200 });
		await point();
		expect(screen.getByText('day 1')).toBeTruthy();
		expect(spoken(), 'a pointer is not spoken').toBe('');
		await fireEvent.pointerLeave(chart(), { pointerType: 'mouse' });
		expect(screen.queryByText('day 1')).toBeNull();
		await point();
		await fireEvent.keyDown(window, { key: 'Escape' });
		expect(screen.queryByText('day 1')).toBeNull();
	});

	test('announce nothing after losing the focus', async () => {
		render(StackedBars, { label: 'Usage', words, columns: columns([4, 2]) });
		await press('Home');
		await fireEvent.focusOut(chart());
		expect([spoken(), screen.queryByText('day 1')]).toEqual(['', null]);
	});

	test('without data show a notice', async () => {
		render(StackedBars, { label: 'Usage', words, columns: NO_COLUMNS });
		expect(screen.getByText('Nothing in this range.')).toBeTruthy();
		await press('ArrowRight');
		expect(spoken()).toBe('');
	});

	test('forget a cursor that is beyond newer data', async () => {
		const { rerender } = render(StackedBars, {
			label: 'Usage',
			words,
			columns: columns([1, 2, 3])
		});
		await press('End');
		await rerender({ label: 'Usage', words, columns: columns([1]) });
		expect(screen.queryByText('day 3')).toBeNull();
	});

	test('let only the last bar grow when it alone has changed', async () => {
		const animate = vi.fn();
		Object.assign(Element.prototype, { animate });
		document.documentElement.style.setProperty('--calm', '300ms');
		const props = { label: 'Usage', words };
		const { rerender } = render(StackedBars, { ...props, columns: columns([1, 2]) });
		await rerender({ ...props, columns: columns([1, 4]) });
		expect(animate).toHaveBeenCalledOnce();
		expect(animate.mock.lastCall?.[1]).toMatchObject({ duration: 300 });
		await rerender({ ...props, columns: columns([5, 8]) });
		document.documentElement.style.setProperty('--calm', '0ms');
		await rerender({ ...props, columns: columns([5, 9]) });
		expect(animate).toHaveBeenCalledOnce();
	});
});

describe('lines', () => {
	test('show the earlier period next to this one', async () => {
		render(Lines, {
			label: 'Usage',
			words,
			columns: columns([1, null]),
			previous: {
				values: [7],
				least: new Set<number>(),
				label: 'Before',
				point: (index: number) => `b${index}`
			}
		});
		await press('Home');
		expect(spoken()).toBe('day 1: $1; Before (b0) $7');
		await press('ArrowRight');
		expect(spoken()).toBe('day 2: –; Before (b1) –; No price is known.');
	});

	test('lead to a point', async () => {
		const onselect = vi.fn();
		render(Lines, { label: 'Usage', words, columns: columns([1, 2]), onselect });
		await fireEvent.click(chart(), { clientX: 790, clientY: 100 });
		expect(onselect).toHaveBeenCalledWith({ index: 1, point: '2' });
	});
});

describe('a heatmap', () => {
	const days = Array.from({ length: 400 }, (_, index) => ({
		date: new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10),
		value: index % 7 === 0 ? null : index,
		certainty: index % 7 === 0 ? ('unknown' as const) : ('exact' as const)
	}));

	test('begins with the last day and goes by days and weeks', async () => {
		render(Heatmap, { label: 'Usage', days, words, ...names });
		await press('ArrowLeft');
		expect(spoken()).toBe('day 2027-02-04: –; No price is known.');
		await press('ArrowUp');
		expect(spoken()).toBe('day 2027-02-03: $398');
		await press('ArrowLeft');
		expect(spoken()).toBe('day 2027-01-27: $391');
	});

	test('shows a quarter where it is narrow', async () => {
		giveRoom(300);
		render(Heatmap, { label: 'Usage', days, words, ...names });
		await press('Home');
		expect(spoken()).toMatch(/^day 2026-11-09/);
	});

	test('leads to a day', async () => {
		const onselect = vi.fn();
		render(Heatmap, { label: 'Usage', days, words, ...names, onselect });
		await press('End', 'Enter');
		expect(onselect).toHaveBeenCalledWith('2027-02-04');
	});

	test('without days shows a notice', () => {
		render(Heatmap, { label: 'Usage', days: [], words, ...names });
		expect(screen.getByText('Nothing in this range.')).toBeTruthy();
	});
});

test('hours of the week are read by rows and columns', async () => {
	const onselect = vi.fn();
	const grid = Array.from({ length: 7 }, (_, day) =>
		Array.from({ length: 24 }, (_, hour) => (day === 1 && hour === 1 ? null : day * 100 + hour))
	);
	render(HourGrid, {
		label: 'Usage',
		grid,
		least: new Set([2 * 24 + 1]),
		words,
		weekday: names.weekday,
		hour: String,
		cell: (day: number, hour: number) => `w${day} ${hour}:00`,
		onselect
	});
	await press('ArrowRight', 'ArrowDown', 'ArrowRight');
	expect(spoken()).toBe('w1 1:00: –; No price is known.');
	await press('ArrowDown', 'Enter');
	expect(spoken()).toBe('w2 1:00: ≥\u00a0$201');
	expect(onselect).toHaveBeenCalledWith(2, 1);
});

test('coverage shows the source of each day', async () => {
	const onselect = vi.fn();
	render(Coverage, {
		label: 'Usage',
		days: [
			{ date: '2026-01-01', source: 'none', transcripts: null },
			{ date: '2026-01-02', source: 'events', transcripts: 'gone' }
		],
		name: (kind: string) => `is ${kind}`,
		point: (date: string) => date,
		...names,
		onselect
	});
	expect(screen.getAllByRole('listitem').map((item) => item.textContent?.trim())).toEqual([
		'is events',
		'is partial',
		'is kept',
		'is stats_cache',
		'is imported',
		'is none'
	]);
	await press('End');
	expect(spoken()).toBe('2026-01-02: is kept');
	await press('ArrowUp', 'Enter');
	expect(onselect).toHaveBeenCalledWith('2026-01-01');
});

test('shares are read row by row and lead to what they are of', async () => {
	const onselect = vi.fn();
	const rows = [
		{ key: 'a', label: 'A', value: 3, text: '$3.00' },
		{ key: 'b', label: 'B', value: null, text: '–', note: 'No price is known.' }
	];
	render(ShareBars, { label: 'Usage', rows, onselect });
	await press('ArrowDown', 'ArrowDown');
	expect(spoken()).toBe('B: –; No price is known.');
	await fireEvent.click(chart(), { clientX: 10, clientY: 10 });
	expect(onselect).toHaveBeenCalledWith(rows[0]);
	// A click is in whole pixels: what the pointer came down on counts, not its neighbour.
	await fireEvent.pointerDown(chart(), { clientX: 10, clientY: 10 });
	await fireEvent.click(chart(), { clientX: 10, clientY: 1_000 });
	expect(onselect).toHaveBeenLastCalledWith(rows[0]);
	expect(onselect).toHaveBeenCalledTimes(2);
});

test('two shares are read together', async () => {
	render(DualShares, {
		label: 'Usage',
		rows: [{ key: 'a', label: 'A', values: [3, 1], text: '75% / 25%' }],
		parts: [
			{ label: '5 min', slot: 1 },
			{ label: '1 h', slot: 2 }
		],
		value: (value: Known) => words.value(value, 'exact')
	});
	await press('ArrowDown');
	expect(spoken()).toBe('A; 5 min $3; 1 h $1');
});

test('limits are read moment by moment', async () => {
	const figure = (used_percentage: number) => ({
		used_percentage,
		resets_at: '2026-01-01T05:00:00Z'
	});
	const onselect = vi.fn();
	render(LimitLines, {
		label: 'Usage',
		onselect,
		samples: [
			{ sampled_at: '2026-01-01T01:00:00Z', five_hour: figure(10), seven_day: null },
			{ sampled_at: '2026-01-01T02:00:00Z', five_hour: figure(20), seven_day: figure(5) }
		],
		hits: [{ at: '2026-01-01T01:30:00Z' }],
		zone: 'UTC',
		name: (window: string) => window,
		value: (rate: Known) => (rate === null ? '–' : `${rate * 100}%`),
		axis: String,
		moment: (at: number) => new Date(at).toISOString().slice(11, 16),
		tick: String
	});
	await press('Home');
	expect(spoken()).toBe('01:00; five_hour 10%; seven_day –');
	await press('ArrowRight');
	expect(spoken()).toBe('02:00; five_hour 20%; seven_day 5%');
	await press('Enter');
	expect(onselect).toHaveBeenCalledWith(Date.UTC(2026, 0, 1, 2));
});

describe('a timeline', () => {
	const points = Array.from({ length: 60 }, (_, index) => ({
		key: `r${index}`,
		at: Date.UTC(2026, 0, 1, 9, index),
		sidechain: index % 10 > 7,
		slot: 1,
		value: index
	}));
	const props = {
		label: 'Usage',
		points,
		read: (index: number) => ({ title: `response ${index}` }),
		axis: String,
		zone: 'UTC',
		tick: String,
		duration: String
	};

	test('is read response by response, and across its lanes', async () => {
		const onselect = vi.fn();
		render(Timeline, { ...props, onselect });
		await press('ArrowRight', 'ArrowRight');
		expect(spoken()).toBe('response 1');
		await press('ArrowDown');
		expect(spoken()).toBe('response 8');
		await press('Enter');
		expect(onselect).toHaveBeenCalledWith(points[8]);
	});

	test('is zoomed with buttons and keys', async () => {
		render(Timeline, props);
		const button = (name: string) => screen.getByRole<HTMLButtonElement>('button', { name });
		expect([button('Zoom out').disabled, button('Show all').disabled]).toEqual([true, true]);
		await fireEvent.click(button('Zoom in'));
		expect(button('Zoom out').disabled).toBe(false);
		await press('-');
		expect(button('Zoom out').disabled).toBe(true);
		await press('+', '+');
		expect(button('Show all').disabled).toBe(false);
		await fireEvent.click(button('Show all'));
		expect(button('Zoom out').disabled).toBe(true);
		for (let step = 0; step < 10; step += 1) await press('+');
		expect(button('Zoom in').disabled).toBe(true);
		await press('0');
		expect(button('Zoom in').disabled).toBe(false);
	});

	test('is zoomed with the wheel only together with Ctrl', async () => {
		render(Timeline, props);
		const line = chart().querySelector('div') as Element;
		const out = screen.getByRole<HTMLButtonElement>('button', { name: 'Zoom out' });
		const turn = (ctrlKey: boolean) => {
			const event = new Event('wheel', { bubbles: true, cancelable: true });
			return fireEvent(line, Object.assign(event, { deltaY: -100, ctrlKey, clientX: 400 }));
		};
		expect(await turn(false), 'the page scrolls').toBe(true);
		expect(out.disabled).toBe(true);
		expect(await turn(true)).toBe(false);
		expect(out.disabled).toBe(false);
	});

	test('is longer than a phone is wide', () => {
		giveRoom(300);
		render(Timeline, props);
		expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Show all' }).disabled).toBe(
			false
		);
	});

	test('without responses shows a notice', () => {
		render(Timeline, { ...props, points: [] });
		expect(screen.getByText('Nothing in this range.')).toBeTruthy();
	});
});

test('a meter has a text alternative', () => {
	const props = {
		label: 'Cost of the window',
		text: '$4.10 so far',
		value: 4.1,
		projected: 6,
		target: 8.2,
		targetText: '$8.20',
		elapsed: 0.5,
		start: '09:00',
		end: '14:00'
	};
	render(Meter, { props });
	const meter = screen.getByRole('meter', { name: 'Cost of the window' });
	expect(meter.getAttribute('aria-valuetext')).toBe('$4.10 so far');
	expect(meter.getAttribute('aria-valuenow')).toBe('0.5');
	for (const text of ['09:00', '14:00', '$8.20']) expect(screen.getByText(text)).toBeTruthy();
});

test('a meter that is almost empty has a value without an exponent', () => {
	render(Meter, { props: { label: 'Month', text: '', value: 0.01, target: 900_000, elapsed: 0 } });
	expect(screen.getByRole('meter').getAttribute('aria-valuenow')).toBe('0');
});
