import { readStored, store } from './stored';

/** What a target is for: a calendar day, a 5-hour window, a calendar month. */
export const TARGET_SPANS = ['day', 'block', 'month'] as const;
export type TargetSpan = (typeof TARGET_SPANS)[number];

/** US dollars, or `null` without a target. */
export type TargetAmounts = Record<TargetSpan, number | null>;

/**
 * What a person does not want to exceed, in US dollars at list prices.
 *
 * It is stored in this browser only: the server does not enforce it.
 */
export class Targets {
	#amounts = $state.raw<TargetAmounts>(read());

	get amounts(): Readonly<TargetAmounts> {
		return this.#amounts;
	}

	/** Sets one target, or removes it with `null` or anything but a positive amount. */
	set(span: TargetSpan, amount: number | null) {
		this.#amounts = { ...this.#amounts, [span]: toAmount(amount) };
		store('targets', JSON.stringify(this.#amounts));
	}
}

function toAmount(value: unknown): number | null {
	return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

function read(): TargetAmounts {
	let stored: unknown;
	try {
		stored = JSON.parse(readStored('targets') ?? 'null');
	} catch {
		stored = null;
	}
	const known: Partial<Record<TargetSpan, unknown>> =
		typeof stored === 'object' && stored !== null ? stored : {};
	return {
		day: toAmount(known.day),
		block: toAmount(known.block),
		month: toAmount(known.month)
	};
}
