//! Place and time of what is logged, as queries return them.

use crate::FactKey;
use ctm_types::{BillingId, EpochMs, FolderId, HomeId, ProjectId, SessionId, Slot};

/// Place and time of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventPlace {
    pub(crate) at_ms: EpochMs,
    pub(crate) session: SessionId,
    pub(crate) project: ProjectId,
    pub(crate) folder: FolderId,
    pub(crate) home: HomeId,
    pub(crate) sidechain: bool,
    pub(crate) billing: BillingId,
}

impl EventPlace {
    /// Reads the first columns of an event, in the order of the fields, and returns the others.
    pub(crate) fn read(columns: &[i64]) -> Option<(Self, &[i64])> {
        let (&[at_ms, session, project, folder, home, sidechain, billing], rest) =
            columns.split_first_chunk()?;
        let place = Self {
            at_ms: EpochMs(at_ms),
            session: SessionId(session),
            project: ProjectId(project),
            folder: FolderId(folder),
            home: HomeId(home),
            sidechain: sidechain != 0,
            billing: BillingId(billing),
        };
        Some((place, rest))
    }

    /// Returns what filters compare.
    pub(crate) fn key(&self) -> FactKey {
        let Self { at_ms, session, project, folder, home, sidechain, billing } = *self;
        FactKey { slot: Slot::of(at_ms), session, project, folder, home, billing, sidechain }
    }
}
