import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
	ANNOUNCE_EVERY_MS,
	Live,
	POLL_EVERY_MS,
	RESYNC_WITHIN_MS,
	STALE_AFTER_MS
} from './live.svelte';

class FakeSocket extends EventTarget {
	readyState: number = WebSocket.CONNECTING;
	sent: { type: string; data: Record<string, unknown> }[] = [];

	accept({ instance = 'a', seq = 0, version = 1 } = {}) {
		this.readyState = WebSocket.OPEN;
		this.dispatchEvent(new Event('open'));
		const data = { instance_id: instance, seq, data_version: version, heartbeat_s: 30 };
		this.say('connected', data, seq);
		this.update(version, [], seq);
	}

	say(type: string, data: object, seq = 0) {
		const text = JSON.stringify({ v: 1, type, seq, at: '', data });
		this.dispatchEvent(new MessageEvent('message', { data: text }));
	}

	/** Says that `projects` changed. */
	update(data_version: number, projects: string[] = [], seq = data_version, more = false) {
		const changed = projects.map((project) => ({ date: '2026-01-01', project, model: 'm' }));
		const session_ids = projects.map((project) => `s-${project}`);
		this.say('stats_update', { data_version, changed, session_ids, more }, seq);
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

/** Returns the version that was announced last, and which projects it touched; `*` for any. */
function announced(): [number | undefined, string] {
	const changes = live.announced?.changes;
	const touched = changes ? changes.parts.map(({ project }) => project).join() : '*';
	return [live.announced?.version, touched];
}

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
	vi.restoreAllMocks();
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
	expect(announced()).toEqual([1, '*']);
});

test('the first version is announced at once, later ones together', () => {
	socket().accept();
	for (const version of [2, 3, 4]) socket().update(version, [`/${version}`]);
	expect(announced()).toEqual([1, '*']);
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	expect(announced()).toEqual([4, '/2,/3,/4']);
	expect(live.announced?.changes?.sessions).toEqual(['s-/2', 's-/3', 's-/4']);
});

test('an incomplete update may concern anything', () => {
	socket().accept();
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	socket().update(2, ['/2'], 2, true);
	expect(announced()).toEqual([2, '*']);
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	socket().update(3);
	expect(announced(), 'a version without a word on how it came about').toEqual([3, '*']);
});

test('the present state is not announced', () => {
	socket().accept();
	const before = live.announced;
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	socket().update(1);
	expect(live.announced).toBe(before);
});

test.each([
	['updates are paused', () => (live.paused = true), () => (live.paused = false)],
	['the tab is hidden', () => see('hidden'), () => see('visible')]
])('nothing changes while %s', (_, begin, end) => {
	socket().accept();
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	begin();
	for (const version of [2, 3]) socket().update(version, [`/${version}`]);
	vi.advanceTimersByTime(60 * ANNOUNCE_EVERY_MS);
	expect(announced()).toEqual([1, '*']);
	end();
	expect(announced()).toEqual([3, '/2,/3']);
});

function see(state: DocumentVisibilityState) {
	vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
	document.dispatchEvent(new Event('visibilitychange'));
}

test('a pause counts the updates that wait', () => {
	socket().accept();
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	expect(live.waiting).toBe(0);
	live.paused = true;
	for (const version of [2, 3]) socket().update(version, ['/a']);
	expect(live.waiting).toBe(2);
	live.paused = false;
	expect([announced(), live.waiting]).toEqual([[3, '/a'], 0]);
});

test('topics are subscribed to while they have a listener', async () => {
	socket().accept();
	const topics = () => socket().sent.at(-1)?.data.topics;
	const [one, other] = [live.listen('blocks'), live.listen('blocks')];
	live.listen('ingest');
	await Promise.resolve();
	expect(topics()).toEqual(['stats', 'blocks', 'ingest']);
	expect(socket().sent).toHaveLength(2);
	one();
	await Promise.resolve();
	expect(socket().sent).toHaveLength(2);
	other();
	await Promise.resolve();
	expect(topics()).toEqual(['stats', 'ingest']);
	live.tz = 'Asia/Tokyo';
	await Promise.resolve();
	expect(socket().sent.at(-1)?.data.tz).toBe('Asia/Tokyo');
});

test('updates of other topics are received', () => {
	socket().accept();
	socket().say('block_update', {});
	socket().say('limits_update', { current: null });
	expect(live.limits, 'how they are, not that they changed').toBe(0);
	socket().say('limits_update', { current: { source: null } });
	socket().say('limits_update', { current: { source: null } });
	socket().say('ingest', { state: 'scanning', files_done: 3 });
	socket().say('health', { status: 'healthy' });
	expect(live.health, 'how it is, not that it changed').toBe(0);
	for (const status of ['degraded', 'degraded']) socket().say('health', { status });
	expect([live.blocks, live.limits, live.ingest?.files_done, live.health]).toEqual([1, 1, 3, 1]);
});

/** Loses the connection after the event 2, and takes it up again at the event 5. */
function reconnect(greeting: Parameters<FakeSocket['accept']>[0]) {
	socket().accept();
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	socket().update(2, ['/2'], 2);
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	socket().close();
	vi.advanceTimersByTime(1000);
	socket().accept(greeting);
}

test('after a lost connection only missed changes are announced', () => {
	reconnect({ seq: 5, version: 7 });
	expect(socket().sent.at(-1)).toEqual({
		v: 1,
		type: 'resync',
		data: { instance_id: 'a', last_seq: 2 }
	});
	expect(announced()).toEqual([2, '/2']);
	socket().say('resync', { mode: 'replay' });
	socket().update(7, ['/7'], 5);
	expect(announced()).toEqual([7, '/7']);
});

test('a missed update without names may concern anything', () => {
	reconnect({ seq: 5, version: 7 });
	socket().say('resync', { mode: 'replay' });
	socket().update(6, [], 4, true);
	expect(announced()).toEqual([7, '*']);
});

test('a second loss resumes at the last received message', () => {
	reconnect({ seq: 5, version: 7 });
	socket().say('resync', { mode: 'replay' });
	socket().update(5, ['/5'], 4);
	socket().close();
	vi.advanceTimersByTime(1000);
	socket().accept({ seq: 5, version: 7 });
	expect(socket().sent.at(-1)?.data).toEqual({ instance_id: 'a', last_seq: 4 });
});

test('a full resync may concern anything', () => {
	reconnect({ seq: 5, version: 7 });
	socket().say('resync', { mode: 'full' });
	expect(announced()).toEqual([7, '*']);
});

test.each([
	['does not know the question', () => socket().say('error', {})],
	['does not answer', () => vi.advanceTimersByTime(RESYNC_WITHIN_MS)],
	['is lost again', () => socket().close()]
])('anything may have changed when a server %s', (_, happens) => {
	reconnect({ seq: 5, version: 7 });
	happens();
	expect(announced()).toEqual([7, '*']);
});

test.each([
	['an older', 1],
	['the same', 2],
	['a newer', 3]
])('another run of the server with %s version is a new beginning', (_, version) => {
	reconnect({ instance: 'b', seq: 0, version });
	expect(announced()).toEqual([version, '*']);
	expect(live.announced?.isOther).toBe(true);
	expect(socket().sent.at(-1)?.type).toBe('subscribe');
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	socket().update(version + 1, ['/a'], 1);
	expect(announced(), 'its updates count from its own version').toEqual([version + 1, '/a']);
	expect(live.announced?.isOther).toBe(false);
});

test('announcements of an earlier run are discarded', () => {
	socket().accept();
	vi.advanceTimersByTime(ANNOUNCE_EVERY_MS);
	live.paused = true;
	socket().update(9, ['/9']);
	socket().close();
	vi.advanceTimersByTime(1000);
	socket().accept({ instance: 'b', seq: 0, version: 3 });
	live.paused = false;
	expect(announced()).toEqual([3, '*']);
	expect(live.announced?.isOther).toBe(true);
});

test('a lost connection without changes announces nothing', () => {
	reconnect({ seq: 2, version: 2 });
	expect(announced()).toEqual([2, '/2']);
	expect(socket().sent.at(-1)?.type).toBe('subscribe');
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

test('a silent connection is pinged, then closed', () => {
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

test('without a connection the page polls, at first when the numbers are stale', () => {
	vi.advanceTimersByTime(STALE_AFTER_MS);
	expect(polls).toBe(1);
	vi.advanceTimersByTime(POLL_EVERY_MS - STALE_AFTER_MS);
	expect(polls).toBe(2);
	socket().accept();
	vi.advanceTimersByTime(POLL_EVERY_MS);
	expect(polls).toBe(2);
});

test('a held view does not poll', () => {
	live.paused = true;
	vi.advanceTimersByTime(POLL_EVERY_MS);
	expect(polls).toBe(0);
});

test('a stopped connection stays closed', () => {
	const opened = socket();
	live.stop();
	expect(opened.readyState).toBe(WebSocket.CLOSED);
	vi.advanceTimersByTime(120_000);
	expect(sockets).toHaveLength(1);
});
