import { expect, test } from 'vitest';
import type { ConditionCode, HealthCondition } from '$lib/api/types';
import { health } from '../../testing/answers';
import { bannerOf } from './banner';

const condition = (code: ConditionCode, severity: HealthCondition['severity'] = 'degraded') => ({
	code,
	severity,
	since: '2026-01-30T11:00:00Z',
	message: code
});
const unreachable = { type: 'about:blank', title: '', status: 0 };

test('a server that is away comes before everything else', () => {
	const full = health({ conditions: [condition('database_full', 'unhealthy')] });
	expect(bannerOf(full, unreachable)).toEqual({ kind: 'away', unseen: false });
	expect(bannerOf(null, unreachable)).toEqual({ kind: 'away', unseen: true });
	expect(bannerOf(null, { ...unreachable, status: 503 })).toBeNull();
});

test.each([
	condition('database_full', 'unhealthy'),
	condition('reading_failed', 'unhealthy'),
	condition('database_locked'),
	condition('home_unreadable'),
	condition('reading_behind')
])('figures that are older than the transcripts are reported: $code', (found) => {
	const conditions = [condition('log_failing'), found];
	expect(bannerOf(health({ conditions }), null)).toEqual({
		kind: 'condition',
		condition: found,
		others: 0
	});
});

test('there is one banner for all conditions', () => {
	const conditions = [condition('database_full', 'unhealthy'), condition('home_unreadable')];
	expect(bannerOf(health({ conditions }), null)).toMatchObject({ others: 1 });
});

test('figures that are up to date need none', () => {
	const conditions = [condition('watcher_polling'), condition('log_failing')];
	expect(bannerOf(health({ conditions }), null)).toBeNull();
	expect(bannerOf(health(), null)).toBeNull();
});

test('without any figures a missing home is reported by the page itself', () => {
	const conditions = [condition('home_unreadable')];
	const database = { ...health().database, has_usage: false };
	expect(bannerOf(health({ conditions, database }), null)).toBeNull();
	const full = [...conditions, condition('database_full', 'unhealthy')];
	expect(bannerOf(health({ conditions: full, database }), null)).toMatchObject({ others: 0 });
});

test('a demonstration is one', () => {
	expect(bannerOf(health({ demo: true }), null)).toEqual({ kind: 'demo' });
	expect(
		bannerOf(health({ demo: true, conditions: [condition('reading_behind')] }), null)
	).toMatchObject({ kind: 'condition' });
});

test('a read-only link says until when', () => {
	const read_only = { scope: 'project', names: false, until: '2026-03-10T10:00:00Z' } as const;
	expect(bannerOf(health({ read_only }), null)).toEqual({
		kind: 'read_only',
		until: read_only.until,
		demo: false
	});
});
