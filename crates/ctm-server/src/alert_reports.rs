//! Written reports of the days that an alert is a summary of.

use chrono::Weekday;
use chrono_tz::Tz;
use ctm_document::{Format, Language};
use ctm_facts::UsageFilter;
use ctm_personal::AlertDays;
use ctm_report::wire::ReportNames;
use ctm_report::{Compare, DatabaseReports, Period, PeriodReportQuery, Query, ReportError};

/// Maximum number of projects, models and sessions, besides the rest.
const MOST_ITEMS: usize = 10;

/// How a channel is sent written reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportForm {
    /// The language.
    pub language: Language,
    /// What projects are called.
    pub names: ReportNames,
}

/// A written report in every format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentReport {
    /// The totals and how they changed, as lines of plain text.
    pub summary: String,
    /// The whole as Markdown.
    pub markdown: String,
    /// The whole as one HTML file.
    pub html: String,
}

/// Writes the reports of a database, with days of a zone.
#[derive(Debug, Clone, Copy)]
pub struct AlertReports<'a> {
    /// The reports.
    pub archive: &'a DatabaseReports,
    /// The zone.
    pub tz: Tz,
}

impl AlertReports<'_> {
    /// Returns the report of days, compared with the days before.
    pub(crate) async fn written(&self, days: AlertDays, form: ReportForm) -> Result<SentReport, ReportError> {
        let period = Period::Between { from: Some(days.from), to: Some(days.to) };
        let query = Query { period, tz: self.tz, filter: UsageFilter::default() };
        let wanted = PeriodReportQuery {
            compare: Compare::Previous,
            week_start: Weekday::Mon,
            limit: MOST_ITEMS,
            names: form.names,
        };
        let report = self.archive.period_report(&query, &wanted).await?;
        let written = |format| ctm_document::written(&report, format, form.language, self.tz);
        Ok(SentReport {
            summary: ctm_document::summary(&report, form.language, self.tz),
            markdown: written(Format::Markdown),
            html: written(Format::Html),
        })
    }
}
