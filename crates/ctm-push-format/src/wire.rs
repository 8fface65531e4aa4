//! The lines as they are written. Every field that is read has a default where its absence means something.

use crate::Push;
use ctm_types::{Billing, DisclosedConversation, MachineClaim, Part, TokenCounts};
use serde::{Deserialize, Serialize};

/// The first line of a section.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Version of the format.
    pub(crate) v: u32,
    /// The machine, in hexadecimal digits.
    pub(crate) machine: String,
    /// What the machine is called.
    pub(crate) name: String,
    /// Level of disclosure.
    pub(crate) level: String,
    /// Check of the pepper.
    pub(crate) pepper: String,
    /// When the section was written, in UTC epoch milliseconds.
    pub(crate) at: i64,
    /// What a push has besides.
    #[serde(flatten)]
    pub(crate) push: PushOf,
    /// Claims that follow.
    pub(crate) claims: usize,
    /// Conversations that claims refer to.
    pub(crate) conversations: Vec<ConversationOf>,
    /// Billing terms that claims refer to.
    pub(crate) billings: Vec<BillingOf>,
}

/// Position in the journal of the machine; all absent from a file of facts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PushOf {
    /// The journal, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) journal: Option<String>,
    /// The last entry before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<u64>,
    /// The last entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<u64>,
    /// Receipt of the push before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) receipt: Option<String>,
}

/// A conversation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConversationOf {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    sidechain: bool,
}

/// Billing terms.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BillingOf {
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    speed: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_tier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inference_geo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusal: Option<String>,
}

/// A claim.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ClaimOf {
    /// Revision.
    pub(crate) r: u64,
    /// Digest of the key, in hexadecimal digits.
    pub(crate) k: String,
    /// Time, in UTC epoch milliseconds.
    pub(crate) at: i64,
    /// Position of the conversation.
    pub(crate) c: usize,
    /// Rank: as a text, because not every program reads numbers of more than 53 bits exactly.
    pub(crate) rank: String,
    /// The billed parts.
    pub(crate) p: Vec<PartOf>,
}

/// A billed part: position of the billing terms, input, output, cache reads, cache writes of five minutes and of an hour,
/// web searches, and 1 if the duration of the cache writes is assumed. What follows is ignored.
pub(crate) type PartOf = Vec<u64>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl From<&Push> for PushOf {
    fn from(push: &Push) -> Self {
        Self {
            journal: Some(push.journal.to_string()),
            from: Some(push.from),
            to: Some(push.to),
            receipt: push.receipt.clone(),
        }
    }
}

impl From<&DisclosedConversation> for ConversationOf {
    fn from(of: &DisclosedConversation) -> Self {
        let DisclosedConversation { session, project, version, sidechain } = of.clone();
        Self { session, project, version, sidechain }
    }
}

impl From<ConversationOf> for DisclosedConversation {
    fn from(of: ConversationOf) -> Self {
        let ConversationOf { session, project, version, sidechain } = of;
        Self { session, project, version, sidechain }
    }
}

impl From<&Billing> for BillingOf {
    fn from(of: &Billing) -> Self {
        let Billing { model, speed, service_tier, inference_geo, refusal } = of.clone();
        Self { model, speed, service_tier, inference_geo, refusal }
    }
}

impl From<BillingOf> for Billing {
    fn from(of: BillingOf) -> Self {
        let BillingOf { model, speed, service_tier, inference_geo, refusal } = of;
        Self { model, speed, service_tier, inference_geo, refusal }
    }
}

impl ClaimOf {
    /// Returns the line of a claim with the positions of its conversation and of the billing terms of its parts.
    pub(crate) fn of(claim: &MachineClaim, conversation: usize, billings: &[usize]) -> Self {
        let part = |(of, billing): (&Part, &usize)| {
            let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = of.tokens;
            let counts = [input, output, cache_read, cache_write_5m, cache_write_1h, of.web_searches];
            let ends = [*billing as u64, of.ttl_assumed.into()];
            [&ends[..1], &counts, &ends[1..]].concat()
        };
        Self {
            r: claim.revision,
            k: claim.key.to_string(),
            at: claim.at_ms.0,
            c: conversation,
            rank: claim.rank.number().to_string(),
            p: claim.parts.iter().zip(billings).map(part).collect(),
        }
    }
}
