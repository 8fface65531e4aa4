/** Axes by powers of ten: a value far above all others does not flatten them. */

import { linear, type Span } from './linear';
import { VALUE_EVERY_PX, type Axis } from './scale';

/**
 * Returns the axis for values from `lowest` to `highest`, both above zero.
 *
 * It begins and ends with a power of ten; zero and what is below it is where the axis begins.
 */
export function logAxis(lowest: number, highest: number, range: Span): Axis {
	const first = Math.floor(Math.log10(lowest));
	const last = Math.max(first + 1, Math.ceil(Math.log10(highest)));
	const ofPower = linear([first, last], range);
	const room = Math.max(1, Math.floor(Math.abs(range[1] - range[0]) / VALUE_EVERY_PX));
	const every = Math.ceil((last - first) / room);
	const powers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
	return {
		at: (value) => ofPower(value > 0 ? Math.max(first, Math.log10(value)) : first),
		ticks: powers
			.filter((_, index) => index % every === 0)
			.map((power) => ({ value: 10 ** power, at: ofPower(power) }))
	};
}
