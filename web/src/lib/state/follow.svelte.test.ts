import { flushSync } from 'svelte';
import { expect, test, vi } from 'vitest';
import type { Result } from '$lib/api/client';
import type { Meta } from '$lib/api/types';
import type { Announcement } from '$lib/live/changes';
import { meta } from '../../testing/answers';
import { followAnnounced } from './follow.svelte';
import { Kept } from './kept.svelte';

test('a version is requested once, unless it is shown, pending or irrelevant', async () => {
	const live = $state<{ announced: Announcement | null }>({ announced: null });
	const shown = new Kept<{ meta: Meta }>();
	const ask = vi.fn();
	let touched = true;
	const stop = $effect.root(() => followAnnounced(live, shown, () => touched, ask));
	const announce = (version: number, isOther = false) => {
		live.announced = { version, changes: null, isOther };
		flushSync();
	};
	const show = async (result: Result<{ meta: Meta }>) => {
		await shown.follow(Promise.resolve(result));
		flushSync();
	};
	const version = (data_version: number) =>
		({ ok: true, value: { meta: { ...meta, data_version } } }) as const;

	announce(1);
	await show(version(1));
	expect(ask, 'the first answer was on its way').toHaveBeenCalledTimes(0);
	announce(2);
	expect(ask, 'another version is shown').toHaveBeenCalledTimes(1);
	await show(version(1));
	expect(ask, 'an answer of an old version is no reason to ask on').toHaveBeenCalledTimes(1);
	touched = false;
	announce(3);
	expect(ask, 'nothing shown was touched').toHaveBeenCalledTimes(1);
	await show({ ok: false, problem: { type: 'about:blank', title: 'Busy', status: 503 } });
	announce(4);
	expect(ask, 'a problem may be over').toHaveBeenCalledTimes(2);
	touched = true;
	await show(version(4));
	announce(4);
	expect(ask, 'it is shown').toHaveBeenCalledTimes(2);
	announce(4, true);
	expect(ask, 'another database may have the same version').toHaveBeenCalledTimes(3);
	stop();
});
