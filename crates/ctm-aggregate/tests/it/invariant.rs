//! Reports agree, whatever they group by.

use crate::blocks::windows;
use crate::fixture::{MODELS, catalog, ledger};
use chrono::Weekday;
use chrono_tz::Tz;
use ctm_aggregate::blocks::blocks;
use ctm_aggregate::trend::by_hour_of_week;
use ctm_aggregate::{
    Amounts, Bucket, Buckets, DateRange, Grain, Ledger, LedgerSums, NamedUsage, PeriodModels, Span, Split,
    Step, Trend, Usage,
};
use ctm_pricing::PriceBook;
use ctm_types::{BillingId, EpochMs, FolderId, HomeId, ProjectId, SessionId, Slot, TokenCounts, UsageRow};
use proptest::prelude::*;
use std::ops::Range;

/// 1971 to 2100 in slots.
const SLOTS: Range<i64> = 35_040..4_558_464;

/// Rows of a few years; ids go one beyond the catalog.
pub(crate) fn rows() -> impl Strategy<Value = Vec<UsageRow>> {
    let count = || prop_oneof![Just(0), 0..1_u64 << 40];
    let tokens = (count(), count(), count(), count(), count()).prop_map(
        |(input, output, cache_read, cache_write_5m, cache_write_1h)| TokenCounts {
            input,
            output,
            cache_read,
            cache_write_5m,
            cache_write_1h,
        },
    );
    let row = (
        0..70_000_i64,
        (0..6_i64, 0..6_i64, 0..MODELS.len() as i64 + 2),
        0..3_u8,
        tokens,
        (0..5_u64, 0..3_u64, 0..3_u64),
        any::<bool>(),
    );
    let row = row.prop_map(|(slot, (session, project, billing), context_band, tokens, counts, sidechain)| {
        let (web_searches, responses, unfinalised) = counts;
        UsageRow {
            slot: Slot(slot),
            session: SessionId(session),
            project: ProjectId(project),
            folder: FolderId(project),
            home: HomeId((session + project) % 3),
            billing: BillingId(billing),
            context_band,
            sidechain,
            tokens,
            web_searches,
            responses,
            unfinalised,
            first_ms: EpochMs(slot),
            last_ms: EpochMs(slot),
        }
    });
    (SLOTS, prop::collection::vec(row, 1..40)).prop_map(|(first, mut rows)| {
        for row in &mut rows {
            row.slot.0 += first;
            row.first_ms = row.slot.start() + 1;
            row.last_ms = row.slot.start() + 2;
        }
        rows
    })
}

fn sum<'a>(parts: impl IntoIterator<Item = &'a Usage>) -> Usage {
    let mut sum = Usage::default();
    for part in parts {
        sum += part;
    }
    sum
}

/// Any time that a database can hold: of these years, at the edges of what is stored or written,
/// and anything else.
fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![
        1_767_225_600_000..1_830_297_600_000_i64,
        prop::sample::select(vec![
            i64::MIN,
            i64::MIN + 1,
            -62_135_596_800_001,
            -62_135_596_800_000,
            -1,
            0,
            253_402_300_799_999,
            253_402_300_800_000,
            i64::MAX - 1,
            i64::MAX,
        ]),
        any::<i64>(),
    ]
}

proptest! {
    #[test]
    fn reports_add_up_whatever_the_dates_are(
        rows in rows(),
        times in prop::collection::vec(any_time(), 40),
        tz in prop::sample::select(chrono_tz::TZ_VARIANTS.as_slice()),
    ) {
        let rows: Vec<UsageRow> = rows.into_iter().zip(&times).map(|(row, at_ms)| {
            let at_ms = EpochMs(*at_ms);
            UsageRow { slot: Slot::of(at_ms), first_ms: at_ms, last_ms: at_ms, ..row }
        }).collect();
        let ledger = ledger(&rows, tz);
        let total = ledger.total();
        let range = ledger.days_of_use().unwrap();
        let bounds = range.bounds_ms(tz);
        prop_assert!(rows.iter().all(|row| bounds.contains(&row.slot.start())));
        prop_assert_eq!(&ledger.within(range).total(), &total);
        for bucket in [Bucket::Day, Bucket::Week(Weekday::Mon), Bucket::Month] {
            let parts: Vec<Usage> = ledger.used_buckets(bucket).map(|(_, part)| part.total()).collect();
            prop_assert!(parts.len() <= rows.len());
            prop_assert_eq!(&sum(&parts), &total);
        }
        let (catalog, prices) = (catalog(), PriceBook::builtin());
        for step in [Step::Hour, Step::Calendar(Bucket::Day), Step::Calendar(Bucket::Month)] {
            let buckets = Buckets::with_usage(range, step, tz, rows.iter().map(|row| row.slot));
            prop_assert!(buckets.len() <= rows.len());
            let trend = Trend::new(&rows, &catalog, &prices, &buckets, Split::Model, 3);
            prop_assert_eq!(&sum(&trend.total.buckets), &total);
            prop_assert_eq!(&sum(trend.series.iter().map(|series| &series.whole)), &total);
        }
        let grid = by_hour_of_week(&rows, &catalog, &prices, tz);
        prop_assert_eq!(&sum(grid.iter().flatten()), &total);
        let windows = windows(&rows);
        for block in blocks(&windows, &rows, &catalog, &prices) {
            for now_ms in [EpochMs::MIN, EpochMs(0), EpochMs::MAX] {
                let _ = block.pace(now_ms);
            }
        }
        prop_assert_eq!(
            &sum(blocks(&windows, &rows, &catalog, &prices).iter().map(|block| &block.usage)),
            &total
        );
    }

    #[test]
    fn a_ledger_is_the_same_whatever_its_grain_and_the_parts_of_its_rows(
        (rows, parts) in rows().prop_flat_map(|rows| {
            let twice = [rows.clone(), rows].concat();
            let parts = prop::collection::vec(0..5_usize, twice.len());
            (Just(twice).prop_shuffle(), parts)
        }),
        tz in prop::sample::select(chrono_tz::TZ_VARIANTS.as_slice()),
    ) {
        let (catalog, prices) = (catalog(), PriceBook::builtin());
        let whole = ledger(&rows, tz);
        for grain in [Grain::Day, Grain::Project, Grain::Session] {
            let mut sums = LedgerSums::new(tz, grain);
            for part in 0..5 {
                sums.add(rows.iter().zip(&parts).filter(|(_, of)| **of == part).map(|(row, _)| row));
            }
            let reports = |ledger: &Ledger| -> (Vec<PeriodModels>, Vec<NamedUsage>, [Option<Vec<NamedUsage>>; 2]) {
                let days = ledger.used_buckets(Bucket::Day).map(|(first_day, part)| PeriodModels {
                    first_day,
                    usage: part.total(),
                    models: part.usage_by_model(),
                });
                let projects = (grain != Grain::Day).then(|| ledger.by_project());
                let sessions = (grain == Grain::Session).then(|| ledger.by_session());
                (days.collect(), ledger.by_home(), [projects, sessions])
            };
            prop_assert_eq!(reports(&sums.priced(&catalog, &prices)), reports(&whole));
        }
    }

    #[test]
    fn every_report_adds_up_to_the_total(
        rows in rows(),
        tz in proptest::sample::select(chrono_tz::TZ_VARIANTS.as_slice()),
    ) {
        let ledger = ledger(&rows, tz);
        let total = ledger.total();
        let range = ledger.days_of_use().unwrap();

        let mut counted = Amounts::default();
        for row in &rows {
            counted.tokens += row.tokens;
            counted.responses += row.responses;
            counted.unfinalised += row.unfinalised;
            counted.web_searches += row.web_searches;
        }
        counted.span = Some(Span {
            first_ms: rows.iter().map(|row| row.first_ms).min().unwrap(),
            last_ms: rows.iter().map(|row| row.last_ms).max().unwrap(),
        });
        counted.cost = total.amounts.cost;
        counted.priced_tokens = total.amounts.priced_tokens;
        counted.unpriced_tokens = total.amounts.unpriced_tokens;
        counted.unpriced_web_searches = total.amounts.unpriced_web_searches;
        counted.cache_saving = total.amounts.cache_saving;
        prop_assert_eq!(total.amounts, counted);
        prop_assert_eq!(
            total.amounts.priced_tokens + total.amounts.unpriced_tokens,
            total.amounts.tokens.total()
        );

        for bucket in [
            Bucket::Day,
            Bucket::Week(Weekday::Mon),
            Bucket::Week(Weekday::Sun),
            Bucket::Month,
        ] {
            let periods = ledger.by_bucket_and_model(range, bucket);
            prop_assert_eq!(&sum(periods.iter().map(|period| &period.usage)), &total);
            for period in &periods {
                prop_assert_eq!(&sum(period.models.iter().map(|model| &model.usage)), &period.usage);
            }
            let plain = ledger.by_bucket(range, bucket);
            prop_assert!(plain.iter().map(|period| &period.usage).eq(periods.iter().map(|period| &period.usage)));
        }
        prop_assert_eq!(ledger.by_day(range).len(), range.day_count());
        prop_assert_eq!(&sum(ledger.by_project().iter().map(|project| &project.usage)), &total);
        prop_assert_eq!(&sum(ledger.by_session().iter().map(|session| &session.usage)), &total);
        prop_assert_eq!(&sum(ledger.by_home().iter().map(|home| &home.usage)), &total);
        for named in ledger.by_project() {
            let models = &ledger.models_by_project()[&named.name];
            prop_assert_eq!(&sum(models.iter().map(|model| &model.usage)), &named.usage);
        }
        for named in ledger.by_session() {
            let models = &ledger.models_by_session()[&named.name];
            prop_assert_eq!(&sum(models.iter().map(|model| &model.usage)), &named.usage);
        }
        let models = ledger.by_model();
        prop_assert_eq!(&sum(models.iter().map(|model| &model.usage)), &total);
        for model in &models {
            let mut priced = Amounts::default();
            for used in &model.priced_as {
                priced += used.amounts;
            }
            prop_assert_eq!(priced.cost, model.usage.amounts.cost);
            prop_assert_eq!(priced.priced_tokens, model.usage.amounts.priced_tokens);
        }

        let mut sparks = Amounts::default();
        for amounts in ledger.project_sparks(range).into_values().flatten() {
            sparks += amounts;
        }
        prop_assert_eq!(sparks, total.amounts);

        let unpriced = ledger.unpriced_models();
        let tokens: u64 = unpriced.iter().map(|model| model.tokens).sum();
        let web_searches: u64 = unpriced.iter().map(|model| model.web_searches).sum();
        prop_assert_eq!(tokens, total.amounts.unpriced_tokens);
        prop_assert_eq!(web_searches, total.amounts.unpriced_web_searches);
    }

    #[test]
    fn subagents_are_the_usage_of_their_rows_in_every_report(
        rows in rows(),
        tz in proptest::sample::select(chrono_tz::TZ_VARIANTS.as_slice()),
    ) {
        let whole = ledger(&rows, tz);
        let (subagents, main): (Vec<_>, Vec<_>) = rows.iter().copied().partition(|row| row.sidechain);
        let [subagents, main] = [subagents, main].map(|rows| ledger(&rows, tz));
        let reports = |ledger: &Ledger| {
            [ledger.usage_by_model(), ledger.by_project(), ledger.by_session(), ledger.by_home()]
        };
        let of = |reports: &[NamedUsage], name: &str| {
            reports.iter().find(|named| *named.name == *name).map_or_else(Usage::default, |named| named.usage.clone())
        };
        let parts = reports(&subagents).into_iter().zip(reports(&main));
        for (items, (subagents, main)) in reports(&whole).into_iter().zip(parts) {
            for NamedUsage { name, usage } in &items {
                let of_subagents = of(&subagents, name);
                prop_assert_eq!(usage.subagents, of_subagents.amounts);
                prop_assert_eq!(&sum([&of_subagents, &of(&main, name)]), usage);
            }
        }
        prop_assert_eq!(whole.total().subagents, subagents.total().amounts);
        prop_assert_eq!(main.total().subagents, Amounts::default());
        for session in whole.by_session_and_project() {
            prop_assert_eq!(session.usage, of(&whole.by_session(), &session.session));
        }
    }

    #[test]
    fn the_order_of_rows_and_how_they_are_summed_change_nothing(rows in rows(), at in any::<prop::sample::Index>()) {
        let whole = ledger(&rows, Tz::Asia__Kathmandu);
        let mut turned = rows.clone();
        turned.rotate_left(at.index(rows.len()));
        // A row can as well be two that add up to it.
        let mut halves = Vec::new();
        for row in &turned {
            let half = UsageRow {
                tokens: TokenCounts { input: row.tokens.input / 2, ..TokenCounts::default() },
                web_searches: 0,
                responses: 0,
                unfinalised: 0,
                ..*row
            };
            let mut rest = *row;
            rest.tokens.input -= half.tokens.input;
            halves.extend([half, rest]);
        }
        let summed = ledger(&halves, Tz::Asia__Kathmandu);
        let range = whole.days_of_use().unwrap();
        prop_assert_eq!(whole.by_day_and_model(range), summed.by_day_and_model(range));
        prop_assert_eq!(whole.by_model(), summed.by_model());
        prop_assert_eq!(whole.by_session(), summed.by_session());
        prop_assert_eq!(whole.by_home(), summed.by_home());
        prop_assert_eq!(whole.unpriced_models(), summed.unpriced_models());
    }

    #[test]
    fn a_part_of_the_days_is_a_ledger_of_the_rows_on_them(
        rows in rows(),
        tz in proptest::sample::select(chrono_tz::TZ_VARIANTS.as_slice()),
        days in (0..400_u64, 0..400_u64),
    ) {
        let whole = ledger(&rows, tz);
        let first = whole.days_of_use().unwrap().from() + chrono::Days::new(days.0);
        let range = DateRange::new(first, first + chrono::Days::new(days.1)).unwrap();
        let bounds = range.bounds_ms(tz);
        let inside: Vec<_> = rows.into_iter().filter(|row| bounds.contains(&row.slot.start())).collect();
        let part = ledger(&inside, tz);
        prop_assert_eq!(whole.within(range).total(), part.total());
        prop_assert_eq!(whole.within(range).by_project(), part.by_project());
        prop_assert_eq!(whole.within(range).days_of_use(), part.days_of_use());
    }
}
