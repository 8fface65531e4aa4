//! Benchmark of a quote.

use criterion::Criterion;
use ctm_pricing::PriceBook;
use ctm_types::{Billing, EpochMs, TokenCounts};
use std::hint::black_box;

/// 2026-01-15, 10:00 UTC.
const AT_MS: EpochMs = EpochMs(1_768_471_200_000);

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    quotes(&mut criterion);
    criterion.final_summary();
}

fn quotes(criterion: &mut Criterion) {
    let book = PriceBook::builtin();
    let tokens = TokenCounts {
        input: 3,
        output: 1_288,
        cache_read: 104_233,
        cache_write_5m: 21_367,
        cache_write_1h: 55,
    };
    let plain = |model: &str| Billing { model: model.to_owned(), ..Billing::default() };
    let batch = Billing { service_tier: Some("batch".to_owned()), ..plain("claude-opus-4-5-20251101") };
    let regional = plain("eu.anthropic.claude-sonnet-4-5-20250929-v1:0");
    let billings = [
        ("a listed name", plain("claude-opus-4-5-20251101")),
        ("a batch", batch),
        ("a regional endpoint", regional),
        ("an unknown name", plain("glm-5")),
    ];
    let mut group = criterion.benchmark_group("quote");
    for (name, billing) in &billings {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                let band = book.context_band(black_box(tokens.prompt()));
                book.quote(black_box(billing), Some(AT_MS), band)
            });
        });
    }
    group.finish();

    let quote = book.quote(&billings[0].1, Some(AT_MS), 0);
    criterion.bench_function("cost", |bencher| bencher.iter(|| quote.cost(black_box(&tokens), 1)));
}
