//! Selection of usage.

use ctm_types::project::normalised;
use ctm_types::{
    BillingId, EpochMs, EventId, FolderId, HomeId, ProjectId, SessionId, Slot, UsageKey, UsageRow, UtcDay,
};
use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::Hash;
use std::ops::RangeInclusive;

/// Criteria for events. Lists are alternatives; an empty list matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct UsageFilter {
    /// The first slot.
    pub from: Option<Slot>,
    /// Upper bound of the slots of events, exclusive.
    pub until: Option<Slot>,
    /// Projects, by the name that reports show.
    pub projects: Vec<String>,
    /// Working directories of responses.
    pub folders: Vec<String>,
    /// Models, by name as logged.
    pub models: Vec<String>,
    /// Session ids.
    pub sessions: Vec<String>,
    /// Claude homes, by canonical path.
    pub homes: Vec<String>,
    /// Only usage of subagents, or only usage of main conversations.
    pub sidechain: Option<bool>,
    /// Responses that are excluded from every list: unbilled ones.
    pub without: Vec<EventId>,
    /// Include requests that telemetry reports and no transcript has a response to.
    pub unlogged: bool,
}

impl UsageFilter {
    /// Returns the selected projects among these; `None` for all.
    #[must_use]
    pub fn projects_among<N: Borrow<str>>(
        &self,
        projects: impl IntoIterator<Item = (ProjectId, N)>,
    ) -> Option<HashSet<ProjectId>> {
        among(&self.projects, projects)
    }

    /// Returns the selected working directories among these, in any notation; `None` for all.
    #[must_use]
    pub fn folders_among<N: Borrow<str>>(
        &self,
        folders: impl IntoIterator<Item = (FolderId, N)>,
    ) -> Option<HashSet<FolderId>> {
        let wanted: Vec<String> = self.folders.iter().map(|folder| normalised(folder)).collect();
        among(&wanted, folders.into_iter().map(|(id, folder)| (id, normalised(folder.borrow()))))
    }

    /// Returns the selected sessions among these; `None` for all.
    #[must_use]
    pub fn sessions_among<N: Borrow<str>>(
        &self,
        sessions: impl IntoIterator<Item = (SessionId, N)>,
    ) -> Option<HashSet<SessionId>> {
        among(&self.sessions, sessions)
    }

    /// Returns the selected homes among these; `None` for all.
    #[must_use]
    pub fn homes_among<N: Borrow<str>>(
        &self,
        homes: impl IntoIterator<Item = (HomeId, N)>,
    ) -> Option<HashSet<HomeId>> {
        among(&self.homes, homes)
    }

    /// Returns the billings of the selected models; `None` for all.
    #[must_use]
    pub fn billings_among<N: Borrow<str>>(
        &self,
        models: impl IntoIterator<Item = (BillingId, N)>,
    ) -> Option<HashSet<BillingId>> {
        among(&self.models, models)
    }
}

/// Returns the ids of selected names; `None` without a selection.
fn among<Id: Eq + Hash, N: Borrow<str>>(
    wanted: &[String],
    names: impl IntoIterator<Item = (Id, N)>,
) -> Option<HashSet<Id>> {
    if wanted.is_empty() {
        return None;
    }
    let wanted: HashSet<&str> = wanted.iter().map(String::as_str).collect();
    let names = names.into_iter().filter(|(_, name)| wanted.contains(name.borrow()));
    Some(names.map(|(id, _)| id).collect())
}

/// The fields that a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactKey {
    /// When.
    pub slot: Slot,
    /// Session.
    pub session: SessionId,
    /// Project.
    pub project: ProjectId,
    /// Working directory.
    pub folder: FolderId,
    /// Claude home.
    pub home: HomeId,
    /// Model and price terms.
    pub billing: BillingId,
    /// `true` for a subagent, `false` for the main conversation.
    pub sidechain: bool,
}

impl FactKey {
    /// Returns the key of usage in a slot.
    #[must_use]
    pub fn of(slot: Slot, key: &UsageKey) -> Self {
        let UsageKey { session, project, folder, home, billing, sidechain, .. } = *key;
        Self { slot, session, project, folder, home, billing, sidechain }
    }
}

impl From<&UsageRow> for FactKey {
    fn from(row: &UsageRow) -> Self {
        let UsageRow { slot, session, project, folder, home, billing, sidechain, .. } = *row;
        Self { slot, session, project, folder, home, billing, sidechain }
    }
}

/// A filter with its names looked up; `None` takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResolvedFilter {
    /// The first slot.
    pub from: Option<Slot>,
    /// Upper bound of the slots of events, exclusive.
    pub until: Option<Slot>,
    /// Projects.
    pub projects: Option<HashSet<ProjectId>>,
    /// Working directories.
    pub folders: Option<HashSet<FolderId>>,
    /// Models and price terms.
    pub billings: Option<HashSet<BillingId>>,
    /// Sessions.
    pub sessions: Option<HashSet<SessionId>>,
    /// Claude homes.
    pub homes: Option<HashSet<HomeId>>,
    /// Only usage of subagents, or only usage of main conversations.
    pub sidechain: Option<bool>,
    /// Responses that no list has.
    pub without: Vec<EventId>,
    /// Include requests without a response.
    pub unlogged: bool,
}

impl ResolvedFilter {
    /// Returns whether usage with this key passes.
    #[must_use]
    pub fn takes(&self, key: &FactKey) -> bool {
        fn is_among<Id: Eq + Hash>(wanted: &Option<HashSet<Id>>, id: &Id) -> bool {
            wanted.as_ref().is_none_or(|wanted| wanted.contains(id))
        }
        self.from.is_none_or(|from| from <= key.slot)
            && self.until.is_none_or(|until| key.slot < until)
            && is_among(&self.projects, &key.project)
            && is_among(&self.folders, &key.folder)
            && is_among(&self.billings, &key.billing)
            && is_among(&self.sessions, &key.session)
            && is_among(&self.homes, &key.home)
            && self.sidechain.is_none_or(|wanted| wanted == key.sidechain)
    }

    /// Returns whether it takes conversations of all sessions, projects, folders and kinds.
    #[must_use]
    pub fn takes_all_conversations(&self) -> bool {
        self.sessions.is_none()
            && self.projects.is_none()
            && self.folders.is_none()
            && self.sidechain.is_none()
    }

    /// Returns the UTC days outside of which nothing passes.
    #[must_use]
    pub fn days(&self) -> RangeInclusive<UtcDay> {
        self.from.map_or(UtcDay::MIN, UtcDay::of_slot)..=self.until.map_or(UtcDay::MAX, UtcDay::of_slot)
    }

    /// Returns the first and the last time that passes, in UTC epoch milliseconds.
    #[must_use]
    pub fn times_ms(&self) -> RangeInclusive<EpochMs> {
        let first_ms = self.from.map_or(EpochMs::MIN, Slot::start);
        let last_ms = self.until.map_or(EpochMs::MAX, |until| until.start().saturating_sub(1));
        first_ms..=last_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(slot: i64) -> FactKey {
        FactKey {
            slot: Slot(slot),
            session: SessionId(1),
            project: ProjectId(2),
            folder: FolderId(3),
            home: HomeId(4),
            billing: BillingId(5),
            sidechain: true,
        }
    }

    #[test]
    fn each_list_names_alternatives_and_all_lists_must_agree() {
        let all = ResolvedFilter::default();
        assert!(all.takes(&key(i64::MIN)) && all.takes(&key(i64::MAX)) && all.takes_all_conversations());
        let check = |filter: ResolvedFilter, expected: bool| {
            assert_eq!(filter.takes(&key(7)), expected, "{filter:?}");
        };
        let slots = |from, until| ResolvedFilter {
            from: Some(Slot(from)),
            until: Some(Slot(until)),
            ..ResolvedFilter::default()
        };
        check(slots(7, 8), true);
        check(slots(8, 9), false);
        check(slots(6, 7), false);
        let sessions = |ids: &[i64]| Some(ids.iter().copied().map(SessionId).collect());
        check(ResolvedFilter { sessions: sessions(&[9, 1]), ..slots(7, 8) }, true);
        check(ResolvedFilter { sessions: sessions(&[9]), ..slots(7, 8) }, false);
        check(ResolvedFilter { sessions: sessions(&[]), ..slots(7, 8) }, false);
        let others = [
            ResolvedFilter { projects: Some([ProjectId(3)].into()), ..ResolvedFilter::default() },
            ResolvedFilter { folders: Some([FolderId(2)].into()), ..ResolvedFilter::default() },
            ResolvedFilter { homes: Some([HomeId(5)].into()), ..ResolvedFilter::default() },
            ResolvedFilter { billings: Some([BillingId(4)].into()), ..ResolvedFilter::default() },
            ResolvedFilter { sidechain: Some(false), ..ResolvedFilter::default() },
        ];
        others.into_iter().for_each(|filter| check(filter, false));
    }

    #[test]
    fn no_name_means_all_and_an_unknown_name_means_none() {
        let filter = UsageFilter { folders: vec!["/a/b/".to_owned()], ..UsageFilter::default() };
        assert_eq!(filter.sessions_among([(SessionId(1), "s")]), None);
        assert_eq!(
            filter.folders_among([(FolderId(1), "/a/b"), (FolderId(2), "/a")]),
            Some([FolderId(1)].into())
        );
        assert_eq!(filter.folders_among([(FolderId(2), "/a")]), Some(HashSet::new()));
    }

    #[test]
    fn days_and_times_hold_all_that_passes() {
        let filter =
            ResolvedFilter { from: Some(Slot(95)), until: Some(Slot(96)), ..ResolvedFilter::default() };
        assert_eq!(filter.days(), UtcDay(0)..=UtcDay(1));
        assert_eq!(filter.times_ms(), Slot(95).start()..=Slot(96).start() - 1);
        assert_eq!(ResolvedFilter::default().times_ms(), EpochMs::MIN..=EpochMs::MAX);
        assert_eq!(ResolvedFilter::default().days(), UtcDay::MIN..=UtcDay::MAX);
    }
}
