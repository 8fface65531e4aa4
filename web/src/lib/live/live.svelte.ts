/**
 * The WebSocket of change notifications.
 *
 * # Design
 *
 * A message is only a hint: what is shown always comes from REST, and the hint says that asking
 * again is worth it. It announces a version of the data and what that touched, and whatever shows
 * another version of something touched asks (see `state/follow.svelte.ts`). A lost message is
 * harmless. Applying the totals of a message directly was rejected: they would have to be merged
 * with answers of another version and another range.
 *
 * After a loss, what was missed is asked for, so that a page that it did not touch stays as it is.
 * If the server cannot list the changes, everything may have changed.
 *
 * Nothing is announced during a pause or in a hidden tab; it is announced in one piece afterwards. A
 * chart that is being read keeps its own numbers only (see `state/rest.svelte.ts`).
 *
 * A version belongs to the run of the server that announced it: another run may have an older
 * database, or another one with the same version. So the id of the run is compared first; within a run
 * versions only rise.
 *
 * A browser does not report that a connection has died silently. So silence for one heartbeat is
 * answered with a ping, and silence for one more is taken as the connection's end.
 */

import type { Ingest, ServerMessage, Topic } from '$lib/api/types';
import { reconnectDelay } from './backoff';
import { isNothing, merge, readChanges, type Announcement, type Changes } from './changes';
import { heartbeatMessage, readMessage, resyncMessage, subscribeMessage } from './messages';

/** How long the socket may be down before the numbers are called stale, in milliseconds. */
export const STALE_AFTER_MS = 10_000;

/** Polling interval without a socket, in milliseconds. */
export const POLL_EVERY_MS = 30_000;

/** The shortest time between two announcements, in milliseconds. */
export const ANNOUNCE_EVERY_MS = 1000;

/** How long to wait for what was missed before everything counts as changed, in milliseconds. */
export const RESYNC_WITHIN_MS = 5000;

/** The heartbeat until the server has named its own, in milliseconds. */
const DEFAULT_HEARTBEAT_MS = 30_000;

const TOPICS: readonly Topic[] = [
	'stats',
	'sessions',
	'blocks',
	'ingest',
	'limits',
	'health',
	'personal'
];

/** `connecting` covers the first seconds after a loss too: most end before anybody needs to know. */
export type Phase = 'connecting' | 'live' | 'stale';

export interface LiveOptions {
	/** Opens a socket to the server. */
	connect: () => WebSocket;
	/** IANA zone. */
	tz: string;
	/** Polls the server, without a socket. */
	onpoll: () => void;
}

export class Live {
	/** The state of the connection, as the badge shows it. */
	phase = $state<Phase>('connecting');
	/** When the server was heard last, in epoch milliseconds; `null` before that. */
	heardAt = $state<number | null>(null);
	/** What was announced last; `null` before that. */
	announced = $state.raw<Announcement | null>(null);
	/** The last reported progress of reading, while `ingest` has a listener. */
	ingest = $state.raw<Ingest | null>(null);
	/** Rises with every update of a 5-hour window, while anybody listens to `blocks`. */
	blocks = $state(0);
	/** Rises when official limits change, while anybody listens to `limits`. */
	limits = $state(0);
	/** Rises when the conditions of the server change, while anybody listens to `health`. */
	health = $state(0);
	/** Rises when the records of the person change, while anybody listens to `personal`. */
	personal = $state(0);
	/** Number of updates that wait for the end of a pause. */
	waiting = $state(0);

	readonly #options: LiveOptions;
	readonly #listeners = new AbortController();
	/** How many listen to each topic; the page itself does to the first. */
	readonly #wanted: Partial<Record<Topic, number>> = { stats: 1 };
	/** Official limits as last reported. */
	#limits: string | null = null;
	/** Conditions as last reported. */
	#conditions: string | null = null;
	/** The version of the personal records as last reported. */
	#personalVersion: number | null = null;
	#paused = $state(false);
	#tz: string;
	#socket: WebSocket | null = null;
	#failures = 0;
	#heartbeatMs = DEFAULT_HEARTBEAT_MS;
	/** The server and the event of it that was heard last. */
	#heard: { instance: string; seq: number } | null = null;
	/** The last event of the server before the connection began. */
	#greetedSeq = 0;
	/** The newest version that was heard of, of this run of the server. */
	#version: number | null = null;
	#pending: Announcement | null = null;
	#resubscribing = false;
	#hidden = false;
	#pace: Timer;
	#resync: Timer;
	#reconnect: Timer;
	#stale: Timer;
	#silence: Timer;
	#poll: ReturnType<typeof setInterval> | undefined;

	constructor(options: LiveOptions) {
		this.#options = options;
		this.#tz = options.tz;
	}

	/** Whether the person has paused updates. */
	get paused(): boolean {
		return this.#paused;
	}

	set paused(paused: boolean) {
		this.#paused = paused;
		this.#pass();
	}

	/** The zone whose days are announced, an IANA name. */
	set tz(tz: string) {
		if (tz === this.#tz) return;
		this.#tz = tz;
		this.#subscribe();
	}

	/** Listens to `topic` until the function that it returns is called. */
	listen(topic: Topic): () => void {
		this.#count(topic, 1);
		return once(() => this.#count(topic, -1));
	}

	/** Connects, and stays connected until {@link stop}. */
	start() {
		const { signal } = this.#listeners;
		addEventListener('online', () => this.#connectNow(), { signal });
		document.addEventListener('visibilitychange', () => this.#look(), { signal });
		this.#hidden = document.visibilityState === 'hidden';
		this.#poll = setInterval(() => {
			if (!this.#open && !this.#resting) this.#options.onpoll();
		}, POLL_EVERY_MS);
		this.#expectStale();
		this.#connectNow();
	}

	/** Closes the connection for good. */
	stop() {
		this.#listeners.abort();
		clearInterval(this.#poll);
		const timers = [this.#pace, this.#resync, this.#reconnect, this.#stale, this.#silence];
		for (const timer of timers) clearTimeout(timer);
		const socket = this.#socket;
		this.#socket = null;
		socket?.close();
	}

	get #open(): boolean {
		return this.#socket?.readyState === WebSocket.OPEN;
	}

	get #resting(): boolean {
		return this.#paused || this.#hidden;
	}

	#look() {
		this.#hidden = document.visibilityState === 'hidden';
		if (this.#hidden) return;
		this.#connectNow();
		this.#pass();
	}

	#count(topic: Topic, by: 1 | -1) {
		const before = this.#wanted[topic] ?? 0;
		this.#wanted[topic] = before + by;
		if (before === 0 || before + by === 0) this.#subscribe();
	}

	/** Subscribes to topics, once for all changes of a moment. */
	#subscribe() {
		if (this.#resubscribing) return;
		this.#resubscribing = true;
		queueMicrotask(() => {
			this.#resubscribing = false;
			if (this.#open) this.#socket?.send(this.#subscription());
		});
	}

	#subscription(): string {
		const topics = TOPICS.filter((topic) => this.#wanted[topic]);
		return subscribeMessage(topics, this.#tz);
	}

	#connectNow() {
		if (this.#socket) return;
		clearTimeout(this.#reconnect);
		const socket = this.#options.connect();
		this.#socket = socket;
		// Messages of a closed socket are ignored.
		const current = (listener: (event: Event) => void) => (event: Event) => {
			if (this.#socket === socket) listener(event);
		};
		socket.addEventListener(
			'open',
			current(() => socket.send(this.#subscription()))
		);
		socket.addEventListener(
			'message',
			current((event) => this.#hear((event as MessageEvent).data))
		);
		socket.addEventListener(
			'close',
			current(() => this.#lose())
		);
		this.#listenForSilence();
	}

	#hear(text: unknown) {
		this.heardAt = Date.now();
		this.phase = 'live';
		this.#failures = 0;
		clearTimeout(this.#stale);
		this.#stale = undefined;
		this.#listenForSilence();

		const message = typeof text === 'string' ? readMessage(text) : null;
		if (!message) return;
		this.#understand(message);
	}

	#understand(message: ServerMessage) {
		switch (message.type) {
			case 'connected':
				this.#heartbeatMs = message.data.heartbeat_s * 1000;
				this.#greet(message.data);
				break;
			case 'stats_update':
				this.#update(message.seq, message.data.data_version, readChanges(message.data));
				break;
			case 'data_update':
				// A read-only link gets no changes.
				this.#update(message.seq, message.data.data_version, null);
				break;
			case 'resync':
				this.#endResync(message.data.mode);
				break;
			case 'error':
				if (this.#resync) this.#endResync('full');
				break;
			case 'block_update':
				this.blocks++;
				break;
			case 'limits_update':
				this.#hearLimits(JSON.stringify(message.data));
				break;
			case 'ingest':
				this.ingest = message.data;
				break;
			case 'health':
				this.#hearHealth(JSON.stringify(message.data));
				break;
			case 'personal_update':
				this.#hearPersonal(message.data.version);
				break;
			case 'ping':
				this.#socket?.send(heartbeatMessage('pong', message.data.nonce));
				break;
		}
	}

	/** A new listener gets the present limits, which are those of the request just before. */
	#hearLimits(reported: string) {
		if (this.#limits !== null && this.#limits !== reported) this.limits++;
		this.#limits = reported;
	}

	/** As with limits. */
	#hearHealth(reported: string) {
		if (this.#conditions !== null && this.#conditions !== reported) this.health++;
		this.#conditions = reported;
	}

	/** As with limits. */
	#hearPersonal(version: number) {
		if (this.#personalVersion !== null && this.#personalVersion !== version) this.personal++;
		this.#personalVersion = version;
	}

	#greet({ instance_id, seq, data_version }: Greeting) {
		const before = this.#heard;
		const isSame = before !== null && before.instance === instance_id;
		this.#greetedSeq = seq;
		if (isSame && before.seq < seq) {
			this.#socket?.send(resyncMessage(instance_id, before.seq));
			this.#resync = setTimeout(() => this.#endResync('full'), RESYNC_WITHIN_MS);
			return;
		}
		this.#heard = { instance: instance_id, seq };
		const isOther = before !== null && !isSame;
		if (!isSame || this.#version !== data_version) {
			this.#version = data_version;
			this.#announce(null, isOther);
		}
	}

	#endResync(mode: 'replay' | 'full') {
		clearTimeout(this.#resync);
		this.#resync = undefined;
		if (mode === 'replay' || !this.#heard || this.#version === null) return;
		this.#heard.seq = this.#greetedSeq;
		this.#announce(null);
	}

	#update(seq: number, version: number, changes: Changes | null) {
		const isNew = this.#version === null || version > this.#version;
		if (isNew) this.#version = version;
		if (isNothing(changes)) {
			// A request for the present state gets no history; missed events have it.
			if (isNew && !this.#resync) this.#announce(null);
			return;
		}
		if (this.#heard && !this.#resync) this.#heard.seq = Math.max(this.#heard.seq, seq);
		this.#announce(changes);
	}

	/** Announces the version that is known now; `isOther` if another run of the server has it. */
	#announce(changes: Changes | null, isOther = false) {
		if (this.#version === null) return;
		const later = { version: this.#version, changes, isOther };
		// What another run announced before is nothing that this one has.
		this.#pending = isOther ? later : merge(this.#pending, later);
		if (this.#paused) this.waiting++;
		this.#pass();
	}

	/** Announces what is to be announced, unless the numbers rest or changed a moment ago. */
	#pass() {
		if (!this.#pending || this.#pace || this.#resting) return;
		this.announced = this.#pending;
		this.#pending = null;
		this.waiting = 0;
		this.#pace = setTimeout(() => {
			this.#pace = undefined;
			this.#pass();
		}, ANNOUNCE_EVERY_MS);
	}

	/** Takes the connection as lost unless something is heard within two heartbeats. */
	#listenForSilence() {
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => {
			if (this.#open) this.#socket?.send(heartbeatMessage('ping', Date.now()));
			this.#silence = setTimeout(() => this.#lose(), this.#heartbeatMs);
		}, this.#heartbeatMs);
	}

	#lose() {
		const socket = this.#socket;
		this.#socket = null;
		socket?.close();
		clearTimeout(this.#silence);
		if (this.#resync) this.#endResync('full');
		if (this.phase === 'live') this.phase = 'connecting';
		this.#expectStale();
		this.#reconnect = setTimeout(
			() => this.#connectNow(),
			reconnectDelay(this.#failures++, Math.random(), !this.#hidden)
		);
	}

	#expectStale() {
		this.#stale ??= setTimeout(() => {
			this.phase = 'stale';
			// Whether the server can be reached at all is worth knowing now.
			if (!this.#resting) this.#options.onpoll();
		}, STALE_AFTER_MS);
	}
}

type Greeting = Extract<ServerMessage, { type: 'connected' }>['data'];

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Returns a function that calls `end` at its first call alone. */
function once(end: () => void): () => void {
	let over = false;
	return () => {
		if (!over) end();
		over = true;
	};
}
