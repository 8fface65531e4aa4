//! The billed responses of a home.

use crate::{BilledPart, BilledResponse};
use ctm_pricing::PriceBook;
use ctm_reader::{ClaudeHome, ReadError, Reader, discover};
use ctm_types::printable::with_causes;
use ctm_types::{LineCounts, OwnedResponse, Responses, SkipReason};
use std::path::Path;

/// The usage of a home, and what could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// The billed responses, by time.
    pub responses: Vec<BilledResponse>,
    /// Lines that were read.
    pub lines: u64,
    /// Lines without a response although they should have one, by the reason; reasons without such lines are absent.
    pub skipped: Vec<(&'static str, u64)>,
    /// Attempts that a model refused before any output and that are not billed: in no row.
    pub unbilled_attempts: u64,
    /// Files and folders that could not be read, one sentence each. Nothing else is missing.
    pub problems: Vec<String>,
}

/// Reads a Claude home: every response once, with its cost at list prices.
///
/// A file that cannot be read is a problem of the usage and does not end it.
///
/// # Errors
///
/// Fails when the folder does not exist or cannot be examined.
pub fn read_home(path: &Path) -> Result<Usage, ReadError> {
    let home = ClaudeHome::open(path)?;
    let (mut usage, mut responses) = (Usage::default(), Responses::new());
    let (mut reader, mut lines) = (Reader::new(), LineCounts::default());
    let discovery = discover(&home);
    usage.problems.extend(discovery.problems.iter().map(ToString::to_string));
    if !home.path.join("projects").is_dir() {
        usage
            .problems
            .push(format!("`{}` has no folder `projects`, so it is no Claude home", home.path.display()));
    }
    for file in &discovery.files {
        for batch in reader.batches(file, None) {
            match batch {
                Ok(batch) => {
                    lines.add(&batch.lines);
                    lines.add(&batch.tail);
                    responses.add_batch(&batch);
                }
                Err(error) => usage.problems.push(with_causes(&error)),
            }
        }
    }
    usage.lines = lines.read;
    let issues = SkipReason::ALL.into_iter().filter(|reason| reason.is_issue());
    let counted = issues.map(|reason| (reason.name(), lines.skipped(reason)));
    usage.skipped = counted.filter(|(_, count)| *count > 0).collect();
    usage.add_responses(&responses);
    Ok(usage)
}

impl Usage {
    /// Adds the billed responses of a collection, by time.
    fn add_responses(&mut self, responses: &Responses) {
        let book = PriceBook::builtin();
        for owned in responses.owned() {
            let parts = self.billed_parts(&book, responses, &owned);
            if !parts.is_empty() {
                self.responses.push(BilledResponse {
                    key: owned.key.clone(),
                    is_final: owned.response.winner.is_final,
                    claim: owned.claim,
                    project: owned.project,
                    parts,
                });
            }
        }
        self.responses.sort_by_key(BilledResponse::at_ms);
    }

    /// Returns the billed parts of a response, and counts the others.
    fn billed_parts(
        &mut self,
        book: &PriceBook,
        all: &Responses,
        owned: &OwnedResponse<'_>,
    ) -> Vec<BilledPart> {
        let mut parts = Vec::new();
        let mut call_searches = owned.call_searches;
        for part in &owned.response.parts {
            let (billing, tokens) = (all.billing(owned.key, part), part.tokens);
            let quote = book.quote_request(&billing, Some(owned.claim.attribution.at_ms), tokens.prompt());
            if quote.is_unbilled() {
                self.unbilled_attempts += 1;
                continue;
            }
            let web_searches = part.web_searches.saturating_add(std::mem::take(&mut call_searches));
            parts.push(BilledPart { cost: quote.cost(&tokens, web_searches), billing, tokens, web_searches });
        }
        parts
    }
}
