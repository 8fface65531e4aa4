import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Alert } from '$lib/api/types';
import { alerting } from './alerting.svelte';
import { notifyOfRaised } from './raised';

/** The titles and tags of what was shown. */
let shown: string[];

beforeEach(() => {
	shown = [];
	localStorage.clear();
	vi.stubGlobal('Notification', function (title: string, { tag }: NotificationOptions) {
		shown.push(`${tag}: ${title}`);
	});
});

afterEach(() => vi.unstubAllGlobals());

const alert = (id: string, is_test = false): Alert => ({
	id,
	at: '2026-03-11T10:00:00.000Z',
	rule: 'soft',
	watches: 'budget',
	is_test,
	deliveries: [],
	en: { title: `${id} is at 83 %`, text: '' },
	zh: { title: `${id} 已用 83 %`, text: '' }
});

/** Notifies while the server has these alerts, the newest first; returns what is shown. */
async function notified(language: 'en' | 'zh', ...items: Alert[]): Promise<string[]> {
	vi.stubGlobal('fetch', async () => Response.json({ items }));
	await notifyOfRaised(language);
	return shown.splice(0);
}

test('an alert is shown once, also after a reload, and those of before are not', async () => {
	expect(await notified('en', alert('a'))).toEqual([]);
	expect(await notified('en', alert('b'), alert('a'))).toEqual(['ctm b: b is at 83 %']);
	expect(await notified('en', alert('b'), alert('a'))).toEqual([]);
	// A page that is opened later knows what this one has shown, and shows what was raised meanwhile.
	vi.resetModules();
	const later = await import('./raised');
	vi.stubGlobal('fetch', async () => Response.json({ items: [alert('c'), alert('b')] }));
	await later.notifyOfRaised('zh');
	expect(shown.splice(0)).toEqual(['ctm c: c 已用 83 %']);
});

test('the first alert of all is shown, and a test is marked', async () => {
	expect(await notified('en')).toEqual([]);
	expect(await notified('en', alert('a', true))).toEqual(['ctm a: Test: a is at 83 %']);
});

test('of many alerts the newest are shown, and an overtaken answer repeats none', async () => {
	await notified('en', alert('old'));
	const many = Array.from({ length: 200 }, (_, at) => alert(`a${at}`));
	expect(await notified('en', ...many)).toEqual(
		[4, 3, 2, 1, 0].map((at) => `ctm a${at}: a${at} is at 83 %`)
	);
	expect(await notified('en', alert('old'))).toEqual([]);
	expect(await notified('en', ...many)).toEqual([]);
});

test('what is raised while nobody wants to be notified is not shown afterwards', async () => {
	alerting.isWanted = true;
	await notified('en', alert('a'));
	alerting.isWanted = false;
	alerting.isWanted = true;
	expect(await notified('en', alert('b'), alert('a'))).toEqual([]);
});

test('a server that refuses is no news', async () => {
	await notified('en', alert('a'));
	vi.stubGlobal('fetch', async () => new Response('{}', { status: 403 }));
	await notifyOfRaised('en');
	expect(shown).toEqual([]);
	expect(await notified('en', alert('a'))).toEqual([]);
});
