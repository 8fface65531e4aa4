//! The answer of a tool.

use crate::tools::{Report, Tool};
use chrono_tz::Tz;
use ctm_aggregate::Bucket;
use ctm_api::params::Params;
use ctm_api::problem::{FieldError, Problem};
use ctm_api::targets::NowAnswer;
use ctm_personal::Personal;
use ctm_report::{
    BY, BudgetCalendar, COMPARED_WHAT, DatabaseReports, Order, PageSort, ReportError, Reporter,
};
use ctm_types::printable::one_line;
use rmcp::model::JsonObject;
use serde::Serialize;
use serde_json::Value;
use std::pin::Pin;

/// The reports behind the tools.
#[derive(Debug, Clone)]
pub struct Reports {
    /// Reports of usage.
    pub reporter: Reporter,
    /// Reports that require a database.
    pub archive: DatabaseReports,
    /// What a person set.
    pub personal: Personal,
    /// The zone of days, unless a call has another one.
    pub tz: Tz,
}

impl Reports {
    /// Returns the result of a call of a tool.
    pub(crate) async fn answer(&self, tool: &Tool, mut arguments: JsonObject) -> Result<Value, Problem> {
        let variable = match tool.take_variable(&mut arguments) {
            Some((name, given)) => variable(name, given)?,
            None => String::new(),
        };
        tool.add_defaults(&mut arguments);
        let mut params = Params::of_arguments(tool.operation, &arguments);
        let report = self.report(tool.report, &mut params, variable)?;
        params.finish()?;
        report.await
    }

    /// Returns the report of a tool, which is not begun before all parameters are checked.
    fn report<'a>(
        &'a self,
        of: Report,
        params: &mut Params,
        variable: String,
    ) -> Result<Pending<'a>, Problem> {
        let (reporter, archive) = (&self.reporter, &self.archive);
        let query = |params: &mut Params| params.query(reporter, self.tz);
        Ok(match of {
            Report::Stats => {
                let (query, compare) = (query(params), params.compare());
                pending(async move { reporter.stats(&query, compare).await })
            }
            Report::Daily => {
                let (query, by_model) = (query(params), params.breakdown());
                pending(async move { reporter.daily(&query, Bucket::Day, by_model).await })
            }
            Report::Models => {
                let (query, compare) = (query(params), params.compare_items());
                pending(async move { reporter.models(&query, compare).await })
            }
            Report::Projects => {
                let (query, sort) = (query(params), params.sort(PageSort::Cost));
                let (page, compare) = (params.page(sort, Order::Descending), params.compare_items());
                pending(async move { reporter.projects(&query, &page, compare).await })
            }
            Report::By => {
                let (query, limit, by) = (query(params), params.most_items(), chosen(&BY, &variable)?);
                pending(async move { archive.by(&query, by, limit).await })
            }
            Report::Why => {
                let (query, wanted) = (query(params), params.why());
                pending(async move { archive.why(&query, wanted).await })
            }
            Report::Changes => {
                let (query, wanted) = (query(params), params.changes());
                pending(async move { archive.changes(&query, wanted).await })
            }
            Report::Cache => {
                let (query, by, limit) = (query(params), params.cache_by(), params.most_items());
                pending(async move { archive.cache(&query, by, limit).await })
            }
            Report::Drivers => {
                let query = query(params);
                pending(async move { archive.drivers(&query).await })
            }
            Report::Worth => {
                let query = query(params);
                pending(async move { reporter.worth(&query).await })
            }
            Report::WhatIf => {
                let (query, wanted) = (query(params), params.what_if(reporter));
                pending(async move { archive.what_if(&query, &wanted).await })
            }
            Report::Compare => {
                let (query, wanted) = (query(params), params.comparison(chosen(&COMPARED_WHAT, &variable)?));
                pending(async move { archive.comparison(&query, &wanted).await })
            }
            Report::Now => {
                let (tz, week_start) = (params.tz().unwrap_or(self.tz), params.week_start());
                let of = params.projects_and_homes(reporter);
                Box::pin(async move {
                    let targets = self.personal.targets().await?.into();
                    Ok(json(&NowAnswer { now: archive.now(tz, week_start, &of).await?, targets }))
                })
            }
            Report::Budgets => {
                let calendar =
                    BudgetCalendar { tz: params.tz().unwrap_or(self.tz), week_start: params.week_start() };
                let day = params.budget_day();
                pending(async move { archive.budgets(calendar, day, true).await })
            }
            Report::Limits => {
                let tz = params.tz().unwrap_or(self.tz);
                let ((from, to), homes) = (params.days(reporter.today(tz)), params.homes(reporter));
                pending(async move { archive.limits(from, to, tz, &homes).await })
            }
            Report::Sessions => {
                let (query, sort) = (query(params), params.sort(PageSort::StartedAt));
                let wanted = params.sessions(sort);
                pending(async move { reporter.sessions(&query, &wanted).await })
            }
            Report::Session => {
                let tz = params.tz().unwrap_or(self.tz);
                pending(async move { archive.session(&variable, tz).await })
            }
            Report::Responses => {
                let (query, wanted) = (query(params), params.responses());
                pending(async move { archive.responses(&query, &wanted).await })
            }
            Report::Response => pending(async move { archive.response(&variable).await }),
        })
    }
}

/// A report that was not begun.
type Pending<'a> = Pin<Box<dyn Future<Output = Result<Value, Problem>> + Send + 'a>>;

fn pending<'a, T: Serialize>(
    report: impl Future<Output = Result<T, ReportError>> + Send + 'a,
) -> Pending<'a> {
    Box::pin(async move { Ok(json(&report.await?)) })
}

fn json(report: &impl Serialize) -> Value {
    serde_json::to_value(report).expect("texts, numbers and lists are always JSON")
}

/// Returns a required text.
fn variable(name: &'static str, given: Option<Value>) -> Result<String, Problem> {
    let refuse =
        |code, message| Problem::BadRequest(vec![FieldError { field: name.to_owned(), code, message }]);
    match given {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(refuse("invalid", format!("`{name}` must be a string"))),
        None => Err(refuse("missing", format!("`{name}` is missing"))),
    }
}

/// Returns the chosen one of several named values.
fn chosen<T: Copy>(known: &[(&'static str, T)], name: &str) -> Result<T, Problem> {
    let found = known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let message = format!("`what` is `{}`; allowed: {}", one_line(name), names.join(", "));
        Problem::BadRequest(vec![FieldError { field: "what".to_owned(), code: "invalid", message }])
    })
}
