//! Responses of a forgotten home that lines of another home log too: their new place.

use ctm_types::{EpochMs, FileId, LoggedLine, Response};

/// A line with the number of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIn {
    /// The file.
    pub file: FileId,
    /// The line.
    pub line: LoggedLine,
}

/// A response with its new place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedResponse {
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The file with its earliest copy.
    pub origin_file: FileId,
    /// Offset of that copy's line in bytes.
    pub origin_offset_bytes: u64,
    /// The line that counts.
    pub winner: LineIn,
}

impl MovedResponse {
    /// Returns where a response is when these lines of it stay; `origin_file` is the file with its earliest copy, which
    /// may stay too.
    #[must_use]
    pub fn to(of: &Response, origin_file: FileId, origin_stays: bool, lines: &[LineIn]) -> Self {
        let at_ms = of.attribution.at_ms;
        // If nothing else is left, the first line is that of a transcript that was rewritten since.
        let rewritten = || LineIn {
            file: origin_file,
            line: LoggedLine { locus: of.origin.clone(), at_ms, ..of.winner.clone() },
        };
        let winner = lines.iter().max_by(|one, other| one.line.rank().cmp(&other.line.rank()));
        let winner = winner.cloned().unwrap_or_else(rewritten);
        let earliest = lines.iter().min_by_key(|of| (of.line.at_ms, &of.line.locus));
        match earliest.filter(|_| !origin_stays) {
            Some(LineIn { file, line }) => Self {
                at_ms: line.at_ms,
                origin_file: *file,
                origin_offset_bytes: line.locus.offset_bytes,
                winner,
            },
            None => Self { at_ms, origin_file, origin_offset_bytes: of.origin.offset_bytes, winner },
        }
    }
}
