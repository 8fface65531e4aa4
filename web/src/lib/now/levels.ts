/** How near something is to its limit; a module of its own, because every page starts with it. */

/** From which part on a limit is high, and from which it is critical. */
export const HIGH = 0.8;
export const CRITICAL = 0.95;

/** How near something is to its limit. */
export type Level = 'calm' | 'high' | 'critical';

/** Returns the level of a used part, 0..1 and above. */
export function levelOf(used: number): Level {
	return used >= CRITICAL ? 'critical' : used >= HIGH ? 'high' : 'calm';
}
