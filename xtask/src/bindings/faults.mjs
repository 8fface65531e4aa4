// Checks what a caller gets in place of a result, and values that the totals do not show.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { price, readHome } from 'claude-token-monitor-reader';

const MODEL = 'claude-opus-4-5-20251101';
const [home = '', broken = '', missing = ''] = process.argv.slice(2);

await assert.rejects(readHome(missing), (/** @type {Error} */ error) => error.message.startsWith(`cannot read \`${missing}\`: `));
assert.throws(() => price('claude-opus-6', { output: 1 }), /no price for the model "claude-opus-6": unknown_model/);
assert.throws(() => price(MODEL, { input: -1 }), /`input` is -1, and not a whole number from 0 to 2\^53 - 1/);
assert.throws(() => price(MODEL, { cacheWrite5m: 0.5 }), /`cacheWrite5m` is 0.5/);
assert.throws(() => price(MODEL, { cacheWrite1h: NaN }), /`cacheWrite1h` is NaN/);
assert.throws(() => price(MODEL, { at: new Date(NaN) }), /`at` is not a valid date/);
// @ts-expect-error a text is no time
assert.throws(() => price(MODEL, { at: '2026-01-15' }));

const usage = await readHome(broken);
assert.deepEqual(usage.skipped, { malformed: 2, not_an_object: 1 });
assert.deepEqual([usage.lines, usage.responses, usage.problems], [4, [], []]);
assert.match((await readHome(join(broken, 'projects'))).problems[0] ?? '', /so it is no Claude home$/);

const at = new Date('2026-01-15T10:00:00Z');
const priced = price(MODEL, { input: 12_345, output: 6_789, at });
assert.deepEqual([priced.costPicoUsd, priced.costUsd, priced.certainty], [231_450_000_000n, 0.23145, 'exact']);
assert.deepEqual(priced.flags, []);
assert.equal(price(MODEL, {}).costPicoUsd, 0n);
assert.equal(price(MODEL, { output: 1, serviceTier: 'batch' }).costPicoUsd, 12_500_000n);

const { responses } = await readHome(home);
const times = responses.map((response) => response.at.getTime());
assert.deepEqual(times, times.toSorted((one, other) => one - other));
assert.ok(responses.every(({ certainty }) => ['exact', 'at_least', 'unknown'].includes(certainty)));

/**
 * Every field that is declared, and no other.
 * @typedef {import('claude-token-monitor-reader').Response} Response
 * @typedef {import('claude-token-monitor-reader').Part} Part
 * @typedef {import('claude-token-monitor-reader').Price} Price
 * @typedef {import('claude-token-monitor-reader').Tokens} Tokens
 * @type {[Record<keyof Tokens, 0>, Record<keyof Part, 0>, Record<keyof Response, 0>, Record<keyof Price, 0>]}
 */
const [ofTokens, ofPart, ofResponse, ofPrice] = [
  { input: 0, output: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, total: 0 },
  { model: 0, tokens: 0, webSearches: 0, costPicoUsd: 0, costUsd: 0, unpricedTokens: 0, unpricedWebSearches: 0 },
  {
    ...{ id: 0, at: 0, session: 0, project: 0, branch: 0, isSubagent: 0, isFinal: 0, model: 0, tokens: 0, webSearches: 0 },
    ...{ costPicoUsd: 0, costUsd: 0, certainty: 0, unpricedTokens: 0, unpricedWebSearches: 0, parts: 0 },
  },
  {
    ...{ model: 0, costPicoUsd: 0, costUsd: 0, certainty: 0, unpricedTokens: 0, unpricedWebSearches: 0 },
    ...{ flags: 0, validFrom: 0, validUntil: 0, source: 0, tableVersion: 0 },
  },
];
const [first] = responses;
assert.ok(first && first.parts[0]);
for (const [value, declared] of [
  [first, ofResponse],
  [first.parts[0], ofPart],
  [first.tokens, ofTokens],
  [priced, ofPrice],
]) {
  assert.deepEqual(Object.keys(value ?? {}).sort(), Object.keys(declared ?? {}).sort());
}
