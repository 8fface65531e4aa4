/** What SvelteKit's `$app/paths` is where there is no SvelteKit: the gallery is at the root. */

export const resolve = (path: string) => path;
