/**
 * The fields of each dataset, in the order of the server.
 *
 * The server's document does not list them; a test in the browser (`tests/numbers.spec.ts`) compares
 * them with the first line of real files.
 */

import type { ExportQuestion } from '$lib/api/types';

export type Dataset = ExportQuestion['dataset'];

const TOKENS = [
	'input_tokens',
	'output_tokens',
	'cache_read_tokens',
	'cache_write_5m_tokens',
	'cache_write_1h_tokens',
	'total_tokens',
	'cost_usd'
] as const;

const USAGE = [
	...TOKENS,
	'web_searches',
	'responses',
	'sessions',
	'cache_hit_rate',
	'unpriced_tokens',
	'unfinalised_responses',
	'certainty',
	'subagent_responses',
	'subagent_tokens',
	'subagent_cost_usd'
] as const;

export const FIELDS: Record<Dataset, readonly string[]> = {
	daily: ['date', ...USAGE],
	models: ['model', 'priced_as', ...USAGE],
	'daily-models': ['date', 'model', ...USAGE],
	projects: ['project', ...USAGE],
	'daily-projects': ['date', 'project', ...USAGE],
	sessions: ['session', 'project', 'branch', 'started_at', 'ended_at', ...USAGE],
	tools: [
		'tool',
		'mcp_server',
		'calls',
		'errors',
		'error_rate',
		'sessions',
		'last_at',
		'certainty'
	],
	blocks: [
		'start_at',
		'end_at',
		'first_at',
		'last_at',
		'active',
		...USAGE,
		'burn_tokens_per_min',
		'burn_usd_per_h',
		'projected_tokens',
		'projected_cost_usd'
	],
	changes: [
		'key',
		'project',
		'presence',
		'previous',
		'previous_certainty',
		'current',
		'current_certainty',
		'difference',
		'certainty'
	],
	responses: [
		'key',
		'at',
		'session',
		'project',
		'cwd',
		'model',
		...TOKENS,
		'unpriced_tokens',
		'web_searches',
		'context_tokens',
		'sidechain',
		'agent',
		'copies',
		'final',
		'file',
		'line_offset',
		'skill',
		'plugin',
		'attributed_agent',
		'mcp_server',
		'mcp_tool',
		'effort',
		'thinking_tokens',
		'cache_miss_reason',
		'cache_missed_tokens',
		'refusal_category',
		'entrypoint',
		'team',
		'teammate',
		'certainty'
	],
	notes: ['id', 'date', 'text', 'created_at', 'changed_at', 'certainty'],
	views: ['id', 'name', 'path', 'created_at', 'changed_at', 'certainty'],
	focus: [
		'BilledCost',
		'BillingAccountId',
		'BillingAccountName',
		'BillingCurrency',
		'BillingPeriodEnd',
		'BillingPeriodStart',
		'ChargeCategory',
		'ChargeClass',
		'ChargeDescription',
		'ChargeFrequency',
		'ChargePeriodEnd',
		'ChargePeriodStart',
		'ConsumedQuantity',
		'ConsumedUnit',
		'ContractedCost',
		'ContractedUnitPrice',
		'EffectiveCost',
		'InvoiceId',
		'InvoiceIssuerName',
		'ListCost',
		'ListUnitPrice',
		'PricingCategory',
		'PricingQuantity',
		'PricingUnit',
		'ProviderName',
		'PublisherName',
		'ServiceCategory',
		'ServiceName',
		'ServiceSubcategory',
		'SkuId',
		'SkuMeter',
		'SkuPriceDetails',
		'SkuPriceId',
		'Tags',
		'x_Certainty',
		'x_Model'
	]
};

export const DATASETS = [
	'daily',
	'models',
	'daily-models',
	'projects',
	'daily-projects',
	'sessions',
	'tools',
	'blocks',
	'changes',
	'responses',
	'notes',
	'views',
	'focus'
] as const;
