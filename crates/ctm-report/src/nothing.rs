//! Reasons of an empty report.

use super::error::ReportError;
use super::query::Query;
use super::reporter::Reporter;
use chrono::NaiveDate;

/// Reason of an empty report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmptyReason {
    /// Usage exists, but the range or the filter excludes all of it.
    LeftOut {
        /// Number of existing responses.
        responses: u64,
        /// The first day with one.
        from: NaiveDate,
        /// The last day with one.
        to: NaiveDate,
    },
    /// Replies exist, but all of them count no tokens, as logged by some gateways.
    Uncounted {
        /// Number of lines with such replies.
        lines: u64,
    },
    /// No transcript has a response.
    NoResponse,
}

impl std::fmt::Display for EmptyReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LeftOut { responses, from, to } => {
                let responses = if *responses == 1 { "the response".into() } else { format!("all {responses} responses") };
                write!(f, "nothing to report: the range or the filter excludes {responses}, dated {from} \
                 to {to}")
            }
            Self::Uncounted { lines } => write!(
                f,
                "nothing to report: {lines} lines of replies count 0 tokens, as logged by some gateways; see `zero_usage` in `ctm audit`"
            ),
            Self::NoResponse => f.write_str(
                "nothing to report: no response in the transcripts that were read; `ctm doctor` shows which Claude homes are read",
            ),
        }
    }
}

impl Reporter {
    /// Returns why there is nothing to report; `None` if there is something.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn nothing(&self, query: &Query) -> Result<Option<EmptyReason>, ReportError> {
        if self.total(query).await?.0.amounts.responses > 0 {
            return Ok(None);
        }
        let (all, _) = self.total(&Query { tz: query.tz, ..Query::all() }).await?;
        let Some(span) = all.amounts.span else {
            let lines = self.facts.uncounted_lines().await?;
            return Ok(Some(if lines > 0 {
                EmptyReason::Uncounted { lines }
            } else {
                EmptyReason::NoResponse
            }));
        };
        let day = |at_ms| ctm_aggregate::day_of_ms(at_ms, query.tz);
        let responses = all.amounts.responses;
        Ok(Some(EmptyReason::LeftOut { responses, from: day(span.first_ms), to: day(span.last_ms) }))
    }
}
