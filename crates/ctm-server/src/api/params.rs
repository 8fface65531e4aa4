//! Query parameters: all that are wrong are named at once.

use super::Context;
use crate::http::{FieldError, Problem};
use actix_web::{HttpRequest, web};
use chrono::NaiveDate;
use chrono_tz::Tz;
use ctm_aggregate::{Bucket, Metric, RangePreset, Split, Step};
use ctm_facts::UsageFilter;
use ctm_report::{
    Compare, MAX_LIMIT, METRICS, Order, PageQuery, PageSort, Period, Query, SPLITS, STEPS, TrendQuery,
};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Series of a trend, unless it is said otherwise; the rest is one more.
const MOST_SERIES: usize = 8;

/// The longest range of dates that can be asked for, in days: ten years and more. An end that is
/// left open is today in this, because that is what it mostly is.
const MAX_DAYS: i64 = 3_660;

/// Parameters that every report understands.
const FILTER: [&str; 10] =
    ["from", "to", "range", "tz", "project", "cwd", "model", "session", "source", "sidechain"];

/// Parameters that are lists in the body of a request; everything else is one text, but [`SWITCH`].
const LISTS: [&str; 6] = ["project", "cwd", "model", "session", "source", "fields"];

/// Parameters that are booleans in the body of a request.
const SWITCH: &str = "sidechain";

/// Parameters that every list understands.
const PAGE: [&str; 3] = ["limit", "cursor", "order"];

/// The parameters of a request, and what is wrong with them.
pub(super) struct Params {
    values: BTreeMap<String, Vec<String>>,
    errors: Vec<FieldError>,
}

impl Params {
    /// Takes the parameters of a request. Those of [`FILTER`] and `others` are known.
    pub(super) fn of_report(request: &HttpRequest, others: &[&str]) -> Self {
        Self::of(request, FILTER.iter().chain(others))
    }

    /// Takes the parameters of a request. Those of [`FILTER`], [`PAGE`] and `others` are known.
    pub(super) fn of_filtered_list(request: &HttpRequest, others: &[&str]) -> Self {
        Self::of(request, FILTER.iter().chain(&PAGE).chain(others))
    }

    /// Takes the parameters of a request. Those of [`PAGE`] and `others` are known.
    pub(super) fn of_list(request: &HttpRequest, others: &[&str]) -> Self {
        Self::of(request, PAGE.iter().chain(others))
    }

    /// Takes the parameters of a request. Only `known` ones may be there.
    pub(super) fn of<'a>(request: &HttpRequest, known: impl Iterator<Item = &'a &'a str>) -> Self {
        let known: Vec<&str> = known.copied().collect();
        let mut params = Self { values: BTreeMap::new(), errors: Vec::new() };
        let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let Ok(pairs) = pairs else {
            params.refuse("query", "malformed", "the query string is not understood".to_owned());
            return params;
        };
        for (name, value) in pairs.into_inner() {
            if known.contains(&name.as_str()) {
                params.values.entry(name).or_default().push(value);
            } else if !params.errors.iter().any(|error| error.field == name) {
                let message = if known.is_empty() {
                    format!("`{name}` is no parameter; there are none")
                } else {
                    format!("`{name}` is no parameter; there are {}", known.join(", "))
                };
                params.refuse(&name, "unknown_parameter", message);
            }
        }
        params
    }

    /// Takes what the body of a request says: the filter of [`FILTER`] in an object of its own, and
    /// beside it what is exported.
    pub(super) fn of_body(request: &HttpRequest, body: &Map<String, Value>) -> Self {
        let mut params = Self::of(request, [].iter());
        params.take(body, &["dataset", "format", "fields", "filter"]);
        match body.get("filter") {
            None | Some(Value::Null) => {}
            Some(Value::Object(filter)) => params.take(filter, &FILTER),
            Some(_) => params.refuse("filter", "invalid", "`filter` is no object".to_owned()),
        }
        params
    }

    /// Takes the members of an object as parameters: a list is one that is repeated.
    fn take(&mut self, object: &Map<String, Value>, known: &[&str]) {
        for (name, value) in object {
            if !known.contains(&name.as_str()) {
                let message = format!("`{name}` is no field; there are {}", known.join(", "));
                self.refuse(name, "unknown_parameter", message);
            } else if name != "filter" && !value.is_null() {
                match values(name, value) {
                    Ok(values) => {
                        self.values.insert(name.clone(), values);
                    }
                    Err(kind) => self.refuse(name, "invalid", format!("`{name}` is not {kind}")),
                }
            }
        }
    }

    /// Returns the one value of a parameter that has a few named ones and may not be missing.
    pub(super) fn required<T: Copy>(&mut self, name: &str, allowed: &[(&str, T)]) -> Option<T> {
        if !self.values.contains_key(name) && !self.errors.iter().any(|error| error.field == name) {
            let names: Vec<_> = allowed.iter().map(|(name, _)| *name).collect();
            let message = format!("`{name}` is missing; allowed: {}", names.join(", "));
            self.refuse(name, "missing", message);
        }
        self.one_of(name, allowed)
    }

    /// Returns the fields that are wanted.
    pub(super) fn fields(&mut self) -> Vec<String> {
        self.all("fields")
    }

    /// Returns what is wrong, if anything.
    pub(super) fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::BadRequest(self.errors)) }
    }

    /// Returns the question.
    pub(super) fn query(&mut self, context: &Context) -> Query {
        let tz = self.tz().unwrap_or(context.settings.tz);
        Query {
            period: self.period(context.reporter.today(tz)),
            tz,
            filter: UsageFilter {
                projects: self.all("project"),
                folders: self.all("cwd"),
                models: self.all("model"),
                sessions: self.all("session"),
                homes: self.homes(context),
                sidechain: self.one_of("sidechain", &[("true", true), ("false", false)]),
                ..UsageFilter::default()
            },
        }
    }

    /// Returns the paths of the homes that are asked for.
    pub(super) fn homes(&mut self, context: &Context) -> Vec<String> {
        self.all("source").iter().map(|label| context.reporter.homes().root(label)).collect()
    }

    /// Returns the zone.
    pub(super) fn tz(&mut self) -> Option<Tz> {
        self.one("tz", "an IANA time zone such as Europe/Berlin", |text| text.parse().ok())
    }

    /// Returns the version of the WebSocket's protocol, whichever it is: a client that wants one
    /// that there is not is refused in its own way.
    pub(super) fn version(&mut self) -> Option<String> {
        self.one("v", "a version", |text| Some(text.to_owned()))
    }

    /// Returns what to compare with.
    pub(super) fn compare(&mut self) -> Compare {
        let compare = [("none", Compare::None), ("previous", Compare::Previous), ("year", Compare::Year)];
        self.one_of("compare", &compare).unwrap_or_default()
    }

    /// Returns whether the report is wanted by model.
    pub(super) fn breakdown(&mut self) -> bool {
        self.one_of("breakdown", &[("model", true), ("none", false)]).unwrap_or_default()
    }

    /// Returns the figure that is wanted.
    pub(super) fn metric(&mut self) -> Metric {
        self.one_of("metric", &METRICS).unwrap_or(Metric::Cost)
    }

    /// Returns what a trend shows.
    pub(super) fn trend(&mut self) -> TrendQuery {
        let split = self.one_of("group", &SPLITS).unwrap_or(Split::Nothing);
        let metric = self.metric();
        if split == Split::Kind && !matches!(metric, Metric::Cost | Metric::TotalTokens) {
            let message = "`group=kind` goes with `metric=cost_usd` and `metric=total_tokens`".to_owned();
            self.refuse("group", "conflict", message);
        }
        let most_series = self
            .one("series", "1 to 100", |text| text.parse().ok().filter(|series| (1..=100).contains(series)));
        TrendQuery {
            metric,
            split,
            step: self.one_of("bucket", &STEPS).unwrap_or(Step::Calendar(Bucket::Day)),
            most_series: most_series.unwrap_or(MOST_SERIES),
            compare: self.compare(),
        }
    }

    /// Returns whether only what is active is wanted, or only what is not.
    pub(super) fn active(&mut self) -> Option<bool> {
        self.one_of("active", &[("true", true), ("false", false)])
    }

    /// Returns what a list is sorted by.
    pub(super) fn sort(&mut self, default: PageSort) -> PageSort {
        let sorts = [
            ("started_at", PageSort::StartedAt),
            ("last_at", PageSort::LastAt),
            ("cost_usd", PageSort::Cost),
            ("total_tokens", PageSort::Tokens),
        ];
        self.one_of("sort", &sorts).unwrap_or(default)
    }

    /// Returns which page is wanted, of a list that is sorted by `sort`.
    pub(super) fn page(&mut self, sort: PageSort, default: Order) -> PageQuery {
        let order = self.one_of("order", &[("asc", Order::Ascending), ("desc", Order::Descending)]);
        let limit = self.one("limit", &format!("1 to {MAX_LIMIT}"), |text| {
            text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit))
        });
        PageQuery {
            limit: Some(limit.unwrap_or(50)),
            cursor: self.one("cursor", "what `next_cursor` gave", |text| Some(text.to_owned())),
            sort,
            order: order.unwrap_or(default),
        }
    }

    /// Returns the first and the last day; an end that is left open is today in their limit.
    pub(super) fn days(&mut self, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
        // The day that is read is written in one way only: years have four digits and no sign.
        let date = |text: &str| text.parse().ok().filter(|date: &NaiveDate| date.to_string() == text);
        let from = self.one("from", "a day as YYYY-MM-DD", date);
        let to = self.one("to", "a day as YYYY-MM-DD", date);
        let (first, last) = (from.unwrap_or(today), to.unwrap_or(today));
        if from.is_some() && to.is_some() && first > last {
            self.refuse("from", "reversed", format!("`from` is {first}, after `to`, which is {last}"));
        } else if (last - first).num_days() >= MAX_DAYS {
            let field = if from.is_some() { "from" } else { "to" };
            self.refuse(field, "too_long", format!("from {first} to {last} is more than {MAX_DAYS} days"));
        }
        (from, to)
    }

    fn period(&mut self, today: NaiveDate) -> Period {
        let (from, to) = self.days(today);
        let range =
            self.one("range", "today, 1d to 3660d, 1y or all", |text| text.parse::<RangePreset>().ok());
        if range.is_some() && (from.is_some() || to.is_some()) {
            self.refuse("range", "conflict", "`range` and `from` or `to` exclude each other".to_owned());
        }
        match (range, from, to) {
            (Some(preset), ..) => Period::Preset(preset),
            (None, None, None) => Period::ALL,
            (None, from, to) => Period::Between { from, to },
        }
    }

    fn all(&mut self, name: &str) -> Vec<String> {
        self.values.get(name).cloned().unwrap_or_default()
    }

    /// Returns the one value of a parameter that has a few named ones.
    fn one_of<T: Copy>(&mut self, name: &str, allowed: &[(&str, T)]) -> Option<T> {
        let names: Vec<_> = allowed.iter().map(|(name, _)| *name).collect();
        let find = |text: &str| allowed.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        self.one(name, &names.join(", "), find)
    }

    /// Returns the one value of a parameter.
    fn one<T>(&mut self, name: &str, allowed: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = match self.values.get(name).map(Vec::as_slice) {
            None => return None,
            Some([value]) => value.clone(),
            Some(_) => {
                self.refuse(name, "repeated", format!("`{name}` is there more than once"));
                return None;
            }
        };
        let parsed = parse(&value);
        if parsed.is_none() {
            let shown: String = value.chars().take(100).collect();
            self.refuse(name, "invalid", format!("`{name}` is `{shown}`; allowed: {allowed}"));
        }
        parsed
    }

    fn refuse(&mut self, field: &str, code: &'static str, message: String) {
        self.errors.push(FieldError { field: field.to_owned(), code, message });
    }
}

/// Returns a member of an object as the texts that it would be in a query, or what it has to be.
fn values(name: &str, value: &Value) -> Result<Vec<String>, &'static str> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if LISTS.contains(&name) {
        let texts = value.as_array().and_then(|items| items.iter().map(text).collect());
        texts.ok_or("a list of texts")
    } else if name == SWITCH {
        value.as_bool().map(|value| vec![value.to_string()]).ok_or("true or false")
    } else {
        text(value).map(|text| vec![text]).ok_or("a text")
    }
}
