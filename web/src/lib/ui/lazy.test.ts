import { afterEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS } from '../../testing/patience';
import { lazy } from './lazy';

afterEach(() => vi.restoreAllMocks());

const network = (onLine: boolean) => vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(onLine);

test('imports once where nothing fails', async () => {
	const load = vi.fn(() => Promise.resolve('code'));
	expect(await lazy(load)).toBe('code');
	expect(load).toHaveBeenCalledTimes(1);
});

test('waits for the network, however often it is lost', async () => {
	network(false);
	let lost = 0;
	const load = vi.fn(() =>
		++lost > 2 ? Promise.resolve('code') : Promise.reject(new Error('lost'))
	);
	const code = lazy(load);
	for (const loads of [1, 2]) {
		await vi.waitFor(() => expect(load).toHaveBeenCalledTimes(loads), PATIENCE_MS);
		// Only once it waits for the network is that heard.
		await new Promise((resolve) => setTimeout(resolve));
		dispatchEvent(new Event('online'));
	}
	expect(await code).toBe('code');
	expect(load).toHaveBeenCalledTimes(3);
});

test.each(['before', 'after'])(
	'repeats an import where the network was lost %s its start and is back before it fails',
	async (when) => {
		network(when === 'after');
		let fail: (error: Error) => void = () => {};
		const load = vi
			.fn(() => Promise.resolve('code'))
			.mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
		const code = lazy(load);
		if (when === 'after') dispatchEvent(new Event('offline'));
		network(true);
		fail(new Error('lost'));
		expect(await code).toBe('code');
		expect(load).toHaveBeenCalledTimes(2);
	}
);

test('fails where the network is there and the code is not', async () => {
	network(true);
	const load = vi.fn(() => Promise.reject(new Error('404')));
	await expect(lazy(load)).rejects.toThrow('404');
	expect(load).toHaveBeenCalledTimes(1);
});
