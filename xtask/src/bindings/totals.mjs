// Prints the totals of a Claude home as JSON.
import { readHome } from 'claude-token-monitor-reader';

/** @typedef {Record<string, Record<string, bigint>>} Figures */

/** @type {(group: Figures, name: string, part: import('claude-token-monitor-reader').Part, responses: number) => void} */
function add(group, name, part, responses) {
  const { tokens } = part;
  const figures = (group[name] ??= {});
  for (const [figure, count] of Object.entries({
    input: tokens.input,
    output: tokens.output,
    cache_read: tokens.cacheRead,
    write_5m: tokens.cacheWrite5m,
    write_1h: tokens.cacheWrite1h,
    web_searches: part.webSearches,
    unpriced_tokens: part.unpricedTokens,
    responses,
    cost_usd: part.costPicoUsd ?? 0n,
  })) {
    figures[figure] = (figures[figure] ?? 0n) + BigInt(count);
  }
}

/** @type {(pico: bigint) => string} */
function dollars(pico) {
  const digits = pico.toString().padStart(13, '0');
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`.replace(/\.?0+$/, '');
}

/** @type {(group: Figures) => Record<string, Record<string, number | string>>} */
function shown(group) {
  const figure = (/** @type {[string, bigint]} */ [name, sum]) => [name, name === 'cost_usd' ? dollars(sum) : Number(sum)];
  return Object.fromEntries(
    Object.entries(group).map(([name, figures]) => [name, Object.fromEntries(Object.entries(figures).map(figure))]),
  );
}

const usage = await readHome(process.argv[2] ?? '');
/** @type {[Figures, Figures, Figures]} */
const [totals, byModel, bySession] = [{}, {}, {}];
for (const response of usage.responses) {
  response.parts.forEach((part, at) => {
    const responses = at === 0 ? 1 : 0;
    add(totals, '', part, responses);
    add(byModel, part.model, part, responses);
    add(bySession, response.session, part, responses);
  });
}
const printed = { by_model: shown(byModel), by_session: shown(bySession), lines: usage.lines, totals: shown(totals)[''] };
console.log(JSON.stringify(printed));
