/** Folders and rules of projects, other machines, sealed months, and backups: endpoints that only this page uses. */

import { connect } from '$lib/api/client';
import type { Filter, NewTeamInvite, Page } from '$lib/api/types';

export type DataApi = ReturnType<typeof createDataApi>;

/** Returns the endpoints as functions over `fetch`. */
export function createDataApi(fetch: typeof globalThis.fetch) {
	const { client, settle } = connect(fetch);
	return {
		projectFolders: (filter: Filter & Page) =>
			settle(client.GET('/api/v1/projects/folders', { params: { query: filter } })),
		projectRules: () => settle(client.GET('/api/v1/projects/rules')),
		/** Changes rules, if they are still those of `version`. */
		changeProjectRules: (version: string, folders: Record<string, string | null>) =>
			settle(
				client.PATCH('/api/v1/projects/rules', {
					params: { header: { 'If-Match': `"${version}"` } },
					body: { folders }
				})
			),
		/** Returns what a change of rules would change. */
		previewProjectRules: (folders: Record<string, string | null>) =>
			settle(client.POST('/api/v1/projects/rules/preview', { body: { folders } })),
		machines: () => settle(client.GET('/api/v1/machines')),
		/** Removes what was imported of a machine. */
		removeMachine: (id: string) =>
			settle(client.DELETE('/api/v1/machines/{id}', { params: { path: { id } } })),
		team: () => settle(client.GET('/api/v1/team')),
		createInvite: (invite: NewTeamInvite) =>
			settle(client.POST('/api/v1/team/invites', { body: invite })),
		/** Revokes the token of a machine that pushes. */
		revokeToken: (id: string) =>
			settle(client.DELETE('/api/v1/team/machines/{id}/token', { params: { path: { id } } })),
		seals: () => settle(client.GET('/api/v1/seals')),
		backups: () => settle(client.GET('/api/v1/backups')),
		createBackup: () => settle(client.PUT('/api/v1/backups')),
		/** Replaces the database by a backup, or compares them only. */
		restoreBackup: (name: string, dry_run: boolean) =>
			settle(client.PUT('/api/v1/backups/restore', { body: { name, dry_run } }))
	};
}
