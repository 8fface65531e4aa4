/** The present time, for what moves on without an answer of the server. */

/** How often the time moves on, in milliseconds. */
const EVERY_MS = 15_000;

/** Returns the present time in epoch milliseconds; to be called while a component is set up. */
export function useClock(): { readonly now: number } {
	let now = $state(Date.now());
	$effect(() => {
		const timer = setInterval(() => (now = Date.now()), EVERY_MS);
		return () => clearInterval(timer);
	});
	return {
		get now() {
			return now;
		}
	};
}
