//! Notes: what a person writes down about a day.

use crate::error::FieldFault;
use crate::records::Kind;
use crate::text::text_fault;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A note about a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The day of a calendar, independent of any zone.
    pub date: NaiveDate,
    /// The text: one line, never markup.
    pub text: String,
}

impl Note {
    /// Maximum length of the text, in characters.
    pub const MOST_CHARS: usize = 500;

    /// Returns what is wrong with a text.
    #[must_use]
    pub fn text_fault(text: &str) -> Option<FieldFault> {
        text_fault("text", text, Self::MOST_CHARS)
    }
}

impl Kind for Note {
    const NAME: &'static str = "note";
    const MOST: usize = 2_000;

    fn faults(&self) -> Vec<FieldFault> {
        Self::text_fault(&self.text).into_iter().collect()
    }
}
