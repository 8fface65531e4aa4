import { expect, test } from 'vitest';
import { speak } from './reading';

test('a point is told with its whole first, then its parts', () => {
	expect(speak({ title: 'Mon' })).toBe('Mon');
	expect(
		speak({
			title: 'Mon',
			total: '$3.00',
			rows: [
				{ label: 'a', value: '$2.00' },
				{ label: 'b', value: '–' }
			],
			note: 'No price is known.'
		})
	).toBe('Mon: $3.00; a $2.00; b –; No price is known.');
});
