import { expect, test } from 'vitest';
import { modelUsage, usage } from '../../testing/answers';
import { aliasesFor, effectiveRate, listed, pricesFor, unpricedOf } from './models';

const dear = modelUsage('dear', usage(1_000_000, 25));
const cheap = modelUsage('cheap', usage(2_000_000, 1));
const strange = modelUsage('strange', usage(7, null));
const items = [dear, cheap, strange];
const names = (models: { model: string }[]) => models.map(({ model }) => model).join(' ');

test('a rate is per million tokens, and unknown if a part is unpriced', () => {
	expect(effectiveRate(dear)).toBe(25);
	expect(effectiveRate(cheap)).toBe(0.5);
	expect(effectiveRate(strange)).toBeNull();
	expect(effectiveRate({ ...dear, unpriced_tokens: 1 })).toBeNull();
	expect(effectiveRate(usage(0, 0))).toBeNull();
});

test('unpriced models come first by default', () => {
	expect(names(unpricedOf(items))).toBe('strange');
	expect(names(listed(items))).toBe('strange dear cheap');
	expect(names(listed(items, { by: 'unknown', order: 'asc' }))).toBe('strange dear cheap');
	expect(names(listed(items, { by: 'rate', order: 'asc' }))).toBe('cheap dear strange');
	expect(names(listed(items, { by: 'total_tokens', order: 'desc' }))).toBe('cheap dear strange');
	expect(names(listed(items, { by: 'model', order: 'asc' }))).toBe('cheap dear strange');
});

test('names are written so that the file takes them', () => {
	expect(aliasesFor([{ model: 'glm-5' }, { model: 'a "b"' }], 'claude-x')).toBe(
		'[alias]\n"glm-5" = "claude-x"\n"a \\"b\\"" = "claude-x"'
	);
	expect(pricesFor([{ model: 'glm-5' }])).toBe(
		'[[price]]\nmodel = "glm-5"\ninput = "3"\noutput = "15"'
	);
});
