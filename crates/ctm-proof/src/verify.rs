//! Everything in a bundle, computed again.

use crate::bundle::{
    BUNDLE_FORMAT, BUNDLE_VERSION, BundleStatement, ProofBundle, ProvenPart, ProvenResponse,
};
use crate::digest;
use crate::figures::{ExactUsd, PriceLine, ProofTotals};
use crate::key::Signed;
use ctm_pricing::PriceBook;
use ctm_types::{EpochMs, Part, TokenCounts};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Problems of a check that are listed; the others are counted.
const MOST_PROBLEMS: usize = 20;

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: &'static str,
    /// Whether it holds; `null` if it could not be checked.
    pub holds: Option<bool>,
    /// What was found.
    pub text: String,
    /// What does not hold, the first 20 of it.
    pub problems: Vec<String>,
}

impl Finding {
    /// Returns a check of what has no problems, or does not hold.
    fn of(check: &'static str, text: impl Into<String>, mut problems: Vec<String>) -> Self {
        let holds = Some(problems.is_empty());
        let more = problems.len().saturating_sub(MOST_PROBLEMS);
        problems.truncate(MOST_PROBLEMS);
        if more > 0 {
            problems.push(format!("and {more} more"));
        }
        Self { check, holds, text: text.into(), problems }
    }

    /// Returns whether a bundle is signed by a public key, in hexadecimal digits.
    #[must_use]
    pub fn signer(bundle: &ProofBundle, wanted: &str) -> Self {
        let signer = bundle.signature.as_ref().map(|signature| signature.public_key.as_str());
        let problem = match signer {
            Some(signer) if signer.eq_ignore_ascii_case(wanted) => None,
            Some(signer) => Some(format!("it is signed by {signer}")),
            None => Some("it is not signed".to_owned()),
        };
        Self::of("signer", format!("signed by {wanted}"), problem.into_iter().collect())
    }

    /// Returns that the session of a bundle is not among the own facts.
    #[must_use]
    pub fn unknown_session() -> Self {
        let problem = "the session is not known here".to_owned();
        Self::of("own facts", "the responses are compared with those of this database", vec![problem])
    }

    /// Returns a check that could not be made.
    fn unchecked(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, holds: None, text: text.into(), problems: Vec::new() }
    }
}

/// What holds of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether nothing that was checked fails.
    pub holds: bool,
    /// Whether the cost is that of all its usage.
    pub is_exact: bool,
    /// The sums, as the bundle states them.
    pub totals: ProofTotals,
    /// The checks.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Adds a check.
    pub fn add(&mut self, finding: Finding) {
        self.holds &= finding.holds != Some(false);
        self.findings.push(finding);
    }
}

/// Why a text is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is not JSON, or not in the form.
    #[error("it is not a bundle: {0}")]
    NotABundle(String),
    /// It is of a version that is not read.
    #[error("it is of version {0}; this program reads version {BUNDLE_VERSION}")]
    Version(u64),
}

/// What all versions have.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

/// Reads a bundle.
///
/// # Errors
///
/// Fails for any other text, and for other versions.
pub fn read(text: &[u8]) -> Result<ProofBundle, BundleError> {
    let wrong = |error: serde_json::Error| BundleError::NotABundle(error.to_string());
    let head: Head = serde_json::from_slice(text).map_err(wrong)?;
    if head.format != BUNDLE_FORMAT {
        return Err(BundleError::NotABundle(format!("its format is not `{BUNDLE_FORMAT}`")));
    }
    if head.version != u64::from(BUNDLE_VERSION) {
        return Err(BundleError::Version(head.version));
    }
    serde_json::from_slice(text).map_err(wrong)
}

/// Computes everything in a bundle again.
#[must_use]
pub fn verify(bundle: &ProofBundle, prices: &PriceBook) -> Verdict {
    let of = &bundle.statement;
    let mut verdict = Verdict {
        holds: true,
        is_exact: of.totals.is_exact(),
        totals: of.totals.clone(),
        findings: Vec::new(),
    };
    verdict.add(digest_finding(bundle));
    verdict.add(signature_finding(bundle));
    verdict.add(Finding::of("order", "responses are in order, and none is there twice", order_problems(of)));
    let parts = of.responses.iter().map(|response| response.parts.len()).sum::<usize>();
    let text = format!("the cost of {parts} parts of {} responses", of.responses.len());
    verdict.add(Finding::of("costs", text, cost_problems(of)));
    verdict.add(Finding::of("totals", "the totals are the sums of the responses", total_problems(of)));
    verdict.add(table_finding(of, prices));
    verdict
}

fn digest_finding(bundle: &ProofBundle) -> Finding {
    let found = digest::of(&bundle.statement.text());
    let problem = format!("the digest of the statement is {found}");
    let problems = if found == bundle.digest { Vec::new() } else { vec![problem] };
    Finding::of("digest", bundle.digest.clone(), problems)
}

fn signature_finding(bundle: &ProofBundle) -> Finding {
    let Some(signature) = &bundle.signature else {
        return Finding::unchecked("signature", "not signed: anybody could have written it");
    };
    let is_valid = signature.is_of(Signed::Bundle, &bundle.digest);
    let problems = if is_valid { Vec::new() } else { vec!["the signature is not valid".to_owned()] };
    Finding::of("signature", format!("by the key {}", signature.public_key), problems)
}

fn order_problems(of: &BundleStatement) -> Vec<String> {
    let mut problems = Vec::new();
    let mut keys = HashSet::new();
    for (number, response) in of.responses.iter().enumerate() {
        if !keys.insert(&response.key) {
            problems.push(format!("response {number} is there twice"));
        }
        if response.parts.is_empty() {
            problems.push(format!("response {number} has no part"));
        }
    }
    for (number, pair) in of.responses.windows(2).enumerate() {
        if let [one, other] = pair
            && (one.at_ms, &one.key) > (other.at_ms, &other.key)
        {
            problems.push(format!("response {} is before the one in front of it", number + 1));
        }
    }
    if !of.prices.is_sorted_by(|one, other| one < other) {
        problems.push("the prices are not in order, or one is there twice".to_owned());
    }
    let used: HashSet<u32> =
        of.responses.iter().flat_map(|response| response.parts.iter().map(|part| part.price)).collect();
    let unused = (0_u32..).zip(&of.prices).filter(|(number, _)| !used.contains(number));
    problems.extend(unused.map(|(number, _)| format!("price {number} is of no response")));
    problems
}

/// Returns the price of a part.
fn price<'s>(of: &'s BundleStatement, part: &ProvenPart) -> Option<&'s PriceLine> {
    of.prices.get(usize::try_from(part.price).ok()?)
}

fn cost_problems(of: &BundleStatement) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, response) in of.responses.iter().enumerate() {
        let mut sum = ExactUsd::default();
        for part in &response.parts {
            let Some(price) = price(of, part) else {
                problems.push(format!("response {number} has the price {}, which is missing", part.price));
                continue;
            };
            let cost = price.cost(&part.tokens(), part.web_searches).amount;
            sum.0 += cost;
            if cost != part.cost_usd.0 {
                let stated = part.cost_usd.0;
                problems.push(format!("a part of response {number} costs {cost} at its price, not {stated}"));
            }
        }
        if sum != response.cost_usd {
            let (sum, stated) = (sum.0, response.cost_usd.0);
            problems.push(format!("the parts of response {number} cost {sum}, not {stated}"));
        }
    }
    problems
}

fn total_problems(of: &BundleStatement) -> Vec<String> {
    let mut totals = ProofTotals::default();
    for response in &of.responses {
        let parts = response.parts.iter().filter_map(|part| {
            let price = price(of, part)?;
            Some((price, part.tokens(), part.web_searches))
        });
        totals.add(response.r#final, parts);
    }
    differences(&totals, &of.totals)
}

/// Returns the figures in which computed totals differ from stated ones.
fn differences(computed: &ProofTotals, stated: &ProofTotals) -> Vec<String> {
    let counts = |of: &ProofTotals| {
        [
            ("responses", of.responses),
            ("input tokens", of.input_tokens),
            ("output tokens", of.output_tokens),
            ("cache read tokens", of.cache_read_tokens),
            ("cache write tokens of five minutes", of.cache_write_5m_tokens),
            ("cache write tokens of an hour", of.cache_write_1h_tokens),
            ("web searches", of.web_searches),
            ("unfinalised responses", of.unfinalised),
            ("unpriced tokens", of.unpriced_tokens),
            ("unpriced web searches", of.unpriced_web_searches),
        ]
    };
    let pairs = counts(computed).into_iter().zip(counts(stated));
    let mut problems: Vec<String> = pairs
        .filter(|(computed, stated)| computed != stated)
        .map(|((name, computed), (_, stated))| format!("{computed} {name}, not {stated}"))
        .collect();
    if computed.cost_usd != stated.cost_usd {
        problems.push(format!("a cost of {}, not {}", computed.cost_usd.0, stated.cost_usd.0));
    }
    problems
}

/// Compares the prices with the table of this program, if it is of the same version.
fn table_finding(of: &BundleStatement, prices: &PriceBook) -> Finding {
    let version = prices.version();
    if version != of.price_version {
        let text = format!(
            "the prices are of the version {}, and this program has {version}: each is as the bundle states it",
            of.price_version
        );
        return Finding::unchecked("price table", text);
    }
    let mut problems = Vec::new();
    for (number, response) in of.responses.iter().enumerate() {
        for part in &response.parts {
            let Some(stated) = price(of, part) else { continue };
            let billing = Arc::new(stated.billing());
            let part =
                Part { billing, tokens: part.tokens(), web_searches: part.web_searches, ttl_assumed: false };
            if PriceLine::of(&part, EpochMs(response.at_ms), prices) != *stated {
                problems.push(format!("the price of a part of response {number} is not that of the table"));
            }
        }
    }
    Finding::of("price table", format!("the prices are those of the version {version}"), problems)
}

/// Compares a bundle with that of the same session from other facts.
#[must_use]
pub fn compare(bundle: &ProofBundle, own: &ProofBundle) -> Finding {
    let by_key = |of: &ProofBundle| -> BTreeMap<String, ProvenResponse> {
        of.statement.responses.iter().map(|response| (response.key.clone(), response.clone())).collect()
    };
    let (stated, mut known) = (by_key(bundle), by_key(own));
    let mut problems = Vec::new();
    for (key, response) in &stated {
        match known.remove(key) {
            None => problems.push(format!("response {} is not known here", short(key))),
            Some(here) if figures(bundle, response) != figures(own, &here) => {
                problems.push(format!("response {} has other figures here", short(key)));
            }
            Some(_) => {}
        }
    }
    problems.extend(known.keys().map(|key| format!("response {} is missing in the bundle", short(key))));
    let text = format!("{} responses are compared with those of this database", stated.len());
    Finding::of("own facts", text, problems)
}

/// The facts of a response, independent of prices.
type Figures = (i64, bool, String, u64, Vec<(Option<ctm_types::Billing>, TokenCounts, u64)>);

fn figures(of: &ProofBundle, response: &ProvenResponse) -> Figures {
    let part = |part: &ProvenPart| {
        let billing = price(&of.statement, part).map(PriceLine::billing);
        (billing, part.tokens(), part.web_searches)
    };
    let parts = response.parts.iter().map(part).collect();
    (response.at_ms, response.r#final, response.file.clone(), response.offset, parts)
}

/// Returns the first digits of a hash; any other text as far as it is one of hexadecimal digits.
fn short(key: &str) -> String {
    key.chars().take_while(char::is_ascii_hexdigit).take(12).collect()
}
