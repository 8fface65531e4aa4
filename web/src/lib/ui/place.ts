/** Placement of a panel that opens next to a button. */

/** The least distance to the edges of the window, in pixels. */
const EDGE = 8;
/** The distance to the button, in pixels. */
const GAP = 6;
/** The least height, however small the window is, in pixels. */
const LEAST = 120;

export interface Box {
	left: number;
	right: number;
	top: number;
	bottom: number;
}

export interface Size {
	width: number;
	height: number;
}

export interface Place {
	left: number;
	/** Distance to the top of the window, or to its bottom if it stands above the button. */
	top: number | null;
	bottom: number | null;
	/** What is higher scrolls. */
	maxHeight: number;
}

/**
 * Returns the place of a panel of `width` next to `anchor`: below it, or above it where there is
 * more room and too little below; flush with its start or its end.
 */
export function placeBeside(
	anchor: Box,
	panel: Size,
	window: Size,
	align: 'start' | 'end' = 'start'
): Place {
	const wanted = align === 'start' ? anchor.left : anchor.right - panel.width;
	const left = Math.max(EDGE, Math.min(wanted, window.width - panel.width - EDGE));
	const below = window.height - anchor.bottom - GAP - EDGE;
	const above = anchor.top - GAP - EDGE;
	return panel.height > below && above > below
		? {
				left,
				top: null,
				bottom: window.height - anchor.top + GAP,
				maxHeight: Math.max(LEAST, above)
			}
		: { left, top: anchor.bottom + GAP, bottom: null, maxHeight: Math.max(LEAST, below) };
}
