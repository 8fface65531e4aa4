//! Benchmark of reports: a ledger of 100,000 rows, and folds of it.

use chrono_tz::Tz;
use criterion::{Criterion, Throughput};
use ctm_aggregate::Ledger;
use ctm_pricing::PriceBook;
use ctm_types::{
    Billing, BillingId, Catalog, FolderId, HomeId, ProjectId, SessionId, Slot, TokenCounts, UsageRow,
};
use std::hint::black_box;

const ROWS: i64 = 100_000;

/// A year, in slots, and its first one.
const SLOTS: i64 = 365 * 96;
const FIRST_SLOT: i64 = 1_960_000;

const SESSIONS: i64 = 2_000;
const PROJECTS: i64 = 20;
const MODELS: [&str; 5] = [
    "claude-opus-4-5-20251101",
    "claude-sonnet-4-5",
    "claude-opus-4-6",
    "claude-haiku-4-5-20251001",
    "glm-5",
];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    folds(&mut criterion);
    criterion.final_summary();
}

fn folds(criterion: &mut Criterion) {
    let (rows, catalog, book) = (rows(), catalog(), PriceBook::builtin());
    let make = || Ledger::new(black_box(&rows), &catalog, &book, Tz::Europe__Berlin);
    let ledger = make();
    let range = ledger.days_of_use().expect("there are rows");

    let mut group = criterion.benchmark_group("100,000 rows");
    group.throughput(Throughput::Elements(ROWS.unsigned_abs()));
    group.sample_size(30);
    group.bench_function("Ledger::new", |bencher| bencher.iter(make));
    group.bench_function("total", |bencher| bencher.iter(|| black_box(&ledger).total()));
    group.bench_function("by_day", |bencher| bencher.iter(|| black_box(&ledger).by_day(range)));
    group.bench_function("by_model", |bencher| bencher.iter(|| black_box(&ledger).by_model()));
    group.bench_function("by_project", |bencher| bencher.iter(|| black_box(&ledger).by_project()));
    group.finish();
}

/// Rows of a year in the order of time: each session lasts some hours, in one project.
fn rows() -> Vec<UsageRow> {
    (0..ROWS)
        .map(|number| {
            let slot = Slot(FIRST_SLOT + number * SLOTS / ROWS);
            let session = number * SESSIONS / ROWS;
            let counts = number.unsigned_abs();
            UsageRow {
                slot,
                session: SessionId(session),
                project: ProjectId(session % PROJECTS),
                folder: FolderId(session % PROJECTS),
                home: HomeId(session % 2),
                billing: BillingId(number % 5),
                context_band: 0,
                sidechain: false,
                tokens: TokenCounts {
                    input: counts % 10,
                    output: counts % 5_000,
                    cache_read: counts % 150_000,
                    cache_write_5m: counts % 20_000,
                    cache_write_1h: 0,
                },
                web_searches: 0,
                responses: 3,
                unfinalised: 0,
                first_ms: slot.start(),
                last_ms: slot.start() + 1,
            }
        })
        .collect()
}

fn catalog() -> Catalog {
    let billing = |model: &str| Billing { model: model.to_owned(), ..Billing::default() };
    Catalog {
        sessions: (0..SESSIONS).map(|id| (SessionId(id), format!("session-{id}"))).collect(),
        projects: (0..PROJECTS).map(|id| (ProjectId(id), format!("/home/u/src/{id}"))).collect(),
        homes: (0..2).map(|id| (HomeId(id), format!("/home/u/claude/{id}"))).collect(),
        billings: (0..).map(BillingId).zip(MODELS.map(billing)).collect(),
    }
}
