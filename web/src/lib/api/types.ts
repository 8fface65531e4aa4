/**
 * The shapes of the REST interface and of the WebSocket, as the server sends them.
 *
 * Those of the REST interface are generated from the server's own document (`schema.ts`); here they
 * have the names used by the page. The WebSocket is described in `docs/websocket.md`.
 */

import type { components } from './schema';

export type { paths } from './schema';
import type { Narrowed } from '$lib/sessions/narrowed';
import type { ResponsesOnly, Times } from '$lib/sessions/times';

type Schemas = components['schemas'];

export type ActivityStats = Schemas['ActivityStats'];
export type Audit = Schemas['Audit'];
export type Machine = Schemas['Machine'];
export type Machines = Schemas['Machines'];
export type ProofTotals = Schemas['ProofTotals'];
export type SealCorrection = Schemas['SealCorrection'];
export type SealedMonth = Schemas['SealedMonth'];
export type SealedMonths = Schemas['SealedMonths'];
export type Backup = Schemas['Backup'];
export type Backups = Schemas['Backups'];
export type BilledPart = Schemas['BilledPart'];
export type Block = Schemas['Block'];
export type Blocks = Schemas['Blocks'];
export type Alert = Schemas['Alert'];
export type AlertDelivery = Schemas['AlertDelivery'];
export type AlertRule = Schemas['AlertRule'];
export type Budget = Schemas['Budget'];
export type BudgetHistory = Schemas['BudgetHistory'];
export type BudgetReach = Schemas['BudgetReach'];
export type BudgetStatus = Schemas['BudgetStatus'];
export type BudgetUse = Schemas['BudgetUse'];
export type ListedChannel = Schemas['ListedChannel'];
export type NewAlertRule = Schemas['NewAlertRule'];
export type NewBudget = Schemas['NewBudget'];
export type CacheMiss = Schemas['CacheMiss'];
export type ChangeStats = Schemas['ChangeStats'];
export type WhyStats = Schemas['WhyStats'];
export type ByStats = Schemas['ByStats'];
export type CacheStats = Schemas['CacheStats'];
export type DriverStats = Schemas['DriverStats'];
export type ConcurrencyStats = Schemas['ConcurrencyStats'];
export type HookStats = Schemas['HookStats'];
export type WhatIfStats = Schemas['WhatIfStats'];
export type WorthStats = Schemas['WorthStats'];
export type ComparisonStats = Schemas['ComparisonStats'];
export type ChangedItem = Schemas['ChangedItem'];
export type Certainty = Schemas['Certainty'];
export type CoveredDay = Schemas['CoveredDay'];
export type DailyStats = Schemas['DailyStats'];
export type Day = Schemas['Day'];
export type ExplainedResponse = Schemas['ExplainedResponse'];
export type FoldersOfProject = Schemas['FoldersOfProject'];
export type Forecasts = Schemas['Forecasts'];
export type PeriodForecast = Schemas['PeriodForecast'];
export type ImportedUsage = Schemas['ImportedUsage'];
export type Health = Schemas['Health'];
export type ConditionCode = Schemas['ConditionCode'];
export type HealthCondition = Schemas['HealthCondition'];
export type History = Schemas['History'];
export type Ingest = Schemas['Ingest'];
export type LimitCalibrations = Schemas['LimitCalibrations'];
export type Limits = Schemas['Limits'];
export type Links = Schemas['Links'];
export type LoggedLine = Schemas['LoggedLine'];
export type Marker = Schemas['Marker'];
export type Markers = Schemas['Markers'];
export type Meta = Schemas['Meta'];
export type MissingResponses = Schemas['MissingResponses'];
export type ModelStats = Schemas['ModelStats'];
export type ModelUsage = Schemas['Model'];
export type NewLink = Schemas['NewLink'];
export type NewTeamInvite = Schemas['NewTeamInvite'];
export type Team = Schemas['Team'];
export type TeamInvite = Schemas['TeamInvite'];
export type TeamMachine = Schemas['TeamMachine'];
export type Now = Schemas['NowAnswer'];
export type Note = Schemas['Note'];
export type Notes = Schemas['Notes'];
export type Price = Schemas['Price'];
export type ProjectBeforeAndAfter = Schemas['ProjectBeforeAndAfter'];
export type ProjectPreview = Schemas['ProjectPreview'];
export type ProjectRules = Schemas['ProjectRules'];
export type ProjectStats = Schemas['ProjectStats'];
export type ReadOnlyLink = Schemas['ReadOnlyLink'];
export type Restore = Schemas['Restore'];
export type Retention = Schemas['Retention'];
export type ProjectUsage = Schemas['Project'];
export type Session = Schemas['Session'];
export type SharedUsage = Schemas['SharedUsage'];
export type SessionDetail = Schemas['SessionDetail'];
export type SessionResponse = Schemas['Response'];
export type SessionResponses = Schemas['SessionResponses'];
export type Sessions = Schemas['Sessions'];
export type SavedView = Schemas['View'];
export type SavedViews = Schemas['Views'];
export type SavedQuery = Schemas['SavedQuery'];
export type SavedQueries = Schemas['SavedQueries'];
export type SqlRows = Schemas['SqlRows'];
export type SqlViews = Schemas['SqlViews'];
export type Snapshot = Schemas['Snapshot'];
export type Sources = Schemas['SourceStats'];
export type StartFolder = Schemas['StartFolder'];
export type Stats = Schemas['Stats'];
export type StatsCacheDay = Schemas['StatsCacheDay'];
export type Targets = Schemas['Targets'];
export type TargetsChange = Schemas['TargetsChange'];
export type ToolStats = Schemas['ToolStats'];
export type ToolUsage = Schemas['ToolUsage'];
export type TrendSeries = Schemas['TrendSeries'];
export type TrendStats = Schemas['TrendStats'];
export type UnreadHomes = Schemas['UnreadHomes'];
export type Unlogged = Schemas['Unlogged'];
export type Usage = Schemas['Usage'];
export type Witness = Schemas['Witness'];

/** Tokens by the kinds that are priced apart; the kinds do not overlap. */
export type Tokens = Pick<
	Usage,
	| 'input_tokens'
	| 'output_tokens'
	| 'cache_read_tokens'
	| 'cache_write_5m_tokens'
	| 'cache_write_1h_tokens'
>;

/** A difference to the previous period; `null` where one side is unknown or the base is zero. */
export type Change = Schemas['CountChange'];

/** The days that something is compared with. */
export type PreviousPeriod = Schemas['PreviousPeriod'];

/** The figures with a change. */
export type ChangedField = keyof Schemas['StatsChange'];

/** A table to be had as a file. */
export type ExportRequest = Omit<Schemas['ExportRequest'], 'dataset' | 'format'> & {
	dataset: ExportedDataset;
	format: 'csv' | 'json' | 'ndjson';
};

/** What can be exported. */
export type ExportedDataset =
	| 'daily'
	| 'models'
	| 'daily-models'
	| 'projects'
	| 'daily-projects'
	| 'sessions'
	| 'tools'
	| 'blocks'
	| 'changes'
	| 'responses'
	| 'notes'
	| 'views'
	| 'focus';

/** An error as RFC 9457 (`application/problem+json`) writes it; of a foreign one less is known. */
export type Problem = Pick<Schemas['Problem'], 'type' | 'title' | 'status'> &
	Partial<Schemas['Problem']>;

export type Setting = Schemas['SettingInForce'];
export type ComparedSession = Schemas['ComparedSession'];
export type Config = Schemas['Config'];

export type Range =
	| 'today'
	| 'yesterday'
	| 'this-week'
	| 'last-week'
	| 'this-month'
	| 'last-month'
	| '7d'
	| '30d'
	| '90d'
	| '1y'
	| 'all';

/** The day that weeks begin on. */
export type WeekStart =
	'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

/** What a period can be compared with. */
export type Compare = 'previous' | 'same-weekdays' | 'year' | 'none';

/** What every report can be asked for; of a list, what matches any of its values. */
export interface Filter {
	range?: Range;
	/** First day, in place of a range. */
	from?: string;
	/** Last day, inclusive. */
	to?: string;
	/** Only what was used from a moment on, and before another one. */
	since?: string;
	until?: string;
	/** The day that weeks of a range or a bucket begin on; Monday when it is left out. */
	week_start?: WeekStart;
	/** IANA zone; the server's own when it is left out. */
	tz?: string;
	project?: string[];
	model?: string[];
	session?: string[];
	/** Claude homes. */
	home?: string[];
	/** Only what subagents used, or only the rest. */
	sidechain?: boolean;
	/** Whether requests that only telemetry reports are included; the server's setting when it is left out. */
	unlogged?: boolean;
}

/** What can be exported, and as what. */
export interface ExportQuestion {
	dataset: ExportedDataset;
	format: 'csv' | 'json' | 'ndjson';
	filter: Filter & Times & ResponsesOnly & Narrowed & SoughtSessions & Omit<Changes, 'limit'>;
	/** The fields, in order; all of them when they are left out. */
	fields?: string[];
}

/** Which part of a list is asked for, and in which order. */
export interface Page {
	/** 1..500. */
	limit?: number;
	/** What the part before gave as `next_cursor`. */
	cursor?: string;
	sort?: 'started_at' | 'last_at' | 'cost_usd' | 'total_tokens';
	order?: 'asc' | 'desc';
}

/** Which sessions are selected, besides by their usage. */
export interface SoughtSessions {
	/** All of these words are in the project or the branch, or begin the id. */
	search?: string;
	active?: true;
}

/** By what responses are sorted. */
export type ResponseSort = 'at' | 'cost_usd' | 'output_tokens';

/** What the changes between two periods are asked for. */
export interface Changes {
	by?: 'model' | 'project' | 'tool' | 'session' | 'agent' | 'skill' | 'version';
	metric?: Exclude<Metric, 'sessions' | 'cache_hit_rate' | 'cache_saving_usd'>;
	compare?: Compare;
	limit?: number;
}

/** What a trend shows. */
export interface Trend {
	metric?: Metric;
	bucket?: 'hour' | 'day' | 'week' | 'month';
	group?: 'none' | 'model' | 'project' | 'kind';
	series?: number;
	compare?: Compare;
}

/** A metric of usage. */
export type Metric =
	| 'cost_usd'
	| 'total_tokens'
	| 'input_tokens'
	| 'output_tokens'
	| 'cache_read_tokens'
	| 'cache_write_5m_tokens'
	| 'cache_write_1h_tokens'
	| 'responses'
	| 'sessions'
	| 'cache_hit_rate'
	| 'cache_saving_usd';

interface Envelope<Type extends string, Data> {
	v: 1;
	type: Type;
	seq: number;
	at: string;
	data: Data;
}

/** What a change touched: days in the zone that was subscribed with. */
export interface ChangedPart {
	date: string;
	project: string;
	model: string;
}

/** Messages of the server over the WebSocket that the page handles. */
export type ServerMessage =
	| Envelope<
			'connected',
			{
				server_version: string;
				protocol: number;
				instance_id: string;
				seq: number;
				data_version: number;
				heartbeat_s: number;
			}
	  >
	| Envelope<
			'stats_update',
			{
				data_version: number;
				tz: string;
				changed: ChangedPart[];
				session_ids: string[];
				/** Whether anything else may have changed too. */
				more: boolean;
				today: Usage;
				totals: Usage;
			}
	  >
	| Envelope<'data_update', { data_version: number }>
	| Envelope<'ingest', Ingest>
	| Envelope<'block_update' | 'limits_update' | 'health', unknown>
	| Envelope<'personal_update', { version: number }>
	| Envelope<'resync', { mode: 'replay' | 'full' }>
	| Envelope<'error', { type: string; title: string; detail: string; fatal: boolean }>
	| Envelope<'ping' | 'pong', { nonce: string | number }>;

/** What a page can listen to. */
export type Topic = 'stats' | 'sessions' | 'blocks' | 'ingest' | 'limits' | 'health' | 'personal';
