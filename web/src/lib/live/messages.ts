import type { ServerMessage } from '$lib/api/types';

const HEARD = new Set<unknown>(['connected', 'stats_update', 'ping', 'pong']);

/**
 * Reads one text frame of the server.
 *
 * Returns `null` for what the page does not listen to: other types, other versions, no JSON.
 * Updates are hints, so that a message not understood costs freshness at worst.
 */
export function readMessage(text: string): ServerMessage | null {
	let message: Partial<ServerMessage> | null;
	try {
		message = JSON.parse(text);
	} catch {
		return null;
	}
	return message?.v === 1 && HEARD.has(message.type) ? (message as ServerMessage) : null;
}

/** Returns the text frame that asks for hints about `tz` days. */
export function subscribeMessage(tz: string): string {
	return JSON.stringify({ v: 1, type: 'subscribe', data: { topics: ['stats'], tz } });
}

/** Returns the text frame of a ping or of the answer to one. */
export function heartbeatMessage(type: 'ping' | 'pong', nonce: string | number): string {
	return JSON.stringify({ v: 1, type, data: { nonce } });
}
