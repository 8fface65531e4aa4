//! Projects with their folders.

use super::error::ReportError;
use super::page::PageQuery;
use super::query::Query;
use super::reporter::{Reporter, last_component};
use super::wire;
use ctm_aggregate::{Ledger, NamedUsage};
use ctm_facts::CatalogNames;
use ctm_types::printable::one_line;
use ctm_types::{Catalog, FolderId, Membership};
use std::collections::HashMap;

impl Reporter {
    /// Returns a page of the projects with their folders, and the reason of each assignment.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the cursor is invalid.
    pub async fn project_folders(
        &self,
        query: &Query,
        page: &PageQuery,
    ) -> Result<wire::ProjectFolders, ReportError> {
        let gathered = self.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let (folders, naming) = self.facts.folders().await?;
        let memberships: HashMap<FolderId, Membership> =
            folders.iter().map(|(number, folder)| (*number, naming.membership(folder))).collect();
        let usage_by = |name: fn(&Membership) -> &String| {
            let names = memberships.iter().map(|(number, of)| ((*number).into(), name(of).clone()));
            let catalog = Catalog { projects: names.collect(), ..gathered.catalog.clone() };
            Ledger::new(&gathered.rows, &catalog, &self.prices, query.tz).within(gathered.range)
        };
        let ledger = usage_by(|of| &of.project);
        let meta = self.meta(query, &gathered, &ledger);
        let projects = ledger.by_project();
        let total = projects.len();
        let (projects, next_cursor) =
            page.cut(projects, |project| &project.name, |project| &project.usage.amounts)?;
        let mut folders = by_project(&usage_by(|of| &of.folder).by_project(), memberships.values());
        let items = projects.iter().map(|project| wire::FoldersOfProject {
            project: project.name.to_string(),
            label: one_line(last_component(&project.name)).into_owned(),
            usage: (&project.usage).into(),
            folders: folders.remove(&*project.name).unwrap_or_default(),
        });
        Ok(wire::ProjectFolders { meta, items: items.collect(), next_cursor, total })
    }
}

/// Returns the folders of each project, sorted by name.
fn by_project<'m>(
    folders: &[NamedUsage],
    memberships: impl Iterator<Item = &'m Membership>,
) -> HashMap<String, Vec<wire::StartFolder>> {
    let memberships: HashMap<&str, &Membership> = memberships.map(|of| (of.folder.as_str(), of)).collect();
    let mut projects: HashMap<String, Vec<wire::StartFolder>> = HashMap::new();
    for folder in folders {
        let Some(of) = memberships.get(&*folder.name) else { continue };
        projects.entry(of.project.clone()).or_default().push(wire::StartFolder {
            folder: of.folder.clone(),
            why: match of {
                Membership { rule: Some(_), .. } => wire::Why::Rule,
                Membership { repository: Some(_), .. } => wire::Why::Worktree,
                _ => wire::Why::Itself,
            },
            repository: of.repository.clone(),
            rule: of.rule.clone(),
            usage: (&folder.usage).into(),
        });
    }
    projects.values_mut().for_each(|folders| folders.sort_by(|a, b| a.folder.cmp(&b.folder)));
    projects
}
