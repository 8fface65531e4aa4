/** What projects can be sorted by; the first one unless the address says otherwise. */
export const SORTS = ['cost_usd', 'total_tokens', 'last_at'] as const;
