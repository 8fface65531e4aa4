import { expect, test } from 'vitest';
import { readMessage } from './messages';

test('messages of subscribed topics are parsed', () => {
	const ping = { v: 1, type: 'ping', seq: 3, at: '2026-01-01T00:00:00Z', data: { nonce: 'n' } };
	expect(readMessage(JSON.stringify(ping))).toEqual(ping);
});

test('other messages are ignored', () => {
	for (const text of [
		'',
		'{',
		'null',
		'[]',
		'7',
		'{"v":2,"type":"ping"}',
		'{"v":1,"type":"new"}'
	]) {
		expect(readMessage(text), text).toBeNull();
	}
});
