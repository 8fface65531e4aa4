/** The longest wait between two attempts while the tab is visible, in milliseconds. */
const LONGEST_MS = 5000;

/** The same in a hidden tab, which connects at once when it becomes visible. */
const LONGEST_HIDDEN_MS = 30_000;

/**
 * Returns how long to wait before an attempt to reconnect, in milliseconds.
 *
 * The wait doubles from one second to the longest. Between half and all of it is used, as `random`
 * (0..1) says, so that the pages of a restarted server do not all come back in the same moment.
 * `failures` counts the attempts that failed before this one.
 */
export function reconnectDelay(failures: number, random: number, isVisible: boolean): number {
	const full = Math.min(isVisible ? LONGEST_MS : LONGEST_HIDDEN_MS, 1000 * 2 ** failures);
	return full * (0.5 + random / 2);
}
