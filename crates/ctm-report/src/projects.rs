//! Projects with their folders.

use super::error::ReportError;
use super::page::PageQuery;
use super::query::Query;
use super::reporter::{Reporter, last_component};
use super::wire;
use ctm_aggregate::{Ledger, NamedUsage};
use ctm_facts::CatalogNames;
use ctm_types::printable::one_line;
use ctm_types::project::normalised;
use ctm_types::{Catalog, FolderId, Membership, Projects};
use std::collections::{BTreeSet, HashMap};

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

    /// Returns what other rules would change. Nothing is stored.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn project_preview(&self, rules: &Projects) -> Result<wire::ProjectPreview, ReportError> {
        let query = Query::all();
        let gathered = self.gather(&query, CatalogNames::None, |_| Vec::new()).await?;
        let (folders, naming) = self.facts.folders().await?;
        let (before, after) = (&naming, naming.with_rules(rules));
        let ledger_by = |name: &dyn Fn(&str) -> String| {
            let names = folders.iter().map(|(number, folder)| ((*number).into(), name(folder)));
            let catalog = Catalog { projects: names.collect(), ..gathered.catalog.clone() };
            Ledger::new(&gathered.rows, &catalog, &self.prices, query.tz).within(gathered.range)
        };
        let [was, is] = [before, &after].map(|naming| ledger_by(&|folder| naming.name(folder)));
        let by_folder = ledger_by(&normalised).by_project();
        let mut moves: Vec<_> = by_folder.iter().filter_map(|of| moved(of, before, &after)).collect();
        moves.sort_by(|a, b| a.folder.cmp(&b.folder));
        let meta = self.meta(&query, &gathered, &was);
        let [was, is] = [was, is].map(|ledger| {
            let projects = ledger.by_project().into_iter();
            projects.map(|of| (of.name.to_string(), (&of.usage).into())).collect::<HashMap<_, _>>()
        });
        let changed: BTreeSet<&String> = moves.iter().flat_map(|moved| [&moved.from, &moved.to]).collect();
        let items = changed.into_iter().map(|project| wire::ProjectBeforeAndAfter {
            project: project.clone(),
            label: one_line(last_component(project)).into_owned(),
            before: was.get(project).cloned(),
            after: is.get(project).cloned(),
        });
        Ok(wire::ProjectPreview { meta, items: items.collect(), moves })
    }
}

/// Returns the move of a folder, if its project changes.
fn moved(of: &NamedUsage, before: &Projects, after: &Projects) -> Option<wire::FolderMove> {
    let (from, to) = (before.name(&of.name), after.name(&of.name));
    let usage = (&of.usage).into();
    (from != to).then(|| wire::FolderMove { folder: of.name.to_string(), from, to, usage })
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
