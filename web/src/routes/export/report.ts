/** A written report of a period, to be read by others. */

import { connect, type Result } from '$lib/api/client';
import type { Filter } from '$lib/api/types';
import { inApp } from '$lib/state/base';
import type { LanguageName } from '$lib/state/language.svelte';
import { nameIn, type ExportedFile } from '$lib/ui/exported';

/** The form of a report. */
export interface ReportChoice {
	format: 'html' | 'md' | 'json';
	language: LanguageName;
	/** Whether projects and sessions have names. */
	names: 'shown' | 'numbered';
}

/** Asks for a report as a file, under the name that the server gives it. */
export function askReport(
	fetch: typeof globalThis.fetch,
	filter: Filter,
	choice: ReportChoice
): Promise<Result<ExportedFile>> {
	const { client, settle } = connect(fetch);
	const asked = client.GET('/api/v1/report', {
		params: { query: { ...filter, ...choice } },
		parseAs: 'blob'
	});
	return settle(
		asked.then(({ data, error, response }) => ({
			data: data && { blob: data as Blob, name: nameIn(response.headers) },
			error,
			response
		}))
	);
}

/** Returns the address of a report, where the browser shows it. */
export function reportAddress(filter: Filter, choice: ReportChoice): string {
	const query = Object.entries({ ...filter, ...choice }).flatMap(([name, value]) =>
		[value ?? []].flat().map((value) => [name, String(value)])
	);
	return `${inApp('/api/v1/report')}?${new URLSearchParams(query)}`;
}
