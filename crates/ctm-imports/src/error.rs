//! Errors.

use ctm_facts::imports::{ImportFlaw, OtherProgram};

/// Why a file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportFileError {
    /// The text is not JSON, or a field has another type than its program writes.
    #[error("it is not JSON as a known program writes it")]
    Json {
        /// The reason, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The text ends too early.
    #[error("it is incomplete")]
    Truncated {
        /// The reason, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// A figure is impossible.
    #[error("{place}: {flaw}")]
    Figure {
        /// The field of the file.
        place: String,
        /// What is wrong.
        flaw: ImportFlaw,
    },
    /// A cost is impossible.
    #[error("{place}: {cost} is not a cost")]
    Cost {
        /// The field of the file.
        place: String,
        /// The number.
        cost: f64,
    },
    /// The file has figures of something else.
    #[error("{what}\n{remedy}")]
    Unsuitable {
        /// What it has.
        what: String,
        /// What can be imported in its place.
        remedy: &'static str,
    },
    /// Another program than the requested one wrote the file.
    #[error("it is a file of {found}, not of {wanted}")]
    DifferentProgram {
        /// The program that wrote it.
        found: OtherProgram,
        /// The requested program.
        wanted: OtherProgram,
    },
    /// Nothing in the file identifies its program.
    #[error(
        "it is of no known program\nsupported: reports of ccusage as JSON, the warehouse of claude-monitor, the cache of \
         toktrack, and the databases of Token-Dashboard and agentsview"
    )]
    Unknown,
}

impl ImportFileError {
    /// Returns a function that adds the place of a figure to its flaw.
    pub(crate) fn at(place: impl FnOnce() -> String) -> impl FnOnce(ImportFlaw) -> Self {
        move |flaw| Self::Figure { place: place(), flaw }
    }
}
