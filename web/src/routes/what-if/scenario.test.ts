import { expect, test } from 'vitest';
import { scenarioOf } from './scenario';

function check(query: string, expected: ReturnType<typeof scenarioOf>) {
	expect(scenarioOf(new URL(`http://localhost/what-if?${query}`))).toEqual(expected);
}

test('an assumption is that of the address', () => {
	check('', { cache: 'actual', part: 'all' });
	check('as_model=claude-haiku-4-5&prices_on=2026-12-24&cache=1h&part=subagents', {
		as_model: 'claude-haiku-4-5',
		prices_on: '2026-12-24',
		cache: '1h',
		part: 'subagents'
	});
});

test('what is no day, cache or part is not assumed', () => {
	const nothing = { cache: 'actual', part: 'all' } as const;
	check('as_model=&prices_on=2026-02-30&cache=2h&part=some', nothing);
	check('prices_on=soon', nothing);
	check('prices_on=2026-2-3', nothing);
});
