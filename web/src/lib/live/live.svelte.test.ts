import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ANNOUNCE_EVERY_MS, Live, POLL_EVERY_MS, STALE_AFTER_MS } from './live.svelte';

class FakeSocket extends EventTarget {
	readyState: number = WebSocket.CONNECTING;
	sent: { type: string; data: Record<string, unknown> }[] = [];

	accept() {
		this.readyState = WebSocket.OPEN;
		this.dispatchEvent(new Event('open'));
		this.say('connected', { data_version: 1, heartbeat_s: 30 });
	}

	say(type: string, data: object) {
		const text = JSON.stringify({ v: 1, type, seq: 1, at: '', data });
		this.dispatchEvent(new MessageEvent('message', { data: text }));
	}

	send(text: string) {
		this.sent.push(JSON.parse(text));
	}

	close() {
		this.readyState = WebSocket.CLOSED;
		this.dispatchEvent(new Event('close'));
	}
}

let sockets: FakeSocket[];
let polls: number;
let live: Live;

/** Returns the socket that was opened last. */
function socket(): FakeSocket {
	const last = sockets.at(-1);
	if (!last) throw new Error('no socket was opened');
	return last;
}

beforeEach(() => {
	vi.useFakeTimers();
	sockets = [];
	polls = 0;
	live = new Live({
		connect: () => {
			const opened = new FakeSocket();
			sockets.push(opened);
			return opened as unknown as WebSocket;
		},
		tz: 'Europe/Berlin',
		onpoll: () => polls++
	});
	live.start();
});

afterEach(() => {
	live.stop();
	vi.useRealTimers();
});

test('a connection is live with its first message', () => {
	expect(live.phase).toBe('connecting');
	socket().accept();
	expect(live.phase).toBe('live');
	expect(socket().sent[0]).toEqual({
		v: 1,
		type: 'subscribe',
		data: { topics: ['stats'], tz: 'Europe/Berlin' }
	});
	expect(live.dataVersion).toBe(1);
});

test('of many versions the first and the last are announced', () => {
	socket().accept();
	for (const version of [2, 3, 4]) socket().say('stats_update', { data_version: version });
	expect(live.dataVersion).toBe(1);
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	expect(live.dataVersion).toBe(4);
});

test('a ping is answered with its nonce', () => {
	socket().accept();
	socket().say('ping', { nonce: 'abc' });
	expect(socket().sent.at(-1)).toEqual({ v: 1, type: 'pong', data: { nonce: 'abc' } });
});

test('a lost connection is opened again, and is stale only after ten seconds', () => {
	socket().accept();
	socket().close();
	expect(live.phase).toBe('connecting');
	vi.advanceTimersByTime(1000);
	expect(sockets).toHaveLength(2);
	socket().close();
	vi.advanceTimersByTime(STALE_AFTER_MS);
	expect(live.phase).toBe('stale');
	socket().accept();
	expect(live.phase).toBe('live');
	vi.advanceTimersByTime(STALE_AFTER_MS);
	expect(live.phase).toBe('live');
});

test('the network or the tab coming back ends the wait', () => {
	socket().close();
	dispatchEvent(new Event('online'));
	expect(sockets).toHaveLength(2);
	socket().close();
	document.dispatchEvent(new Event('visibilitychange'));
	expect(sockets).toHaveLength(3);
	vi.advanceTimersByTime(100);
	expect(sockets).toHaveLength(3);
});

test('silence is questioned, then taken as the end', () => {
	socket().accept();
	vi.advanceTimersByTime(30_000);
	expect(socket().sent.at(-1)?.type).toBe('ping');
	socket().say('pong', { nonce: 1 });
	vi.advanceTimersByTime(30_000);
	expect(live.phase).toBe('live');
	vi.advanceTimersByTime(30_000);
	expect(live.phase).toBe('connecting');
	vi.advanceTimersByTime(1000);
	expect(sockets).toHaveLength(2);
});

test('without a connection the page polls', () => {
	vi.advanceTimersByTime(POLL_EVERY_MS);
	expect(polls).toBe(1);
	socket().accept();
	vi.advanceTimersByTime(POLL_EVERY_MS);
	expect(polls).toBe(1);
});

test('a stopped connection stays closed', () => {
	const opened = socket();
	live.stop();
	expect(opened.readyState).toBe(WebSocket.CLOSED);
	vi.advanceTimersByTime(120_000);
	expect(sockets).toHaveLength(1);
});
