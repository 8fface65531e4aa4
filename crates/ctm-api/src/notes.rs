//! The bodies of `POST /notes` and `PATCH /notes/{id}`.

use crate::fields::{Fields, checked};
use crate::parameters::day_of;
use crate::problem::Problem;
use chrono::NaiveDate;
use ctm_personal::{FieldFault, Note};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A new note.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NewNote {
    /// The day of a calendar, independent of any zone.
    date: NaiveDate,
    /// The text: one line, never markup.
    #[schema(min_length = 1, max_length = 500)]
    text: String,
}

/// A change of a note; other fields are unchanged.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NoteChange {
    /// The day of a calendar, independent of any zone.
    date: Option<NaiveDate>,
    /// The text: one line of 1 to 500 characters, never markup.
    text: Option<String>,
}

const FIELDS: [&str; 2] = ["date", "text"];

/// Returns the note of a body, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn note(body: &Map<String, Value>) -> Result<Note, Problem> {
    let mut fields = Fields::new(body, &FIELDS);
    let (date, text) = (fields.required("date", day), fields.required("text", text));
    let note = date.zip(text).map(|(date, text)| Note { date, text });
    fields.finish()?;
    note.ok_or_else(|| Problem::Malformed("`date` and `text` are missing".to_owned()))
}

/// Returns the requested change, or all problems of the body.
///
/// # Errors
///
/// Fails with all invalid fields.
pub fn note_change(body: &Map<String, Value>) -> Result<impl FnOnce(&mut Note) + use<>, Problem> {
    let mut fields = Fields::new(body, &FIELDS);
    let (date, text) = (fields.optional("date", day), fields.optional("text", text));
    fields.finish()?;
    Ok(move |note: &mut Note| {
        note.date = date.unwrap_or(note.date);
        note.text = text.unwrap_or_else(|| note.text.clone());
    })
}

fn day(text: &str) -> Result<NaiveDate, FieldFault> {
    let fault = || {
        let shown: String = text.chars().take(100).collect();
        FieldFault { field: "date", message: format!("`date` is `{shown}`; allowed: a day as YYYY-MM-DD") }
    };
    day_of(text).ok_or_else(fault)
}

fn text(text: &str) -> Result<String, FieldFault> {
    checked(text, Note::text_fault(text))
}
