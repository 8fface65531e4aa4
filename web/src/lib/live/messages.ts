import type { ServerMessage, Topic } from '$lib/api/types';
import { hidden } from '$lib/redact/redaction';

const HEARD = new Set<unknown>([
	'connected',
	'stats_update',
	'data_update',
	'block_update',
	'limits_update',
	'ingest',
	'health',
	'personal_update',
	'resync',
	'error',
	'ping',
	'pong'
] satisfies ServerMessage['type'][]);

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
	return message?.v === 1 && HEARD.has(message.type) ? hidden(message as ServerMessage) : null;
}

/** Returns the text frame that asks for hints on `topics`, about days in the zone `tz`. */
export function subscribeMessage(topics: readonly Topic[], tz: string): string {
	return write('subscribe', { topics, tz });
}

/** Returns the text frame that asks for what was missed since the event `last_seq`. */
export function resyncMessage(instance_id: string, last_seq: number): string {
	return write('resync', { instance_id, last_seq });
}

/** Returns the text frame of a ping or of the answer to one. */
export function heartbeatMessage(type: 'ping' | 'pong', nonce: string | number): string {
	return write(type, { nonce });
}

function write(type: string, data: object): string {
	return JSON.stringify({ v: 1, type, data });
}
