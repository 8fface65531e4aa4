/**
 * The WebSocket that tells when the numbers changed.
 *
 * # Design
 *
 * A message is only a hint: what is shown always comes from REST, and the hint says that asking
 * again is worth it: it announces a version of the data, and whoever shows another one asks (see
 * `state/announced.svelte.ts`). That makes reconnecting trivial (the first message after it carries the
 * data version like any other), a lost message harmless, and a replay of missed ones needless.
 * Applying the totals of a message directly was rejected: they would have to be merged with
 * answers of another version and another range.
 *
 * A browser does not tell when a connection has died silently. So silence for one heartbeat is
 * answered with a ping, and silence for one more is taken as the connection's end.
 */

import { reconnectDelay } from './backoff';
import { heartbeatMessage, readMessage, subscribeMessage } from './messages';

/** How long the socket may be down before the numbers are called stale, in milliseconds. */
export const STALE_AFTER_MS = 10_000;

/** How often to ask while no socket tells of changes, in milliseconds. */
export const POLL_EVERY_MS = 30_000;

/** The shortest time between two announced versions, in milliseconds. */
export const ANNOUNCE_EVERY_MS = 1000;

/** The heartbeat until the server has named its own, in milliseconds. */
const DEFAULT_HEARTBEAT_MS = 30_000;

/** `connecting` covers the first seconds after a loss too: most end before anybody needs to know. */
export type Phase = 'connecting' | 'live' | 'stale';

export interface LiveOptions {
	/** Opens a socket to the server. */
	connect: () => WebSocket;
	/** IANA zone. */
	tz: string;
	/** Asks the server, since no socket tells of changes. */
	onpoll: () => void;
}

export class Live {
	/** What to tell the person about the connection. */
	phase = $state<Phase>('connecting');
	/** When the server was heard last, in epoch milliseconds; `null` before that. */
	heardAt = $state<number | null>(null);

	/** The version of the data that the server announced last; `null` before that. */
	dataVersion = $state<number | null>(null);

	readonly #options: LiveOptions;
	readonly #listeners = new AbortController();
	readonly #announced = new Throttle(ANNOUNCE_EVERY_MS, (version) => (this.dataVersion = version));
	#socket: WebSocket | null = null;
	#failures = 0;
	#heartbeatMs = DEFAULT_HEARTBEAT_MS;
	#reconnect: Timer;
	#stale: Timer;
	#silence: Timer;
	#poll: ReturnType<typeof setInterval> | undefined;

	constructor(options: LiveOptions) {
		this.#options = options;
	}

	/** Connects, and stays connected until {@link stop}. */
	start() {
		const { signal } = this.#listeners;
		addEventListener('online', () => this.#connectNow(), { signal });
		document.addEventListener(
			'visibilitychange',
			() => document.visibilityState === 'visible' && this.#connectNow(),
			{ signal }
		);
		this.#poll = setInterval(() => this.#open || this.#options.onpoll(), POLL_EVERY_MS);
		this.#expectStale();
		this.#connectNow();
	}

	/** Closes the connection for good. */
	stop() {
		this.#listeners.abort();
		this.#announced.stop();
		clearInterval(this.#poll);
		for (const timer of [this.#reconnect, this.#stale, this.#silence]) clearTimeout(timer);
		const socket = this.#socket;
		this.#socket = null;
		socket?.close();
	}

	get #open(): boolean {
		return this.#socket?.readyState === WebSocket.OPEN;
	}

	#connectNow() {
		if (this.#socket) return;
		clearTimeout(this.#reconnect);
		const socket = this.#options.connect();
		this.#socket = socket;
		// Whatever a socket says after it was given up is no longer of interest.
		const current = (listener: (event: Event) => void) => (event: Event) => {
			if (this.#socket === socket) listener(event);
		};
		socket.addEventListener(
			'open',
			current(() => socket.send(subscribeMessage(this.#options.tz)))
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
		switch (message?.type) {
			case 'connected':
				this.#heartbeatMs = message.data.heartbeat_s * 1000;
				this.#announced.push(message.data.data_version);
				break;
			case 'stats_update':
				this.#announced.push(message.data.data_version);
				break;
			case 'ping':
				this.#socket?.send(heartbeatMessage('pong', message.data.nonce));
				break;
		}
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
		if (this.phase === 'live') this.phase = 'connecting';
		this.#expectStale();
		this.#reconnect = setTimeout(
			() => this.#connectNow(),
			reconnectDelay(this.#failures++, Math.random())
		);
	}

	#expectStale() {
		this.#stale ??= setTimeout(() => (this.phase = 'stale'), STALE_AFTER_MS);
	}
}

type Timer = ReturnType<typeof setTimeout> | undefined;

/** Passes the first version on at once, and of those that follow too soon only the last. */
class Throttle {
	#waiting: Timer;
	#held: number | null = null;

	constructor(
		readonly everyMs: number,
		readonly pass: (version: number) => void
	) {}

	push(version: number) {
		if (this.#waiting) {
			this.#held = version;
			return;
		}
		this.pass(version);
		this.#waiting = setTimeout(() => {
			this.#waiting = undefined;
			const held = this.#held;
			this.#held = null;
			if (held !== null) this.push(held);
		}, this.everyMs);
	}

	stop() {
		clearTimeout(this.#waiting);
	}
}
