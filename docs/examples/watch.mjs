/**
 * Shows what Claude Code uses while it is used, as pushed by the WebSocket of `ctm serve`.
 *
 *     node watch.mjs http://127.0.0.1:51888/
 *
 * Node 22 and browsers have WebSockets; Node 20 has them with `--experimental-websocket`.
 * The protocol is described in `docs/websocket.md`.
 */

/** How long to wait before connecting again, in milliseconds: longer with each failure. */
const DELAYS_MS = [250, 500, 1000, 2000, 5000, 10_000];

/**
 * Calls `tell` with every message of `topics`, and stays connected.
 *
 * `page` is the address of the server's page. `lost` is called with the reason when a connection
 * ended; another one is made by itself.
 */
export function watch(page, topics, { tell, lost }) {
	const url = new URL('api/v1/ws', page);
	url.protocol = url.protocol.replace('http', 'ws');
	/** The last server and event: where a new connection resumes. */
	let known = null;
	let failures = 0;
	connect();

	function connect() {
		const socket = new WebSocket(url, 'ctm.v1');
		const say = (type, data) => socket.send(JSON.stringify({ v: 1, type, data }));
		let heartbeatMs = 30_000;
		let silence;

		/** A connection may die without a word: two silent heartbeats are the end of it. */
		const listen = () => {
			clearTimeout(silence);
			silence = setTimeout(() => end('the server is silent'), 2 * heartbeatMs + 1000);
		};
		let over = false;
		const end = (reason) => {
			if (over) return;
			over = true;
			clearTimeout(silence);
			socket.close();
			lost?.(reason);
			setTimeout(connect, DELAYS_MS[Math.min(failures++, DELAYS_MS.length - 1)]);
		};

		socket.addEventListener('close', ({ code, reason }) => end(`${code} ${reason}`.trim()));
		// A `close` follows, but not everywhere.
		socket.addEventListener('error', () => end('the server cannot be reached'));
		socket.addEventListener('message', ({ data: text }) => {
			if (over) return;
			listen();
			const { type, seq, data } = JSON.parse(text);
			switch (type) {
				case 'connected': {
					const away = known;
					failures = 0;
					heartbeatMs = data.heartbeat_s * 1000;
					known = { instance_id: data.instance_id, last_seq: seq };
					say('subscribe', { topics });
					if (away) say('resync', away);
					break;
				}
				case 'ping':
					say('pong', data);
					break;
				case 'error':
					end(data.detail);
					break;
				default:
					known.last_seq = Math.max(known.last_seq, seq);
					if (type !== 'pong') tell({ type, seq, data });
			}
		});
		listen();
	}
}

/** Returns a summary of a message. */
function line({ type, seq, data }) {
	switch (type) {
		case 'stats_update': {
			const { total_tokens, cost_usd } = data.today;
			const sessions = data.session_ids.join(', ') || (data.more ? 'many' : 'none');
			return `#${seq} today: ${total_tokens} tokens, ${cost_usd ?? '?'} USD; changed: ${sessions}`;
		}
		case 'block_update':
			return data.current
				? `#${seq} window until ${data.current.end_at}: ${data.current.total_tokens} tokens`
				: `#${seq} no active block`;
		default:
			return `#${seq} ${type}: ${JSON.stringify(data)}`;
	}
}

// When it is not imported, but run.
if (globalThis.process?.argv[1]?.endsWith('watch.mjs')) {
	watch(process.argv[2] ?? 'http://127.0.0.1:51888/', ['stats', 'blocks'], {
		tell: (message) => console.log(line(message)),
		lost: (reason) => console.log(`connection lost: ${reason}`)
	});
}
