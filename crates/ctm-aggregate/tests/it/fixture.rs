//! Rows and a catalog to make ledgers of.

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use ctm_aggregate::{DateRange, Ledger};
use ctm_pricing::PriceBook;
use ctm_types::{
    Billing, BillingId, Catalog, EpochMs, FolderId, HomeId, ProjectId, SessionId, Slot, TokenCounts, UsageRow,
};

/// Models that have a price, have had several, have none for the cache, or have none at all.
pub(crate) const MODELS: [&str; 8] = [
    "claude-opus-4-5-20251101",
    "claude-sonnet-4-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-2.1",
    "claude-opus-99",
    "glm-5",
    "",
];

pub(crate) const OPUS: i64 = 0;
pub(crate) const SONNET: i64 = 1;
pub(crate) const SONNET_5_5: i64 = 2;
pub(crate) const CLAUDE_2: i64 = 4;
pub(crate) const FUTURE: i64 = 5;
/// Opus by batch, which costs half.
pub(crate) const OPUS_BATCH: i64 = 8;

/// A catalog of [`MODELS`] by index, of five sessions and projects, and of two homes.
pub(crate) fn catalog() -> Catalog {
    let billing = |model: &str| Billing { model: model.to_owned(), ..Billing::default() };
    let mut billings: Vec<Billing> = MODELS.into_iter().map(billing).collect();
    billings.push(Billing { service_tier: Some("batch".to_owned()), ..billing(MODELS[0]) });
    Catalog {
        sessions: (0..5).map(|id| (SessionId(id), format!("session-{id}"))).collect(),
        projects: (0..5).map(|id| (ProjectId(id), format!("/project/{id}"))).collect(),
        homes: (0..2).map(|id| (HomeId(id), format!("/home/{id}"))).collect(),
        billings: (0..).map(BillingId).zip(billings).collect(),
    }
}

/// A row of one response with a million input tokens.
pub(crate) fn row(at: &str, session: i64, project: i64, billing: i64) -> UsageRow {
    let at_ms = DateTime::parse_from_rfc3339(at).unwrap().timestamp_millis();
    UsageRow {
        slot: Slot::of(EpochMs(at_ms)),
        session: SessionId(session),
        project: ProjectId(project),
        folder: FolderId(project),
        home: HomeId(project % 2),
        billing: BillingId(billing),
        context_band: 0,
        sidechain: false,
        tokens: TokenCounts { input: 1_000_000, ..TokenCounts::default() },
        web_searches: 0,
        responses: 1,
        unfinalised: 0,
        first_ms: EpochMs(at_ms),
        last_ms: EpochMs(at_ms),
    }
}

pub(crate) fn ledger(rows: &[UsageRow], tz: Tz) -> Ledger {
    Ledger::new(rows, &catalog(), &PriceBook::builtin(), tz)
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn range(from: &str, to: &str) -> DateRange {
    DateRange::new(date(from), date(to)).unwrap()
}
