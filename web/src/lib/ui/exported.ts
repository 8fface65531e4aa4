/** Tables and reports as files. */

import { connect, type Result } from '$lib/api/client';
import type { ExportQuestion, ExportRequest } from '$lib/api/types';

/** A file of the server. */
export interface ExportedFile {
	blob: Blob;
	name: string;
}

/** Asks for a table as a file, under the name that the server gives it. */
export function askExport(
	fetch: typeof globalThis.fetch,
	question: ExportQuestion
): Promise<Result<ExportedFile>> {
	const { client, settle } = connect(fetch);
	// The document has the choices as texts without values.
	const body = question as unknown as ExportRequest;
	return settle(
		client.POST('/api/v1/export', { body, parseAs: 'blob' }).then(({ data, error, response }) => ({
			data: data && { blob: data as Blob, name: nameIn(response.headers) },
			error,
			response
		}))
	);
}

/** Returns the file name that a response gives, or a plain one if it gives none. */
export function nameIn(headers: Headers): string {
	return /filename="([^"]+)"/.exec(headers.get('content-disposition') ?? '')?.[1] ?? 'ctm-export';
}
