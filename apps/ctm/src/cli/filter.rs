//! Filter arguments of a command.

use crate::error::AppError;
use chrono::{Months, NaiveDate, Weekday};
use chrono_tz::Tz;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use ctm_aggregate::{Bucket, RangePreset};
use ctm_facts::UsageFilter;
use ctm_report::{Compare, Period, Query, Reporter, SoughtSessions, WEEKDAYS};
use ctm_types::PicoUsd;

/// The periods that a period can be compared with, by their names.
pub(super) const PREVIOUS: [(&str, Compare); 3] =
    [("previous", Compare::Previous), ("same-weekdays", Compare::SameWeekdays), ("year", Compare::Year)];

/// The filter of every report.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filter")]
pub(super) struct FilterArgs {
    /// Days to report: today, yesterday, this-week, last-week, this-month, last-month, any number of days as
    /// 7d, 1y or all [default: all]
    #[arg(long, conflicts_with_all = ["from", "to", "last"])]
    pub(super) range: Option<RangePreset>,
    /// First day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", value_parser = day, visible_alias = "since")]
    pub(super) from: Option<NaiveDate>,
    /// Last day, as YYYY-MM-DD
    #[arg(long, value_name = "DAY", value_parser = day, visible_alias = "until")]
    pub(super) to: Option<NaiveDate>,
    /// The last COUNT days, including today; weeks in `weekly`, months in `monthly`
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["from", "to"],
        value_parser = clap::value_parser!(u16).range(1..=i64::from(RangePreset::MAX_DAYS)))]
    pub(super) last: Option<u16>,
    /// First day of a week [default: monday]
    #[arg(long, value_name = "DAY", value_parser = weekday(), visible_alias = "start-of-week")]
    week_start: Option<Weekday>,
    /// Only this project, by name; may be repeated
    #[arg(long, value_name = "PROJECT", allow_hyphen_values = true)]
    pub(super) project: Vec<String>,
    /// Only usage from this working directory; may be repeated
    #[arg(long, value_name = "DIR", allow_hyphen_values = true)]
    pub(super) cwd: Vec<String>,
    /// Only this model, as logged; may be repeated
    #[arg(long)]
    pub(super) model: Vec<String>,
    /// Only the session with this id; may be repeated
    #[arg(long, value_name = "ID")]
    pub(super) session: Vec<String>,
    #[command(flatten)]
    pub(super) homes: HomeArgs,
    /// Only subagents, or only main conversations
    #[arg(long, value_name = "BOOL")]
    pub(super) sidechain: Option<bool>,
    /// Include requests that only telemetry reports, or not [default: `count_unlogged`]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) unlogged: Option<bool>,
}

/// The sessions to select.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filter")]
pub(super) struct SoughtArgs {
    /// Only sessions with all of these words in their project or branch, or at the beginning of their id
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    pub(super) search: Option<String>,
    /// Only active sessions
    #[arg(long)]
    pub(super) active: bool,
}

impl SoughtArgs {
    pub(super) fn sought(&self) -> SoughtSessions {
        SoughtSessions::new(self.search.as_deref().unwrap_or_default(), self.active.then_some(true))
    }
}

/// Returns a parser of the names in a table.
pub(super) fn named<T: Copy + Send + Sync + 'static>(
    table: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    let names: Vec<&'static str> = table.iter().map(|(name, _)| *name).collect();
    PossibleValuesParser::new(names).try_map(move |name| {
        let found = table.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value).ok_or("unknown name")
    })
}

/// Parses an amount of US dollars.
pub(super) fn amount(text: &str) -> Result<PicoUsd, String> {
    let amount: Option<PicoUsd> = text.strip_prefix('$').unwrap_or(text).parse().ok();
    amount
        .filter(|amount| *amount > PicoUsd::ZERO)
        .ok_or_else(|| "an amount of dollars above 0, such as 20 or 12.50".to_owned())
}

/// The homes of a filter.
#[derive(Debug, Default, Args)]
pub(super) struct HomeArgs {
    /// Only this Claude home, by its label or path; may be repeated
    #[arg(long, value_name = "HOME")]
    home: Vec<String>,
    /// An older name of `--home`
    #[arg(long, value_name = "HOME", hide = true, conflicts_with = "home")]
    source: Vec<String>,
}

impl HomeArgs {
    /// Returns the paths of the homes; none are all.
    pub(super) fn paths(&self, reporter: &Reporter) -> Vec<String> {
        self.home.iter().chain(&self.source).flat_map(|label| reporter.homes().paths(label)).collect()
    }
}

impl FilterArgs {
    /// Returns whether no days are specified.
    pub(super) fn is_of_all_days(&self) -> bool {
        self.range.is_none() && self.from.is_none() && self.to.is_none() && self.last.is_none()
    }

    /// Returns the question, in days of a zone; `--last` counts in buckets.
    pub(super) fn query(&self, reporter: &Reporter, tz: Tz, bucket: Bucket) -> Result<Query, AppError> {
        Ok(Query {
            period: self.period(reporter.today(tz), bucket)?,
            tz,
            filter: UsageFilter {
                projects: self.project.clone(),
                folders: self.cwd.clone(),
                models: self.model.clone(),
                sessions: self.session.clone(),
                homes: self.homes.paths(reporter),
                sidechain: self.sidechain,
                unlogged: self.unlogged.unwrap_or(reporter.counts_unlogged()),
                ..UsageFilter::default()
            },
        })
    }

    /// Returns the first day of a week.
    pub(super) fn week_start(&self) -> Weekday {
        self.week_start.unwrap_or(Weekday::Mon)
    }

    fn period(&self, today: NaiveDate, bucket: Bucket) -> Result<Period, AppError> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(AppError::Query(format!("--from is {from}, after --to, which is {to}")));
        }
        Ok(match (self.range, self.last) {
            (Some(preset), _) => Period::Preset(preset.with_week_start(self.week_start())),
            (None, Some(last)) => {
                Period::Between { from: Some(first_day(today, bucket, last)), to: Some(today) }
            }
            (None, None) if self.is_of_all_days() => Period::ALL,
            (None, None) => Period::Between { from: self.from, to: self.to },
        })
    }
}

/// Returns the first day of the last buckets, including that of today.
fn first_day(today: NaiveDate, bucket: Bucket, last: u16) -> NaiveDate {
    let before = u32::from(last.saturating_sub(1));
    let current = bucket.first_day(today);
    let first = match bucket {
        Bucket::Day => current.checked_sub_days(chrono::Days::new(before.into())),
        Bucket::Week(_) => current.checked_sub_days(chrono::Days::new(7 * u64::from(before))),
        Bucket::Month => current.checked_sub_months(Months::new(before)),
    };
    first.unwrap_or_default().max(NaiveDate::default())
}

/// Parses a day of the week by its name.
pub(super) fn weekday() -> impl TypedValueParser<Value = Weekday> {
    PossibleValuesParser::new(WEEKDAYS.map(|(name, _)| name))
        .try_map(|name| name.parse::<Weekday>().map_err(|_| "not a day of the week"))
}

/// Parses a day in either form: `2026-03-07` or `20260307`.
pub(super) fn day(text: &str) -> Result<NaiveDate, String> {
    // The parser would accept days and months of one digit.
    let form = match text.len() {
        10 => "%Y-%m-%d",
        8 if text.bytes().all(|byte| byte.is_ascii_digit()) => "%Y%m%d",
        _ => return Err("a day is written as YYYY-MM-DD".to_owned()),
    };
    NaiveDate::parse_from_str(text, form).map_err(|_| "a day is written as YYYY-MM-DD".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Weekday;

    #[test]
    fn last_counts_in_days_weeks_or_months_with_the_current_one() {
        // A Wednesday.
        let today = day("2026-03-11").unwrap();
        let check = |bucket, last, expected: &str| {
            assert_eq!(first_day(today, bucket, last).to_string(), expected, "{bucket:?} {last}");
        };
        check(Bucket::Day, 1, "2026-03-11");
        check(Bucket::Day, 30, "2026-02-10");
        check(Bucket::Week(Weekday::Mon), 1, "2026-03-09");
        check(Bucket::Week(Weekday::Thu), 2, "2026-02-26");
        check(Bucket::Month, 1, "2026-03-01");
        check(Bucket::Month, 3, "2026-01-01");
        check(Bucket::Month, 3660, "1970-01-01");
    }

    #[test]
    fn days_have_two_forms() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(day(text).ok().map(|day| day.to_string()).as_deref(), expected, "{text}");
        };
        check("2026-03-07", Some("2026-03-07"));
        check("20260307", Some("2026-03-07"));
        check("2026-3-7", None);
        check("2026-13-45", None);
        check("2026-3-07", None);
    }
}
