/** What projects can be sorted by; by default the first one. */
export const SORTS = ['cost_usd', 'total_tokens', 'last_at'] as const;
