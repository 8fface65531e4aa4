import { expect, test } from 'vitest';
import { Formatter } from '$lib/format/format';
import { span } from './span';

test.each([
	[null, '–', '–'],
	[0, '0ms', '0ms'],
	[999, '999ms', '999ms'],
	[1250, '1.2s', '1.2\u00a0秒'],
	[59_999, '59.9s', '59.9\u00a0秒'],
	[125_000, '2m 5s', '2\u00a0分钟 5\u00a0秒']
])('%s milliseconds', (ms, english, chinese) => {
	expect(span(ms, new Formatter('en', 'UTC'))).toBe(english);
	expect(span(ms, new Formatter('zh-CN', 'UTC'))).toBe(chinese);
});
