//! Written reports of a period: Markdown and HTML, in English and Chinese.
//!
//! Read the modules in this order:
//!
//! - [`figures`]: amounts, counts and rates as text;
//! - [`language`]: the languages;
//! - `texts`: every sentence in each of them;
//! - `document`: a report as headings, paragraphs, tables and bars;
//! - `markdown` and `html`: a document as text.
//!
//! # Design
//!
//! A document is a list of blocks, made once from the contents of a report. So both formats contain the same figures in the
//! same order, and neither knows what a cost is. HTML is one file without scripts, fonts or requests: charts are drawn in
//! it, and it can be printed.
//!
//! **Invariant:** names come from transcripts, and are text in every format: they form no markup, link or table.

mod document;
pub mod figures;
mod html;
pub mod language;
mod markdown;
mod texts;

pub use language::Language;

use chrono_tz::Tz;
use ctm_report::wire::PeriodReport;

/// Returns a report as Markdown, with tables as GitHub renders them; times are local to `tz`.
#[must_use]
pub fn markdown(report: &PeriodReport, language: Language, tz: Tz) -> String {
    markdown::render(&document::Document::of(report, language, tz))
}

/// Returns a report as one HTML file; times are local to `tz`.
#[must_use]
pub fn html(report: &PeriodReport, language: Language, tz: Tz) -> String {
    html::render(&document::Document::of(report, language, tz))
}
