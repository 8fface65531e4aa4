//! Personal records in the form in which they are sent.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::wire;
use chrono::NaiveDate;
use ctm_personal::{Kind, Personal, Record};

impl DatabaseReports {
    /// Returns the notes from one day to another, both included.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn notes(
        &self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<wire::Notes, ReportError> {
        let notes = self.records::<ctm_personal::Note>().await?.into_iter().map(wire::Note::from);
        let is_within = |note: &wire::Note| {
            from.is_none_or(|from| note.date >= from) && to.is_none_or(|to| note.date <= to)
        };
        let mut items: Vec<_> = notes.filter(is_within).collect();
        items.sort_by_key(|note| note.date);
        Ok(wire::Notes { items })
    }

    /// Returns the saved views.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn views(&self) -> Result<wire::Views, ReportError> {
        let views = self.records::<ctm_personal::View>().await?.into_iter().map(wire::View::from);
        let mut items: Vec<_> = views.collect();
        items.sort_by_key(|view| view.name.to_lowercase());
        Ok(wire::Views { items })
    }

    /// Returns the saved queries.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn queries(&self) -> Result<wire::SavedQueries, ReportError> {
        let queries = self.records::<ctm_personal::SavedQuery>().await?.into_iter();
        let mut items: Vec<_> = queries.map(wire::SavedQuery::from).collect();
        items.sort_by_key(|query| query.name.to_lowercase());
        Ok(wire::SavedQueries { items })
    }

    async fn records<T: Kind>(&self) -> Result<Vec<Record<T>>, ReportError> {
        Ok(Personal::new(self.store.clone()).all().await?)
    }
}
