/** The longest wait between two attempts, in milliseconds. */
const LONGEST_MS = 30_000;

/**
 * Returns how long to wait before an attempt to reconnect, in milliseconds.
 *
 * The wait doubles from one second to thirty. Between half and all of it is used, as `random`
 * (0..1) says, so that the pages of a restarted server do not all come back in the same moment.
 * `failures` counts the attempts that failed before this one.
 */
export function reconnectDelay(failures: number, random: number): number {
	const full = Math.min(LONGEST_MS, 1000 * 2 ** failures);
	return full * (0.5 + random / 2);
}
