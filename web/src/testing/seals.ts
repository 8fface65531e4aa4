/** Sealed months, as a server answers. */

import type { ProofTotals, SealedMonth } from '../lib/api/types';

const totals: ProofTotals = {
	responses: 2,
	input_tokens: 1,
	output_tokens: 2,
	cache_read_tokens: 3,
	cache_write_5m_tokens: 4,
	cache_write_1h_tokens: 5,
	web_searches: 0,
	cost_usd: '1.500000000001',
	unfinalised: 0,
	unpriced_tokens: 0,
	unpriced_web_searches: 0
};

const sealed = (month: string, of: Partial<SealedMonth> = {}): SealedMonth => ({
	month,
	state: 'intact',
	faults: [],
	zone: 'UTC',
	sealed_at: '2026-04-01T10:00:00.000Z',
	totals,
	certainty: 'exact',
	days_unknown: 0,
	price_version: '2026-10-28',
	present: totals,
	repriced: false,
	corrections: [],
	digest: 'd',
	statement: '{}',
	signature: null,
	...of
});

/** Months with seals in every state. */
export const months: SealedMonth[] = [
	sealed('2026-03', {
		state: 'corrected',
		corrections: [
			{ day: '2026-03-20', noticed_at: '2026-04-02T10:00:00.000Z', before: totals, after: null },
			{ day: '2026-03-21', noticed_at: null, before: null, after: totals }
		]
	}),
	sealed('2026-04', { signature: { public_key: 'a', signature: 'b' } }),
	sealed('2026-05', {
		state: 'broken',
		faults: ['its digest is not that of what it states', 'a\u0007'],
		sealed_at: null,
		certainty: 'at_least'
	}),
	sealed('2026-06', { certainty: 'unknown' })
];
