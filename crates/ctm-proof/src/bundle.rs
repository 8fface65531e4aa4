//! The usage of a session, without texts, paths and ids.
//!
//! # Design
//!
//! Ids are hashed together with the id of the session, which is random and not in a bundle. So a person with the transcript can compute
//! every hash again, and nobody else can try guesses of names. The digest is that of the statement as compact JSON: every number is
//! whole and every amount a text, so that there is one way to write it.

use crate::digest;
use crate::figures::{ExactUsd, PriceLine, ProofTotals, ProvableResponse};
use crate::key::{KeySignature, Signed, SigningKey};
use ctm_pricing::PriceBook;
use ctm_types::TokenCounts;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The name of the form.
pub const BUNDLE_FORMAT: &str = "ctm-proof";

/// The version of the form.
pub const BUNDLE_VERSION: u32 = 1;

/// A bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofBundle {
    /// The name of the form.
    #[schema(pattern = "^ctm-proof$")]
    pub format: String,
    /// The version of the form.
    #[schema(minimum = 1, maximum = 1)]
    pub version: u32,
    /// What it states.
    pub statement: BundleStatement,
    /// SHA-256 of the statement.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub digest: String,
    /// The signature of the digest.
    pub signature: Option<KeySignature>,
}

/// What a bundle states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BundleStatement {
    /// The version of the program.
    pub program: String,
    /// The version of the price table, own prices included.
    pub price_version: String,
    /// Hash of the session's id.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub session: String,
    /// The prices, each once, in order.
    pub prices: Vec<PriceLine>,
    /// The responses, by time and then by key.
    pub responses: Vec<ProvenResponse>,
    /// Their sums.
    pub totals: ProofTotals,
}

/// A response of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvenResponse {
    /// Hash of its key.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub key: String,
    /// Its time, in UTC epoch milliseconds.
    pub at_ms: i64,
    /// `true` if its output is final.
    pub r#final: bool,
    /// Hash of the name of the transcript with the line that counts.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub file: String,
    /// Offset of that line in bytes.
    pub offset: u64,
    /// Number of lines that log it.
    pub lines: u64,
    /// Its parts.
    pub parts: Vec<ProvenPart>,
    /// Its cost, as far as it has a price.
    pub cost_usd: ExactUsd,
}

/// A part of a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvenPart {
    /// Position of its price, from 0.
    pub price: u32,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Tokens written to the cache for five minutes.
    pub cache_write_5m_tokens: u64,
    /// Tokens written to the cache for an hour.
    pub cache_write_1h_tokens: u64,
    /// Web searches.
    pub web_searches: u64,
    /// Its cost, as far as it has a price.
    pub cost_usd: ExactUsd,
}

impl ProvenPart {
    /// Returns its tokens.
    #[must_use]
    pub fn tokens(&self) -> TokenCounts {
        TokenCounts {
            input: self.input_tokens,
            output: self.output_tokens,
            cache_read: self.cache_read_tokens,
            cache_write_5m: self.cache_write_5m_tokens,
            cache_write_1h: self.cache_write_1h_tokens,
        }
    }
}

impl BundleStatement {
    /// Returns the text of which the digest is computed.
    ///
    /// # Panics
    ///
    /// Never: numbers and texts are always JSON.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a statement is JSON")
    }
}

/// Returns the hash of a session's id in a bundle.
#[must_use]
pub fn session_hash(session: &str) -> String {
    digest::of(&format!("{BUNDLE_FORMAT}-{BUNDLE_VERSION}\nsession\n{session}"))
}

/// Returns the hash of another id in a bundle of a session.
fn hash(session: &str, kind: &str, id: &str) -> String {
    digest::of(&format!("{BUNDLE_FORMAT}-{BUNDLE_VERSION}\n{kind}\n{session}\n{id}"))
}

/// A session of which a bundle is made.
#[derive(Debug)]
pub struct BundleSession<'s> {
    session: &'s str,
    prices: &'s PriceBook,
    responses: Vec<(ProvenResponse, Vec<PriceLine>)>,
    totals: ProofTotals,
}

impl<'s> BundleSession<'s> {
    /// Creates a session without responses.
    #[must_use]
    pub fn new(session: &'s str, prices: &'s PriceBook) -> Self {
        Self { session, prices, responses: Vec::new(), totals: ProofTotals::default() }
    }

    /// Adds a response with the line that counts: the name of its transcript, its offset, and the number of all lines.
    pub fn add(&mut self, response: &ProvableResponse<'_>, file: &str, offset: u64, lines: u64) {
        let prices: Vec<_> =
            response.parts.iter().map(|part| PriceLine::of(part, response.at_ms, self.prices)).collect();
        let priced = response.parts.iter().zip(&prices);
        let parts = priced.clone().map(|(part, price)| ProvenPart {
            price: 0,
            input_tokens: part.tokens.input,
            output_tokens: part.tokens.output,
            cache_read_tokens: part.tokens.cache_read,
            cache_write_5m_tokens: part.tokens.cache_write_5m,
            cache_write_1h_tokens: part.tokens.cache_write_1h,
            web_searches: part.web_searches,
            cost_usd: ExactUsd(price.cost(&part.tokens, part.web_searches).amount),
        });
        let parts = parts.collect();
        let added = priced.map(|(part, price)| (price, part.tokens, part.web_searches));
        let cost = self.totals.add(response.is_final, added);
        let proven = ProvenResponse {
            key: hash(self.session, "response", response.key),
            at_ms: response.at_ms.0,
            r#final: response.is_final,
            file: hash(self.session, "file", file),
            offset,
            lines,
            parts,
            cost_usd: ExactUsd(cost.amount),
        };
        self.responses.push((proven, prices));
    }

    /// Returns the bundle of all responses, signed if there is a key.
    #[must_use]
    pub fn finish(mut self, program: &str, key: Option<&SigningKey>) -> ProofBundle {
        self.responses.sort_by(|(one, _), (other, _)| (one.at_ms, &one.key).cmp(&(other.at_ms, &other.key)));
        let mut prices: Vec<PriceLine> =
            self.responses.iter().flat_map(|(_, prices)| prices.iter().cloned()).collect();
        prices.sort_unstable();
        prices.dedup();
        for (response, of_parts) in &mut self.responses {
            for (part, price) in response.parts.iter_mut().zip(&*of_parts) {
                let place = prices.binary_search(price).unwrap_or_default();
                part.price = u32::try_from(place).unwrap_or(u32::MAX);
            }
        }
        let statement = BundleStatement {
            program: program.to_owned(),
            price_version: self.prices.version().to_owned(),
            session: session_hash(self.session),
            prices,
            responses: self.responses.into_iter().map(|(response, _)| response).collect(),
            totals: self.totals,
        };
        let digest = digest::of(&statement.text());
        let signature = key.map(|key| key.sign(Signed::Bundle, &digest));
        ProofBundle {
            format: BUNDLE_FORMAT.to_owned(),
            version: BUNDLE_VERSION,
            statement,
            digest,
            signature,
        }
    }
}
