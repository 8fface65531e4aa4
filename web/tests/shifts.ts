/** How far what is seen of a page moves while it loads. */

import type { Page } from '@playwright/test';

/** A layout shift as the browser reports it; not every library of types has it. */
interface Shift extends PerformanceEntry {
	value: number;
	sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
}

interface Shifts {
	/** Cumulative layout shift. */
	sum: number;
	/** What moved from where to where. */
	moved: string[];
}

/** Has the page add up how far what is seen of it moves, from its next visit on. */
export async function watchShifts(page: Page) {
	await page.addInitScript(() => {
		const shifts: Shifts = { sum: 0, moved: [] };
		Object.assign(globalThis, { shifts });
		new PerformanceObserver((list) => {
			for (const { value, sources } of list.getEntries() as Shift[]) {
				shifts.sum += value;
				for (const { node, previousRect: from, currentRect: to } of sources) {
					const element = node instanceof Element ? node : node?.parentElement;
					const name = element?.outerHTML.slice(0, 80);
					shifts.moved.push(`${value.toFixed(4)} ${from.x},${from.y} to ${to.x},${to.y}: ${name}`);
				}
			}
		}).observe({ type: 'layout-shift', buffered: true });
	});
}

/** Returns what moved until now. */
export async function shiftsOf(page: Page): Promise<Shifts> {
	return page.evaluate(() => (globalThis as unknown as { shifts: Shifts }).shifts);
}
