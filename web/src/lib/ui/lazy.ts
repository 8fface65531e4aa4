/**
 * Imports code of the page that is needed later: `lazy(() => import('./Chart.svelte'))`.
 *
 * An import that the missing network failed is repeated once there is one, also where the network came
 * back before the import had failed. Any other failure rejects.
 */
export async function lazy<Code>(load: () => Promise<Code>): Promise<Code> {
	let lost = !navigator.onLine;
	const lose = () => (lost = true);
	addEventListener('offline', lose);
	try {
		return await load();
	} catch (error) {
		if (!lost && navigator.onLine) throw error;
	} finally {
		removeEventListener('offline', lose);
	}
	if (!navigator.onLine) {
		await new Promise((resolve) => addEventListener('online', resolve, { once: true }));
	}
	return lazy(load);
}
