import type { Formatter } from './format';

/** Writes a number with its unit, in the form that belongs to the number: a message `count_…`. */
type Unit = (inputs: { number: number; count: string }) => string;

/** Returns `number` in full with its unit: `1 session`, `1,968 sessions`. */
export function counted(unit: Unit, number: number, format: Formatter): string {
	return unit({ number, count: format.count(number) });
}

/** Returns `number` in few characters with its unit: `412.6M tokens`. */
export function countedShort(unit: Unit, number: number, format: Formatter): string {
	return unit({ number, count: format.compact(number) });
}
