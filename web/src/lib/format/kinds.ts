import type { Tokens, Usage } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

/** Returns all that models read; cached input is input too. */
export function totalInput({
	total_tokens,
	output_tokens
}: Pick<Usage, 'total_tokens' | 'output_tokens'>) {
	return total_tokens - output_tokens;
}

/** The kinds of tokens, in the order in which a response meets them. */
export const TOKEN_KINDS: readonly { field: keyof Tokens; label: () => string }[] = [
	{ field: 'input_tokens', label: () => m.input() },
	{ field: 'output_tokens', label: () => m.output() },
	{ field: 'cache_read_tokens', label: () => m.cache_read() },
	{ field: 'cache_write_5m_tokens', label: () => m.cache_write_5m() },
	{ field: 'cache_write_1h_tokens', label: () => m.cache_write_1h() }
];
