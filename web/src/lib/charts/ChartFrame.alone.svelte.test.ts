import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { createRawSnippet, flushSync, tick } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { View } from '$lib/state/view.svelte';
import InApp from '../../testing/InApp.svelte';
import { giveRoom } from '../../testing/room';
import ChartFrame from './ChartFrame.svelte';
import { savePicture } from './picture';

vi.mock('./picture', () => ({ savePicture: vi.fn() }));

beforeEach(() => giveRoom(800));
afterEach(() => vi.restoreAllMocks());

const twin = {
	columns: [
		{ id: 'day', heading: 'Day', text: (row: number) => `day ${row}` },
		{ id: 'cost', heading: 'Cost', numeric: true, text: (row: number) => `$${row}` }
	],
	rows: [1, 0]
};

/** Returns what a frame is given: a drawing, and `more`. */
function given(more: Record<string, unknown> = {}) {
	const snippet = (html: string) => createRawSnippet(() => ({ render: () => html }));
	return {
		heading: 'Cost per day',
		caption: '$1.00 in two days.',
		twin,
		chart: snippet('<p>the drawing</p>'),
		controls: snippet('<button>Weeks</button>'),
		...more
	};
}

/** Renders a frame around a drawing. */
function show(more: Record<string, unknown> = {}, view = new View()) {
	return render(InApp, { props: { component: ChartFrame, given: given(more), view } });
}

test('a figure has a heading, a caption and a chart', () => {
	show();
	const figure = screen.getByRole('figure');
	expect(screen.getByRole('heading', { name: 'Cost per day' })).toBeTruthy();
	expect(figure.textContent).toContain('$1.00 in two days.');
	expect(figure.textContent).toContain('the drawing');
	expect(screen.getByRole('button', { name: 'Weeks' })).toBeTruthy();
	expect(screen.queryByRole('table')).toBeNull();
});

test('the same data is a table', async () => {
	show();
	await fireEvent.click(screen.getByRole('radio', { name: 'Table' }));
	expect(screen.queryByText('the drawing')).toBeNull();
	const table = screen.getByRole('table', { name: 'Cost per day' });
	expect([...table.querySelectorAll('tbody tr')].map((row) => row.textContent?.trim())).toEqual([
		expect.stringMatching(/day 1\s*\$1/),
		expect.stringMatching(/day 0\s*\$0/)
	]);
	await fireEvent.click(screen.getByRole('radio', { name: 'Chart' }));
	expect(screen.getByText('the drawing')).toBeTruthy();
});

test('all figures are switched together, and each alone', async () => {
	const view = new View();
	show({}, view);
	view.toggle();
	await tick();
	expect(screen.getByRole('table')).toBeTruthy();
	await fireEvent.click(screen.getByRole('radio', { name: 'Chart' }));
	expect(screen.queryByRole('table')).toBeNull();
	expect(view.charts, 'the others stay as they are').toBe('table');
	view.toggle();
	view.toggle();
	flushSync();
	expect(screen.getByRole('table')).toBeTruthy();
});

test('while data is on its way the chart is covered and cannot be reached', () => {
	const { container } = show({ loading: true });
	expect(screen.getByRole('figure').getAttribute('aria-busy')).toBe('true');
	expect(screen.getByRole('status').textContent).toBe('Loading');
	expect(screen.queryByText('$1.00 in two days.')).toBeNull();
	expect(container.querySelector('[inert]')?.textContent).toContain('the drawing');
});

test('a picture is saved, but not of a table', async () => {
	show();
	const button = screen.getByRole<HTMLButtonElement>('button', {
		name: 'Save as a picture: Cost per day'
	});
	await fireEvent.click(button);
	await waitFor(() =>
		expect(savePicture).toHaveBeenCalledWith(screen.getByRole('figure'), {
			heading: 'Cost per day',
			caption: '$1.00 in two days.'
		})
	);
	await fireEvent.click(screen.getByRole('radio', { name: 'Table' }));
	expect(button.disabled).toBe(true);
});

test('a picture that cannot be drawn is reported', async () => {
	vi.mocked(savePicture).mockRejectedValueOnce(new Error('too large'));
	vi.spyOn(console, 'error').mockReturnValue();
	show();
	await fireEvent.click(screen.getByRole('button', { name: /Save as a picture/ }));
	await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('could not create'));
});

test('the legend names every series, and leads to it', async () => {
	const onselect = vi.fn();
	const items = [
		{ slot: 1, label: 'Model A', value: '$0.75' },
		{ slot: 2, label: 'Model B', value: '$0.25' }
	];
	show({ legend: { heading: 'All days', total: '$1.00', items, onselect } });
	expect(screen.getAllByRole('listitem').map((item) => item.textContent?.trim())).toEqual([
		expect.stringMatching(/Model A\s*\$0.75/),
		expect.stringMatching(/Model B\s*\$0.25/)
	]);
	await fireEvent.click(screen.getByRole('button', { name: /Model B/ }));
	expect(onselect).toHaveBeenCalledWith(items[1]);
});

test('nothing steps back behind a series that is gone', async () => {
	const item = (slot: number) => ({ slot, label: `Model ${slot}`, value: '$1.00' });
	const legend = (...slots: number[]) => ({
		heading: 'All days',
		total: '$3.00',
		items: slots.map(item)
	});
	const { container, rerender } = show({ legend: legend(1, 2, 3) });
	const pale = () => container.querySelectorAll('li.dim').length;
	await fireEvent.pointerEnter(screen.getAllByRole('listitem')[1] as HTMLElement);
	await waitFor(() => expect(pale()).toBe(2));
	await rerender({ given: given({ legend: legend(1, 3) }) });
	await waitFor(() => expect(pale()).toBe(0));
});
