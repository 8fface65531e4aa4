//! What claims refer to: conversations and billing terms, by numbers that are the same for all machines.
//!
//! A number is the beginning of a SHA-256, so that no machine can choose names whose number is that of another name.

use crate::connection::{TenantId, Tx, statement};
use ctm_types::{Billing, BillingId, DisclosedConversation, MachineClaim, ProjectId, SessionId};
use sha2::{Digest, Sha256};
use sqlx::QueryBuilder;
use std::collections::BTreeMap;

/// Rows of a statement: each has fewer than ten values, of which a statement takes 65,535.
const ROWS: usize = 5_000;

/// What a digest is of, so that numbers of different kinds differ.
#[derive(Clone, Copy)]
enum Kind {
    Session = 1,
    Project,
    Conversation,
    Billing,
}

/// Returns the number of texts: greater than 0, which stands for no name.
fn number_of(kind: Kind, texts: &[Option<&str>]) -> i64 {
    let mut digest = Sha256::new_with_prefix([kind as u8]);
    for text in texts {
        // A length first: no two lists of texts have the same bytes.
        let length = text.map_or(u64::MAX, |text| text.len() as u64);
        digest.update(length.to_le_bytes());
        digest.update(text.unwrap_or_default());
    }
    let digest = digest.finalize();
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    (u64::from_le_bytes(first) >> 1).max(1).cast_signed()
}

/// Returns the number of a session's hash.
pub(crate) fn session_id(session: &str) -> SessionId {
    SessionId(number_of(Kind::Session, &[Some(session)]))
}

/// Returns the number of a project's name.
pub(crate) fn project_id(project: &str) -> ProjectId {
    ProjectId(number_of(Kind::Project, &[Some(project)]))
}

/// Returns the number of billing terms.
pub(crate) fn billing_id(of: &Billing) -> BillingId {
    let Billing { model, speed, service_tier, inference_geo, refusal } = of;
    let terms = [speed, service_tier, inference_geo, refusal].map(|term| term.as_deref());
    let [speed, tier, geo, refusal] = terms;
    BillingId(number_of(Kind::Billing, &[Some(model), speed, tier, geo, refusal]))
}

/// Returns the number of a conversation.
pub(crate) fn conversation_id(of: &DisclosedConversation) -> i64 {
    let DisclosedConversation { session, project, version, sidechain } = of;
    let kind = sidechain.then_some("sidechain");
    number_of(Kind::Conversation, &[session.as_deref(), project.as_deref(), version.as_deref(), kind])
}

/// Stores what claims of a machine refer to, in the order of numbers.
pub(crate) async fn learn(
    tx: &mut Tx,
    tenant: TenantId,
    machine: i32,
    claims: &[&MachineClaim],
) -> sqlx::Result<()> {
    let conversations: BTreeMap<i64, &DisclosedConversation> =
        claims.iter().map(|claim| (conversation_id(&claim.conversation), &*claim.conversation)).collect();
    let parts = claims.iter().flat_map(|claim| &claim.parts);
    let billings: BTreeMap<i64, &Billing> =
        parts.map(|part| (billing_id(&part.billing).0, &*part.billing)).collect();
    let conversations = unknown(tx, KNOWN_CONVERSATIONS, tenant, machine, conversations).await?;
    for rows in conversations.chunks(ROWS) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO conversation (tenant, machine, id, session_id, project_id, session, project, version, sidechain) ",
        );
        insert.push_values(rows, |mut row, (id, of)| {
            row.push_bind(tenant.0).push_bind(machine).push_bind(*id);
            row.push_bind(of.session.as_deref().map_or(0, |session| session_id(session).0));
            row.push_bind(of.project.as_deref().map_or(0, |project| project_id(project).0));
            row.push_bind(of.session.clone()).push_bind(of.project.clone());
            row.push_bind(of.version.clone()).push_bind(of.sidechain);
        });
        insert.build().persistent(false).execute(&mut **tx).await?;
    }
    let billings = unknown(tx, KNOWN_BILLINGS, tenant, machine, billings).await?;
    for rows in billings.chunks(ROWS) {
        let mut insert = QueryBuilder::new(
            "INSERT INTO billing (tenant, machine, id, model, speed, service_tier, inference_geo, refusal) ",
        );
        insert.push_values(rows, |mut row, (id, of)| {
            row.push_bind(tenant.0).push_bind(machine).push_bind(*id).push_bind(of.model.clone());
            row.push_bind(of.speed.clone()).push_bind(of.service_tier.clone());
            row.push_bind(of.inference_geo.clone()).push_bind(of.refusal.clone());
        });
        insert.build().persistent(false).execute(&mut **tx).await?;
    }
    Ok(())
}

const KNOWN_CONVERSATIONS: &str =
    "SELECT id FROM conversation WHERE tenant = $1 AND machine = $2 AND id = ANY($3)";

const KNOWN_BILLINGS: &str = "SELECT id FROM billing WHERE tenant = $1 AND machine = $2 AND id = ANY($3)";

/// Returns the names that are not stored. Only transactions that have locked the machine store any of it.
async fn unknown<'n, T>(
    tx: &mut Tx,
    known: &'static str,
    tenant: TenantId,
    machine: i32,
    mut names: BTreeMap<i64, &'n T>,
) -> sqlx::Result<Vec<(i64, &'n T)>> {
    use sqlx::Row as _;
    let ids: Vec<i64> = names.keys().copied().collect();
    for row in statement(known).bind(tenant.0).bind(machine).bind(ids).fetch_all(&mut **tx).await? {
        names.remove(&row.try_get::<i64, _>(0)?);
    }
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_their_names_and_kinds() {
        assert_eq!(session_id("s"), session_id("s"));
        assert!(session_id("s").0 > 0);
        assert_ne!(session_id("s").0, project_id("s").0);
        let billing = |speed: Option<&str>, tier: Option<&str>| Billing {
            model: "m".to_owned(),
            speed: speed.map(str::to_owned),
            service_tier: tier.map(str::to_owned),
            ..Billing::default()
        };
        let all = [(None, None), (Some(""), None), (None, Some("")), (Some("a"), None), (None, Some("a"))];
        let ids = all.map(|(speed, tier)| billing_id(&billing(speed, tier)));
        assert_eq!(std::collections::BTreeSet::from(ids).len(), ids.len());
    }
}
