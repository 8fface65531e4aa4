//! The parameters of a request; all invalid ones are reported at once.

use crate::operations::Operation;
use crate::parameter::{Described, Form, List, Parameter, Values};
use crate::parameters::{
    ACTIVE, ACTIVE_SESSIONS, AS_MODEL, BREAKDOWN, BUCKET, BUDGET_DAY, CACHE, CACHE_ITEMS, CHANGED, COMPARE,
    COMPARE_ITEMS, CURSOR, DATASET, DRIVER, EXPORT_FILTER, EXPORTED, FAILED, FIELDS, FILTER, FOLDER, FORMAT,
    FROM, GROUP, HOME, HOUR, IN_SAME_PROJECTS, ITEM, LANGUAGE, LIMIT, METRIC, MISSED, MODEL, MOST_CHANGED,
    MOST_ITEMS, MOVERS, NAMES, ONLY_MODEL, ORDER, PART, PRICES_ON, PROJECT, RANGE, REPORT_FORMAT,
    REPORT_ITEMS, RESPONSE_SORT, SAME_PROJECTS, SEARCH, SERIES, SESSION, SEVERAL_TOOLS, SIDECHAIN, SINCE,
    SORT, SUMMED_METRIC, TO, TOOL, UNLOGGED, UNTIL, VERSION, WEEK_START, WEEKDAY, WITHOUT, ZONE, item_of,
};
use crate::problem::{FieldError, Problem};
use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::what_if::Scenario;
use ctm_aggregate::{Bucket, HourOfWeek, Metric, Split, Step};
use ctm_document::Language;
use ctm_export::Format;
use ctm_facts::UsageFilter;
use ctm_report::export::ExportQuery;
use ctm_report::{
    BY, ByWhat, CacheBy, ChangeQuery, Compare, ComparedWhat, ComparisonQuery, Order, PageQuery, PageSort,
    Period, PeriodReportQuery, Query, Reporter, ResponsesQuery, SessionQuery, SoughtResponses,
    SoughtSessions, TrendQuery, WhatIfQuery, WhyQuery,
};
use ctm_types::Slot;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The longest range of dates, in days: ten years and more. An open end counts as today in this check,
/// because it usually is.
const MAX_DAYS: i64 = 3_660;

/// The member of an export body that contains the filter.
const NESTED: &str = "filter";

/// The parameters of a request, with their problems.
#[derive(Debug)]
pub struct Params {
    values: BTreeMap<&'static str, Vec<String>>,
    errors: Vec<FieldError>,
}

impl Params {
    /// Parses the query of a request to an operation.
    #[must_use]
    pub fn of(operation: &Operation, query: &str) -> Self {
        let known: Vec<_> = operation.parameters.iter().copied().flatten().copied().collect();
        let mut params = Self { values: BTreeMap::new(), errors: Vec::new() };
        let mut older = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match known.iter().find(|parameter| parameter.is_called(&name)) {
                Some(parameter) => {
                    older.push((parameter.name(), *name != *parameter.name()));
                    params.values.entry(parameter.name()).or_default().push(value.into_owned());
                }
                None if params.errors.iter().any(|error| error.field == name) => {}
                None => params.refuse_unknown("parameter", &name, known.iter().map(|known| known.name())),
            }
        }
        for parameter in &known {
            let is_given = |by_older| older.contains(&(parameter.name(), by_older));
            if is_given(true) && is_given(false) {
                params.refuse_both(*parameter);
            }
        }
        params
    }

    /// Parses the arguments of a call: the parameters of an operation as members of one object.
    #[must_use]
    pub fn of_arguments(operation: &Operation, arguments: &Map<String, Value>) -> Self {
        let known: Vec<_> = operation.parameters.iter().copied().flatten().copied().collect();
        let mut params = Self { values: BTreeMap::new(), errors: Vec::new() };
        params.take(arguments, &known, None);
        params
    }

    /// Parses an export request: the filter of a report in an object of its own, next to the parameters of
    /// the export.
    #[must_use]
    pub fn of_export(operation: &Operation, query: &str, body: &Map<String, Value>) -> Self {
        let mut params = Self::of(operation, query);
        params.take(body, &EXPORTED, Some(NESTED));
        match body.get(NESTED) {
            None | Some(Value::Null) => {}
            Some(Value::Object(filter)) => {
                let known: Vec<_> = FILTER.iter().chain(&EXPORT_FILTER).copied().collect();
                params.take(filter, &known, None);
            }
            Some(_) => params.refuse(NESTED, "invalid", format!("`{NESTED}` must be an object")),
        }
        params
    }

    /// Takes the members of an object as parameters, except the one called `nested`.
    fn take(&mut self, object: &Map<String, Value>, known: &[&'static dyn Described], nested: Option<&str>) {
        for (name, value) in object.iter().filter(|(name, _)| Some(name.as_str()) != nested) {
            let Some(parameter) = known.iter().find(|parameter| parameter.is_called(name)) else {
                self.refuse_unknown("field", name, known.iter().map(|known| known.name()).chain(nested));
                continue;
            };
            if value.is_null() {
                continue;
            }
            match texts(parameter.form(), value) {
                _ if self.values.contains_key(parameter.name()) => self.refuse_both(*parameter),
                Ok(values) => _ = self.values.insert(parameter.name(), values),
                Err(kind) => self.refuse(name, "invalid", format!("`{name}` must be {kind}")),
            }
        }
    }

    /// Returns the problems, if any.
    ///
    /// # Errors
    ///
    /// Fails with all invalid parameters.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::BadRequest(self.errors)) }
    }

    /// Returns the query, in days of `tz` unless another zone is given.
    pub fn query(&mut self, reporter: &Reporter, tz: Tz) -> Query {
        let tz = self.tz().unwrap_or(tz);
        let (from, until) = self.times();
        Query {
            period: self.period(reporter.today(tz)),
            tz,
            filter: UsageFilter {
                from,
                until,
                projects: self.all(&PROJECT),
                folders: self.all(&FOLDER),
                models: self.all(&MODEL),
                sessions: self.all(&SESSION),
                homes: self.homes(reporter),
                sidechain: self.one(&SIDECHAIN),
                unlogged: self.one(&UNLOGGED).unwrap_or(reporter.counts_unlogged()),
                ..UsageFilter::default()
            },
        }
    }

    /// Returns the filter by projects and homes.
    pub fn projects_and_homes(&mut self, reporter: &Reporter) -> UsageFilter {
        UsageFilter { projects: self.all(&PROJECT), homes: self.homes(reporter), ..UsageFilter::default() }
    }

    /// Returns the paths of the requested homes.
    pub fn homes(&mut self, reporter: &Reporter) -> Vec<String> {
        self.all(&HOME).iter().flat_map(|label| reporter.homes().paths(label)).collect()
    }

    /// Returns the zone.
    pub fn tz(&mut self) -> Option<Tz> {
        self.one(&ZONE)
    }

    /// Returns the version of the WebSocket protocol.
    pub fn version(&mut self) -> Option<String> {
        self.one(&VERSION)
    }

    /// Returns the period of comparison.
    pub fn compare(&mut self) -> Compare {
        self.one(&COMPARE).unwrap_or_default()
    }

    /// Returns the period of comparison of the items of a list: none unless one is requested.
    pub fn compare_items(&mut self) -> Compare {
        self.one(&COMPARE_ITEMS).unwrap_or(Compare::None)
    }

    /// Returns what is requested of the changes.
    pub fn changes(&mut self) -> ChangeQuery {
        ChangeQuery { limit: self.number(&MOST_CHANGED), ..self.changed() }
    }

    /// Returns the changes of all items.
    fn changed(&mut self) -> ChangeQuery {
        ChangeQuery {
            by: self.one(&CHANGED).unwrap_or_default(),
            metric: self.one(&SUMMED_METRIC).unwrap_or(Metric::Cost),
            compare: self.compare(),
            ..ChangeQuery::ALL
        }
    }

    /// Returns what is requested of the causes of a changed cost.
    pub fn why(&mut self) -> WhyQuery {
        WhyQuery { compare: self.compare(), limit: self.number(&MOVERS) }
    }

    /// Returns what is requested of a written report.
    pub fn period_report(&mut self) -> PeriodReportQuery {
        PeriodReportQuery {
            compare: self.compare(),
            week_start: self.week_start(),
            limit: self.number(&REPORT_ITEMS),
            names: self.one(&NAMES).unwrap_or_default(),
        }
    }

    /// Returns the format and the language of a written report; without a format, its figures are requested.
    pub fn written(&mut self) -> (Option<ctm_document::Format>, Language) {
        (self.one(&REPORT_FORMAT).flatten(), self.one(&LANGUAGE).unwrap_or_default())
    }

    /// Returns the maximum number of items of a report by what responses were made for.
    pub fn most_items(&mut self) -> usize {
        self.number(&MOST_ITEMS)
    }

    /// Returns the items that misses of the cache are listed by.
    pub fn cache_by(&mut self) -> CacheBy {
        self.one(&CACHE_ITEMS).unwrap_or_default()
    }

    /// Returns what is requested of a comparison.
    pub fn comparison(&mut self, by: ComparedWhat) -> ComparisonQuery {
        ComparisonQuery {
            by,
            items: self.all(&ITEM),
            same_projects: self.one(&SAME_PROJECTS).unwrap_or_default(),
        }
    }

    /// Returns what usage is priced by instead.
    pub fn what_if(&mut self, reporter: &Reporter) -> WhatIfQuery {
        let scenario = Scenario {
            part: self.one(&PART).unwrap_or_default(),
            prices_on: self.one(&PRICES_ON),
            model: self.priced_model(reporter),
        };
        WhatIfQuery { scenario, cache: self.one(&CACHE).unwrap_or_default() }
    }

    /// Returns the model whose prices are requested.
    fn priced_model(&mut self, reporter: &Reporter) -> Option<String> {
        let name = self.one(&AS_MODEL)?;
        let model = reporter.priced_model(&name);
        if model.is_none() {
            let shown: String = name.chars().take(100).collect();
            self.refuse(AS_MODEL.name, "invalid", format!("`as_model` is `{shown}`, which has no price"));
        }
        model
    }

    /// Returns whether days are broken down by model.
    pub fn breakdown(&mut self) -> bool {
        self.one(&BREAKDOWN).unwrap_or_default()
    }

    /// Returns the metric.
    pub fn metric(&mut self) -> Metric {
        self.one(&METRIC).unwrap_or(Metric::Cost)
    }

    /// Returns the options of a trend.
    pub fn trend(&mut self) -> TrendQuery {
        let split = self.one(&GROUP).unwrap_or(Split::Nothing);
        let metric = self.metric();
        if split == Split::Kind && !matches!(metric, Metric::Cost | Metric::TotalTokens) {
            let message = "`group=kind` requires `metric=cost_usd` or `metric=total_tokens`".to_owned();
            self.refuse(GROUP.name, "conflict", message);
        }
        TrendQuery {
            metric,
            split,
            most_series: self.number(&SERIES),
            step: self.step(),
            compare: self.compare(),
        }
    }

    /// Returns the length of a bucket.
    pub fn step(&mut self) -> Step {
        let step = self.one(&BUCKET).unwrap_or(Step::Calendar(Bucket::Day));
        step.with_week_start(self.week_start())
    }

    /// Returns the first day of a week.
    pub fn week_start(&mut self) -> Weekday {
        self.one(&WEEK_START).unwrap_or(Weekday::Mon)
    }

    /// Returns whether only the active block, or only past ones, are requested.
    pub fn active(&mut self) -> Option<bool> {
        self.one(&ACTIVE)
    }

    /// Returns the sort key of a list.
    pub fn sort(&mut self, default: PageSort) -> PageSort {
        self.one(&SORT).unwrap_or(default)
    }

    /// Returns the page of a list with the sort key `sort`.
    pub fn page(&mut self, sort: PageSort, default: Order) -> PageQuery {
        let order = self.one(&ORDER).unwrap_or(default);
        PageQuery { limit: Some(self.number(&LIMIT)), cursor: self.one(&CURSOR), sort, order }
    }

    /// Returns what is requested of sessions that are sorted by `sort`.
    pub fn sessions(&mut self, sort: PageSort) -> SessionQuery {
        let (page, compare) = (self.page(sort, Order::Descending), self.compare_items());
        SessionQuery { page, compare, hour_of_week: self.hour_of_week(), sought: self.sought() }
    }

    /// Returns the sessions to select.
    fn sought(&mut self) -> SoughtSessions {
        SoughtSessions::new(&self.one(&SEARCH).unwrap_or_default(), self.one(&ACTIVE_SESSIONS))
    }

    /// Returns the hour of the week, if one is requested.
    pub fn hour_of_week(&mut self) -> Option<HourOfWeek> {
        let (weekday, hour) = (self.one(&WEEKDAY), self.one(&HOUR));
        if weekday.is_some() != hour.is_some() {
            let (given, missing) =
                if weekday.is_some() { (WEEKDAY.name, HOUR.name) } else { (HOUR.name, WEEKDAY.name) };
            self.refuse(given, "conflict", format!("`{given}` requires `{missing}`"));
        }
        weekday
            .zip(hour)
            .map(|(weekday, hour)| HourOfWeek { weekday: weekday.num_days_from_monday() as usize, hour })
    }

    /// Returns the first slot of the times that are requested, and the first one after them.
    fn times(&mut self) -> (Option<Slot>, Option<Slot>) {
        let (since, until) = (self.one(&SINCE), self.one(&UNTIL));
        if let Some((since, until)) = since.zip(until)
            && since >= until
        {
            self.refuse(SINCE.name, "reversed", "`since` has to be before `until`".to_owned());
        }
        (since.map(Slot::of), until.map(Slot::after))
    }

    /// Returns the day at whose end budgets are shown.
    pub fn budget_day(&mut self) -> Option<NaiveDate> {
        self.one(&BUDGET_DAY)
    }

    /// Returns what is requested of responses.
    pub fn responses(&mut self) -> ResponsesQuery {
        ResponsesQuery {
            page: self.page(PageSort::StartedAt, Order::Descending),
            sort: self.one(&RESPONSE_SORT).unwrap_or_default(),
            only: self.sought_responses(),
        }
    }

    /// Returns the responses to select.
    fn sought_responses(&mut self) -> SoughtResponses {
        SoughtResponses {
            tool: self.one(&TOOL),
            failed: self.one(&FAILED).unwrap_or_default(),
            hour_of_week: self.hour_of_week(),
            driver: self.one(&DRIVER),
            missed: self.one(&MISSED),
            by: self.items_of_reports(),
            several_tools: self.one(&SEVERAL_TOOLS).unwrap_or_default(),
            only_model: self.one(&ONLY_MODEL),
            same_projects: self.one(&IN_SAME_PROJECTS),
        }
    }

    /// Returns the items of reports by what responses were made for.
    fn items_of_reports(&mut self) -> Vec<(ByWhat, Option<String>)> {
        let mut items: Vec<_> =
            BY.iter().filter_map(|(_, by)| Some((*by, Some(self.one(item_of(*by))?)))).collect();
        if let Some(by) = self.one(&WITHOUT) {
            if items.iter().any(|(of, _)| *of == by) {
                let name = item_of(by).name;
                self.refuse(WITHOUT.name, "conflict", format!("`without` excludes `{name}`"));
            }
            items.push((by, None));
        }
        items
    }

    /// Returns what is exported, and the format; both are required.
    pub fn exported(&mut self) -> Option<(ExportQuery, Format)> {
        let (dataset, format) = (self.required(&DATASET), self.required(&FORMAT));
        let given: Vec<_> =
            EXPORT_FILTER.iter().filter(|filter| self.values.contains_key(filter.name())).collect();
        let (only, sought) = (self.sought_responses(), self.sought());
        let changes = ChangeQuery { limit: usize::MAX, ..self.changed() };
        let dataset = dataset?;
        for filter in
            given.iter().map(|filter| filter.name()).filter(|name| !dataset.filters().contains(name))
        {
            let message = format!("`{filter}` does not apply to the data set `{}`", dataset.name());
            self.refuse(filter, "conflict", message);
        }
        Some((ExportQuery { dataset, only, sought, changes }, format?))
    }

    /// Returns the fields of an export.
    pub fn fields(&mut self) -> Vec<String> {
        self.all(&FIELDS)
    }

    /// Returns the first and the last day; an open end counts as today for the limit.
    pub fn days(&mut self, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let (from, to) = (self.one(&FROM), self.one(&TO));
        let (first, last) = (from.unwrap_or(today), to.unwrap_or(today));
        if from.is_some() && to.is_some() && first > last {
            self.refuse(FROM.name, "reversed", format!("`from` is {first}, after `to`, which is {last}"));
        } else if (last - first).num_days() >= MAX_DAYS {
            let field = if from.is_some() { FROM.name } else { TO.name };
            self.refuse(field, "too_long", format!("from {first} to {last} is more than {MAX_DAYS} days"));
        }
        (from, to)
    }

    fn period(&mut self, today: NaiveDate) -> Period {
        let (from, to) = self.days(today);
        let range = self.one(&RANGE);
        if range.is_some() && (from.is_some() || to.is_some()) {
            self.refuse(RANGE.name, "conflict", "`range` excludes `from` and `to`".to_owned());
        }
        let week_start = self.week_start();
        match (range, from, to) {
            (Some(preset), ..) => Period::Preset(preset.with_week_start(week_start)),
            (None, None, None) => Period::ALL,
            (None, from, to) => Period::Between { from, to },
        }
    }

    fn all(&self, list: &List) -> Vec<String> {
        self.values.get(list.name).cloned().unwrap_or_default()
    }

    /// Returns the number, or its default.
    fn number(&mut self, parameter: &Parameter<usize>) -> usize {
        let default = if let Values::Number { default, .. } = parameter.values { default } else { 0 };
        self.one(parameter).unwrap_or(default)
    }

    /// Returns the value of a required parameter.
    fn required<T: Clone>(&mut self, parameter: &Parameter<T>) -> Option<T> {
        let name = parameter.name;
        if !self.values.contains_key(name) && !self.errors.iter().any(|error| error.field == name) {
            let message = format!("`{name}` is missing; allowed: {}", parameter.allowed());
            self.refuse(name, "missing", message);
        }
        self.one(parameter)
    }

    /// Returns the value of a parameter.
    fn one<T: Clone>(&mut self, parameter: &Parameter<T>) -> Option<T> {
        let name = parameter.name;
        let value = match self.values.get(name).map(Vec::as_slice) {
            None => return None,
            Some([value]) => value.clone(),
            Some(_) => {
                self.refuse(name, "repeated", format!("`{name}` is given more than once"));
                return None;
            }
        };
        let parsed = parameter.parse(&value);
        if parsed.is_none() {
            let shown: String = value.chars().take(100).collect();
            let message = format!("`{name}` is `{shown}`; allowed: {}", parameter.allowed());
            self.refuse(name, "invalid", message);
        }
        parsed
    }

    fn refuse_unknown<'a>(&mut self, kind: &str, name: &str, known: impl Iterator<Item = &'a str>) {
        let known: Vec<_> = known.collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        self.refuse(name, "unknown_parameter", format!("unknown {kind} `{name}`; known: {known}"));
    }

    /// Refuses a parameter that is given under both of its names.
    fn refuse_both(&mut self, parameter: &dyn Described) {
        let (name, older) = (parameter.name(), parameter.older().unwrap_or_default());
        self.refuse(
            name,
            "conflict",
            format!("`{older}` is an older name of `{name}`; only one can be given"),
        );
    }

    fn refuse(&mut self, field: &str, code: &'static str, message: String) {
        self.errors.push(FieldError { field: field.to_owned(), code, message });
    }
}

/// Returns a member of an object as query texts, or its required type.
fn texts(form: Form, value: &Value) -> Result<Vec<String>, &'static str> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match form {
        Form::List => {
            let texts = value.as_array().and_then(|items| items.iter().map(text).collect());
            texts.ok_or("a list of strings")
        }
        Form::Boolean => value.as_bool().map(|value| vec![value.to_string()]).ok_or("true or false"),
        Form::Number => value.as_u64().map(|number| vec![number.to_string()]).ok_or("a whole number"),
        Form::Text => text(value).map(|text| vec![text]).ok_or("a string"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations;
    use serde_json::json;

    fn errors(params: Params) -> Vec<(String, &'static str)> {
        match params.finish() {
            Ok(()) => Vec::new(),
            Err(Problem::BadRequest(errors)) => {
                errors.into_iter().map(|error| (error.field, error.code)).collect()
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn all_mistakes_are_reported_at_once_with_what_is_allowed() {
        let mut params = Params::of(
            &operations::TRENDS,
            "colour=red&colour=blue&metric=money&series=0&bucket=day&bucket=day&from=2026-3-1&limit=5",
        );
        let trend = params.trend();
        let _ = params.days(NaiveDate::default());
        assert_eq!((trend.most_series, trend.metric), (8, Metric::Cost));
        let messages: Vec<_> = params.errors.iter().map(|error| error.message.clone()).collect();
        assert!(
            messages[0].starts_with("unknown parameter `colour`; known: from, to, range"),
            "{messages:?}"
        );
        assert!(messages.contains(&"`series` is `0`; allowed: 1 to 100".to_owned()), "{messages:?}");
        let expected = [
            ("colour", "unknown_parameter"),
            ("limit", "unknown_parameter"),
            ("metric", "invalid"),
            ("series", "invalid"),
            ("bucket", "repeated"),
            ("from", "invalid"),
        ];
        assert_eq!(errors(params), expected.map(|(field, code)| (field.to_owned(), code)));
    }

    #[test]
    fn an_older_name_means_the_same_and_is_not_given_with_the_new_one() {
        let check = |query: &str, homes: &[&str], expected: &[(&str, &str)]| {
            let params = Params::of(&operations::LIMITS, query);
            assert_eq!(params.all(&HOME), homes, "{query}");
            let errors = errors(params);
            assert!(
                errors.iter().map(|(field, code)| (field.as_str(), *code)).eq(expected.iter().copied()),
                "{query}: {errors:?}"
            );
        };
        check("home=a&home=b", &["a", "b"], &[]);
        check("source=a&source=b", &["a", "b"], &[]);
        check("home=a&source=a", &["a", "a"], &[("home", "conflict")]);
        let filter = |filter: Value| {
            let body = json!({"dataset": "daily", "format": "csv", "filter": filter});
            Params::of_export(&operations::EXPORT, "", body.as_object().unwrap())
        };
        assert_eq!(filter(json!({"source": ["a"]})).all(&HOME), ["a"]);
        assert_eq!(
            errors(filter(json!({"source": ["a"], "home": ["b"]}))),
            [("home".to_owned(), "conflict")]
        );
    }

    #[test]
    fn no_operation_documents_an_older_name() {
        let named =
            operations::ALL.iter().flat_map(|operation| operation.parameters.iter().copied().flatten());
        assert!(named.clone().any(|parameter| parameter.older() == Some("source")));
        let document = crate::document::document();
        assert!(document.contains("\"name\": \"home\"") && !document.contains("\"name\": \"source\""));
    }
}
