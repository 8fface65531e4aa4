/** Keeps the screen on while the wall is shown, in browsers that can. */

/** Keeps the screen awake until the returned function is called. */
export function keepAwake(): () => void {
	let lock: WakeLockSentinel | null = null;
	let over = false;

	/** A hidden tab loses its lock, and gets another one when it is shown. */
	async function request() {
		if (document.visibilityState !== 'visible' || (lock && !lock.released)) return;
		try {
			lock = await navigator.wakeLock.request('screen');
			if (over) void lock.release();
		} catch {
			// The system refuses, for example with a low battery.
		}
	}

	if (!('wakeLock' in navigator)) return () => {};
	void request();
	document.addEventListener('visibilitychange', request);
	return () => {
		over = true;
		document.removeEventListener('visibilitychange', request);
		void lock?.release();
	};
}
