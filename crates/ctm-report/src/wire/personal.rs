//! Personal records.

use super::Time;
use chrono::NaiveDate;
use ctm_personal::Record;
use serde::Serialize;
use utoipa::ToSchema;

/// Notes about days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notes {
    /// The notes, the oldest day first.
    pub items: Vec<Note>,
}

/// A note about a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Note {
    /// Its id.
    pub id: String,
    /// The day of a calendar, independent of any zone.
    pub date: NaiveDate,
    /// The text: one line, never markup.
    pub text: String,
    /// Time of its creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// Time of its last change.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Time,
}

/// Saved views.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Views {
    /// The views, by name.
    pub items: Vec<View>,
}

/// A saved view: a page with its range and filter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct View {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The path of the page with its query, relative to the base path.
    pub path: String,
    /// Time of its creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// Time of its last change.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Time,
}

/// Saved queries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedQueries {
    /// The queries, by name.
    pub items: Vec<SavedQuery>,
}

/// A saved query: a statement of SQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedQuery {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The statement.
    pub sql: String,
    /// Time of its creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// Time of its last change.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Time,
}

impl From<Record<ctm_personal::Note>> for Note {
    fn from(record: Record<ctm_personal::Note>) -> Self {
        Self {
            id: record.id,
            date: record.content.date,
            text: record.content.text,
            created_at: Time::of(record.created_at_ms),
            changed_at: Time::of(record.changed_at_ms),
        }
    }
}

impl From<Record<ctm_personal::View>> for View {
    fn from(record: Record<ctm_personal::View>) -> Self {
        Self {
            id: record.id,
            name: record.content.name,
            path: record.content.path,
            created_at: Time::of(record.created_at_ms),
            changed_at: Time::of(record.changed_at_ms),
        }
    }
}

impl From<Record<ctm_personal::SavedQuery>> for SavedQuery {
    fn from(record: Record<ctm_personal::SavedQuery>) -> Self {
        Self {
            id: record.id,
            name: record.content.name,
            sql: record.content.sql,
            created_at: Time::of(record.created_at_ms),
            changed_at: Time::of(record.changed_at_ms),
        }
    }
}
