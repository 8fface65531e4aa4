//! Written reports of a period and receipts: Markdown, HTML and SVG, in English and Chinese.
//!
//! Read the modules in this order:
//!
//! - [`figures`]: amounts, counts and rates as text;
//! - [`language`]: the languages;
//! - `texts`: every sentence in each of them;
//! - `document`: a report as headings, paragraphs, tables and bars;
//! - `receipt`: a receipt as such a document;
//! - `markdown`, `html` and `svg`: a document as text.
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
mod receipt;
mod svg;
mod texts;

pub use language::Language;

use chrono_tz::Tz;
use ctm_report::wire::{PeriodReport, WorkReceipt};

/// The format of a written report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Markdown, with tables as GitHub renders them.
    Markdown,
    /// One HTML file.
    Html,
}

/// Returns a report in a format; times are local to `tz`.
#[must_use]
pub fn written(report: &PeriodReport, format: Format, language: Language, tz: Tz) -> String {
    let document = document::Document::of(report, language, tz);
    match format {
        Format::Markdown => markdown::render(&document),
        Format::Html => html::render(&document),
    }
}

/// The format of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptFormat {
    /// Markdown, with tables as GitHub renders them.
    Markdown,
    /// One SVG picture.
    Svg,
}

/// Returns a receipt in a format; times are local to `tz`.
#[must_use]
pub fn receipt(receipt: &WorkReceipt, format: ReceiptFormat, language: Language, tz: Tz) -> String {
    let document = receipt::document(receipt, language, tz);
    match format {
        ReceiptFormat::Markdown => markdown::render(&document),
        ReceiptFormat::Svg => svg::render(&document),
    }
}

/// Returns the period of a report with its totals and how the cost changed, as lines of plain text: it is short and has no markup.
#[must_use]
pub fn summary(report: &PeriodReport, language: Language, tz: Tz) -> String {
    document::Document::of(report, language, tz).summary()
}
