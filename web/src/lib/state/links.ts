/** Where the page of a single thing is; {@link import('./filter.svelte').FilterState.href} adds the filter. */

/** Returns the page of a project, a path of any characters. */
export function projectPath(project: string): string {
	return `/projects/${encodeURIComponent(project)}`;
}

/** Returns the page of a session. */
export function sessionPath(id: string): string {
	return `/sessions/${encodeURIComponent(id)}`;
}
