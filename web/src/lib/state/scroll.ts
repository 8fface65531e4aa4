/**
 * The place in a page that Back leads to.
 *
 * SvelteKit scrolls there at once, when a list whose rows are still to be asked for is too short for it. So it
 * is tried again whenever the page grows, until the person scrolls.
 */

/** For how long a page is waited for to be long enough, in milliseconds. */
const PATIENCE_MS = 10_000;

/** What a person does to scroll. */
const TOUCHED = ['wheel', 'touchmove', 'keydown', 'pointerdown'] as const;

let stop: (() => void) | null = null;

/** Scrolls to `top` as soon as the page is long enough, unless the person scrolls before that. */
export function scrollBack(top: number) {
	stop?.();
	if (top === 0) return;
	const { documentElement: page, body } = document;
	const reach = () => {
		if (page.scrollHeight - innerHeight < top) return;
		scrollTo({ top, behavior: 'instant' });
		// What is drawn above only now moves it again.
		if (Math.abs(scrollY - top) < 1) settled ??= setTimeout(() => stop?.(), 500);
	};
	let settled: ReturnType<typeof setTimeout> | undefined;
	const observer = new ResizeObserver(reach);
	const late = setTimeout(() => stop?.(), PATIENCE_MS);
	stop = () => {
		observer.disconnect();
		clearTimeout(late);
		clearTimeout(settled);
		for (const event of TOUCHED) removeEventListener(event, leave);
		stop = null;
	};
	const leave = () => stop?.();
	for (const event of TOUCHED) addEventListener(event, leave, { passive: true });
	observer.observe(body);
}

/** Cancels the return to a place, as another page is shown. */
export function leavePlace() {
	stop?.();
}
