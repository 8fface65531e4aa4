/**
 * Imports code of the page that is needed later: `lazy(() => import('./Chart.svelte'))`.
 *
 * Without a network the import waits for it. Any other failure rejects.
 */
export async function lazy<Code>(load: () => Promise<Code>): Promise<Code> {
	try {
		return await load();
	} catch (error) {
		if (navigator.onLine) throw error;
		await new Promise((resolve) => addEventListener('online', resolve, { once: true }));
		return lazy(load);
	}
}
