//! Reports by session.

use crate::ledger::Ledger;
use crate::usage::Usage;
use ctm_types::SessionId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The usage of a session, with its project and models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionUsage {
    /// Id of the session.
    pub session: Arc<str>,
    /// Project with most of its tokens; a session can move between working directories.
    pub project: Arc<str>,
    /// Models, the ones with the most tokens first.
    pub models: Vec<Arc<str>>,
    /// Its usage, with its time span.
    pub usage: Usage,
}

impl Ledger {
    /// Returns the usage of each session, the most recently used first.
    #[must_use]
    pub fn by_session_and_project(&self) -> Vec<SessionUsage> {
        let mut groups: HashMap<SessionId, Group<'_>> = HashMap::new();
        for line in self.lines() {
            let group = groups.entry(line.key.session).or_insert_with(|| Group::new(self.session(line)));
            let tokens = line.amounts.tokens.total();
            *group.projects.entry(self.project(line)).or_default() += tokens;
            *group.models.entry(self.model(line)).or_default() += tokens;
            self.add_to(&mut group.usage, line);
        }
        let mut sessions: Vec<_> = groups.into_values().map(Group::finish).collect();
        let last_ms = |session: &SessionUsage| session.usage.amounts.span.map(|span| span.last_ms);
        sessions.sort_by(|a, b| (Reverse(last_ms(a)), &a.session).cmp(&(Reverse(last_ms(b)), &b.session)));
        sessions
    }
}

/// A session while its lines are collected, with tokens by name.
struct Group<'a> {
    session: &'a Arc<str>,
    projects: BTreeMap<&'a Arc<str>, u64>,
    models: BTreeMap<&'a Arc<str>, u64>,
    usage: Usage,
}

impl<'a> Group<'a> {
    fn new(session: &'a Arc<str>) -> Self {
        Self { session, projects: BTreeMap::new(), models: BTreeMap::new(), usage: Usage::default() }
    }

    fn finish(self) -> SessionUsage {
        SessionUsage {
            session: Arc::clone(self.session),
            project: most_first(self.projects).into_iter().next().unwrap_or_default(),
            models: most_first(self.models),
            usage: self.usage,
        }
    }
}

fn most_first(names: BTreeMap<&Arc<str>, u64>) -> Vec<Arc<str>> {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by_key(|(name, tokens)| (Reverse(*tokens), *name));
    names.into_iter().map(|(name, _)| Arc::clone(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_pricing::PriceBook;
    use ctm_types::{Billing, BillingId, Catalog, FolderId, HomeId, ProjectId, Slot, TokenCounts, UsageRow};

    #[test]
    fn a_session_belongs_to_the_project_it_used_most_and_the_latest_comes_first() {
        let billing = |model: &str| Billing { model: model.to_owned(), ..Billing::default() };
        let catalog = Catalog {
            sessions: [(SessionId(1), "s1".to_owned()), (SessionId(2), "s2".to_owned())].into(),
            projects: [(ProjectId(1), "/a".to_owned()), (ProjectId(2), "/b".to_owned())].into(),
            homes: [(HomeId(1), "/home".to_owned())].into(),
            billings: [(BillingId(1), billing("m1")), (BillingId(2), billing("m2"))].into(),
        };
        let row = |slot, session, project, billing, output| UsageRow {
            slot: Slot(slot),
            session: SessionId(session),
            project: ProjectId(project),
            folder: FolderId(project),
            home: HomeId(1),
            billing: BillingId(billing),
            context_band: 0,
            sidechain: false,
            tokens: TokenCounts { output, ..TokenCounts::default() },
            web_searches: 0,
            responses: 1,
            unfinalised: 0,
            first_ms: Slot(slot).start(),
            last_ms: Slot(slot).start() + 5,
        };
        let rows = [row(1, 1, 1, 1, 10), row(2, 1, 2, 2, 30), row(9, 2, 1, 1, 1), row(1, 1, 1, 1, 5)];
        let ledger = Ledger::new(&rows, &catalog, &PriceBook::builtin(), chrono_tz::UTC);
        let sessions = ledger.by_session_and_project();
        let names: Vec<_> = sessions.iter().map(|s| (&*s.session, &*s.project, s.models.len())).collect();
        assert_eq!(names, [("s2", "/a", 1), ("s1", "/b", 2)]);
        assert_eq!(&*sessions[1].models[0], "m2");
        assert_eq!(sessions[1].usage.amounts.responses, 3);
        assert_eq!(sessions[1].usage.amounts.span.map(|span| span.first_ms), Some(Slot(1).start()));
    }
}
