import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { dailyStats, usage } from '../../testing/answers';
import { toDayBars } from './bars';
import StackedBars from './StackedBars.svelte';

const days = Array.from({ length: 10 }, (_, index) => ({
	date: `2026-01-${String(index + 1).padStart(2, '0')}`,
	models: { a: usage(index, index) }
}));

test('keys move the cursor and stop at both ends', async () => {
	render(StackedBars, {
		bars: toDayBars(dailyStats(days), 'total_tokens', new Map([['a', 1]])),
		cursor: null,
		label: 'Day',
		describe: (index: number) => `day ${index}`,
		formatValue: String,
		formatDate: (date: string) => date
	});
	const chart = screen.getByRole('slider', { name: 'Day' });
	const check = async (key: string, expected: number) => {
		await fireEvent.keyDown(chart, { key });
		expect(chart.getAttribute('aria-valuetext'), key).toBe(`day ${expected}`);
	};
	await check('ArrowLeft', 9);
	await check('ArrowRight', 9);
	await check('Home', 0);
	await check('ArrowDown', 0);
	await check('ArrowUp', 1);
	await check('PageUp', 8);
	await check('PageDown', 1);
	await check('End', 9);
	await check('a', 9);
	await check('Home', 0);
	await check('Escape', 9);
});
