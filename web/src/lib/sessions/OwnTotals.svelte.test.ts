import { render, screen } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import type { ComparedSession } from '$lib/api/types';
import InApp from '../../testing/InApp.svelte';
import OwnTotals from './OwnTotals.svelte';

const compared: ComparedSession = {
	session: 's',
	cost_usd: 0.5,
	claude_code_usd: 0.75,
	difference_usd: 0.25,
	models: [
		{
			model: 'haiku',
			tokens: null,
			cost_usd: 0,
			claude_code_tokens: null,
			claude_code_usd: 0.25,
			difference_usd: 0.25
		},
		{
			model: 'opus',
			tokens: null,
			cost_usd: 0.5,
			claude_code_tokens: null,
			claude_code_usd: 0.5,
			difference_usd: 0
		}
	],
	reasons: [{ code: 'unlogged', model: 'haiku', text: 'in English' }]
};

test('both counts, the difference by model and its reason are shown', () => {
	render(InApp, { component: OwnTotals, given: { compared } });
	expect(screen.getByText('$0.75 by Claude Code, $0.50 by the responses.')).toBeTruthy();
	expect(screen.getByText(/Requests in no transcript/).closest('li')?.textContent).toMatch(
		/^haiku/
	);
	const rows = screen.getAllByRole('row').map((row) => row.textContent);
	expect(rows.filter((row) => row.includes('haiku'))[0]).toContain('$0.25');
});
