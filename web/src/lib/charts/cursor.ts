/**
 * Which point a key leads to.
 *
 * A step answers with a point, with `null` to leave the chart, or with `undefined` for a key that
 * means nothing here, so that the browser keeps it.
 */

export type Step = (key: string, from: number | null) => number | null | undefined;

function clamp(index: number, count: number): number | null {
	return count === 0 ? null : Math.max(0, Math.min(count - 1, index));
}

/**
 * Returns the step along points that follow each other to the right.
 *
 * `page` is how far Page Up and Page Down go.
 */
export function alongPoints(count: number, page = 7): Step {
	return (key, from) => {
		const forward = (by: number) => clamp((from ?? -1) + by, count);
		const back = (by: number) => clamp((from ?? count) - by, count);
		switch (key) {
			case 'ArrowRight':
			case 'ArrowUp':
				return forward(1);
			case 'ArrowLeft':
			case 'ArrowDown':
				return back(1);
			case 'PageUp':
				return forward(page);
			case 'PageDown':
				return back(page);
			case 'Home':
				return clamp(0, count);
			case 'End':
				return clamp(count - 1, count);
			case 'Escape':
				return null;
		}
	};
}

/** Returns the step along rows that stand below each other. */
export function alongRows(count: number): Step {
	return (key, from) => {
		switch (key) {
			case 'ArrowDown':
			case 'ArrowRight':
				return clamp((from ?? -1) + 1, count);
			case 'ArrowUp':
			case 'ArrowLeft':
				return clamp((from ?? count) - 1, count);
			case 'Home':
				return clamp(0, count);
			case 'End':
				return clamp(count - 1, count);
			case 'Escape':
				return null;
		}
	};
}

/** Returns the step over days in columns of weeks; it begins with the last day. */
export function overDays(count: number): Step {
	const by: Record<string, number> = {
		ArrowDown: 1,
		ArrowUp: -1,
		ArrowRight: 7,
		ArrowLeft: -7,
		PageDown: 28,
		PageUp: -28
	};
	return (key, from) => {
		if (key === 'Escape') return null;
		if (key === 'Home') return clamp(0, count);
		if (key === 'End') return clamp(count - 1, count);
		const days = by[key];
		if (days === undefined) return undefined;
		if (from === null) return clamp(count - 1, count);
		const next = from + days;
		return next >= 0 && next < count ? next : from;
	};
}

/** Returns the step over cells in rows of `columns`; it begins with the first cell. */
export function overCells(rows: number, columns: number): Step {
	return (key, from) => {
		if (key === 'Escape') return null;
		const at = from ?? 0;
		const [row, column] = [Math.floor(at / columns), at % columns];
		const cell = (toRow: number, toColumn: number) =>
			from === null ? 0 : (clamp(toRow, rows) ?? 0) * columns + (clamp(toColumn, columns) ?? 0);
		switch (key) {
			case 'ArrowRight':
				return cell(row, column + 1);
			case 'ArrowLeft':
				return cell(row, column - 1);
			case 'ArrowDown':
				return cell(row + 1, column);
			case 'ArrowUp':
				return cell(row - 1, column);
			case 'Home':
				return cell(row, 0);
			case 'End':
				return cell(row, columns - 1);
			case 'PageUp':
				return cell(0, column);
			case 'PageDown':
				return cell(rows - 1, column);
		}
	};
}

/** Returns what keys do beside moving the cursor: N notes the point under it. */
export function noteKey(
	at: () => number | null,
	onnote: ((index: number) => void) | undefined
): (key: string) => boolean {
	return (key) => {
		const index = at();
		if (!onnote || index === null || key.toLowerCase() !== 'n') return false;
		onnote(index);
		return true;
	};
}
