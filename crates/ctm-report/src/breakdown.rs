//! Projects and sessions by model.

use super::error::ReportError;
use super::query::Query;
use super::reporter::{Reporter, model_shares};
use super::wire::ModelShare;
use ctm_aggregate::NamedUsage;
use ctm_facts::CatalogNames;
use std::collections::HashMap;
use std::sync::Arc;

/// The models of each project, session or window, by its key: a name, or the start of the window.
pub type Breakdown<K = String> = HashMap<K, Vec<ModelShare>>;

impl Reporter {
    /// Returns the usage of each project by model.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn models_by_project(&self, query: &Query) -> Result<Breakdown, ReportError> {
        let gathered = self.gather(query, CatalogNames::Projects, |_| Vec::new()).await?;
        Ok(breakdown(self.ledger(query, &gathered).models_by_project()))
    }

    /// Returns the usage of each session by model.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn models_by_session(&self, query: &Query) -> Result<Breakdown, ReportError> {
        let gathered = self.gather(query, CatalogNames::SessionsAndProjects, |_| Vec::new()).await?;
        Ok(breakdown(self.ledger(query, &gathered).models_by_session()))
    }
}

fn breakdown(models: HashMap<Arc<str>, Vec<NamedUsage>>) -> Breakdown {
    models.into_iter().map(|(name, models)| (name.to_string(), model_shares(&models))).collect()
}
