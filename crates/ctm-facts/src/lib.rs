//! The rules of facts, independent of their storage.
//!
//! Read the modules in this order:
//!
//! - [`filter`]: which usage a question is about, and whether a row passes;
//! - [`sums`], [`days`], [`facets`]: events to rows of usage, to the stored form of days, and by what responses were made for;
//! - [`cache`]: use of the prompt cache, and why it was missed;
//! - [`concurrency`]: how many sessions are active at once;
//! - [`hooks`]: runs of hooks, and how long they take;
//! - [`placing`], [`files`]: batches that continue their file or are stale, and the state of files;
//! - [`absorbing`]: copies deduplicated into what a commit changes;
//! - [`names`], [`numbers`]: names and ids as numbers;
//! - [`ownership`], [`sessions`]: the session of a response, and details of sessions;
//! - [`forgetting`], [`moving`]: exclusion of forgotten facts, and responses that another home logs too;
//! - [`responses`], [`pages`], [`audit`], [`maintenance`], [`error`]: what a back end takes and returns;
//! - [`personal`]: records that a person creates, as stored;
//! - [`seals`]: sealed months and their corrections, as stored;
//! - [`machines`]: what machines report of their responses to each other;
//! - [`push`]: hubs that a machine pushes its responses to;
//! - [`telemetry`]: second witnesses of responses, and requests without a response;
//! - [`tally`]: counting without a database, from what a reader yields.
//!
//! # Invariants
//!
//! - Each rule has a single implementation, which every back end uses.
//! - This crate is independent of files, SQL, HTTP, prices and the clock.

pub mod absorbing;
pub mod audit;
pub mod cache;
pub mod concurrency;
pub mod days;
pub mod drivers;
pub mod error;
pub mod facets;
pub mod files;
pub mod filter;
pub mod forgetting;
pub mod hooks;
pub mod imports;
pub mod machines;
pub mod maintenance;
pub mod moving;
pub mod names;
pub mod numbers;
pub mod ownership;
pub mod pages;
pub mod partial_days;
pub mod personal;
mod place;
pub mod placing;
pub mod push;
pub mod responses;
pub mod seals;
pub mod sessions;
pub mod sums;
pub mod tally;
pub mod telemetry;
pub mod workloads;

pub use absorbing::{Absorbed, Call, CommitChange, Loaded, StoredClaim, Touched, Writes};
pub use audit::{CleanUp, EmbeddedCopies, IssueAt, LineIssues, LineTotals, OldFiles};
pub use error::StorageError;
pub use files::{DayFiles, KnownFile, PresenceChange, SessionFile, SimilarHomes};
pub use filter::{FactKey, ResolvedFilter, UsageFilter};
pub use forgetting::{
    Forgetting, ProjectFolder, Removal, Resolved, SEALED_FOLDER, Selection, is_sealed, name_hash, sealed,
};
pub use machines::{
    HubMachine, ImportError, Imported, ImportedMachine, MachineSection, OwnMachine, ReportedResponse,
    StoredMachine,
};
pub use maintenance::{Applied, Comparison, Depth, Inspection, Missing};
pub use names::{CatalogNames, NameNumbers, Names, Referring};
pub use numbers::hash_of;
pub use ownership::ForkedFrom;
pub use pages::{
    Attribute, Branches, CalledTools, ResponseCursor, ResponseFilter, ResponsePage, SnapshotPage, Snapshots,
    StoredSnapshot, TimeOrder,
};
pub use personal::{PersonalRecord, PersonalRecords};
pub use placing::{FreshBatch, Placed, Progress, StoredFile};
pub use push::{LoggedPush, PushEntry, PushHub, PushPage, PushProgress, PushTarget, RefusedClaim};
pub use responses::{ExplainedResponse, Outline, OutlinePart, RefusedResponse, StoredCopy, StoredResponse};
pub use seals::{StoredCorrection, StoredSeal};
pub use sessions::{RecordFields, SessionProjects};
pub use sums::UsageSums;
pub use tally::{Sums, Tally};
