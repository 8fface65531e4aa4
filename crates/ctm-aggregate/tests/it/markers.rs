//! First uses, and changed prices of models in use.

use crate::fixture::{FUTURE, OPUS, SONNET_5_5, catalog, date, row};
use chrono_tz::Tz;
use ctm_aggregate::markers::{FirstUses, ModelUses, first_versions};
use ctm_pricing::PriceBook;
use ctm_types::{EpochMs, SessionId, UsageRow, VersionUse};

fn uses(rows: &[UsageRow]) -> ModelUses {
    ModelUses::new(rows, &catalog(), &PriceBook::builtin())
}

fn named(firsts: &FirstUses) -> Vec<(String, Vec<&str>)> {
    let names =
        firsts.iter().map(|(day, names)| (day.to_string(), names.iter().map(|name| &**name).collect()));
    names.collect()
}

fn at(text: &str) -> EpochMs {
    row(text, 0, 0, OPUS).first_ms
}

#[test]
fn models_are_first_used_on_a_day_of_the_zone() {
    let rows = [
        row("2026-01-10T23:30:00Z", 0, 0, FUTURE),
        row("2026-01-12T10:00:00Z", 1, 0, OPUS),
        row("2026-01-10T20:00:00Z", 2, 1, OPUS),
    ];
    let firsts = |tz| uses(&rows).firsts(tz);
    assert_eq!(
        named(&firsts(Tz::UTC)),
        [("2026-01-10".to_owned(), vec!["claude-opus-4-5", "claude-opus-99"])]
    );
    assert_eq!(
        named(&firsts(Tz::Asia__Tokyo)),
        [("2026-01-11".to_owned(), vec!["claude-opus-4-5", "claude-opus-99"])]
    );
    assert_eq!(
        named(&firsts(Tz::Europe__Berlin)),
        [
            ("2026-01-10".to_owned(), vec!["claude-opus-4-5"]),
            ("2026-01-11".to_owned(), vec!["claude-opus-99"])
        ]
    );
}

#[test]
fn a_changed_price_is_an_event_while_its_model_is_in_use() {
    let book = PriceBook::builtin();
    let model = book.model_of("claude-sonnet-5-5").unwrap();
    let changed = model.prices[1].from.unwrap();
    let used_days_before = |days: i64| {
        let day = changed - chrono::Duration::days(days);
        uses(&[row(&format!("{day}T12:00:00Z"), 0, 0, SONNET_5_5)]).price_changes(&book)
    };
    for days in [1, 30] {
        let [change] = &used_days_before(days)[..] else { panic!("{days} days before") };
        assert_eq!((change.date, &*change.model), (changed, "claude-sonnet-5-5"));
        assert_eq!((&change.before, &change.after), (&model.prices[0], &model.prices[1]));
    }
    for days in [-1, 0, 31] {
        assert_eq!(used_days_before(days), [], "{days} days before");
    }
}

#[test]
fn a_version_is_first_used_at_the_start_of_a_session_or_within_it() {
    let rows = [row("2026-02-03T10:00:00Z", 0, 0, OPUS), row("2026-02-01T10:00:00Z", 1, 0, OPUS)];
    let of = |version: &str, session, first_ms: Option<&str>| VersionUse {
        version: version.to_owned(),
        session: SessionId(session),
        first_ms: first_ms.map(at),
    };
    let firsts = first_versions(
        &[
            of("2.0.1", 0, None),
            of("2.0.0", 1, Some("2026-02-01T10:00:00Z")),
            of("2.0.1", 1, Some("2026-02-02T09:00:00Z")),
            of("2.0.2", 1, Some("2026-02-02T08:00:00Z")),
            of("3.0.0", 4, None),
        ],
        &rows,
        Tz::UTC,
    );
    assert_eq!(
        named(&firsts),
        [("2026-02-01".to_owned(), vec!["2.0.0"]), ("2026-02-02".to_owned(), vec!["2.0.2", "2.0.1"])]
    );
    assert_eq!(firsts.keys().next(), Some(&date("2026-02-01")));
}
