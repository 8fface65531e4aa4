//! Claims as they are stored: a row for each, with its first billed part in columns of their own.

use crate::connection::{TenantId, Tx};
use crate::error::damaged;
use crate::names::{billing_id, conversation_id};
use ctm_types::{ClaimOrder, ClaimRank, EpochMs, KeyDigest, MachineClaim, MachineId, Part, UtcDay};
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{QueryBuilder, Row as _};
use std::cmp::Reverse;

/// Numbers of a billed part: billing terms, the five kinds of tokens, web searches.
pub(crate) type PartNumbers = [i64; 7];

/// Rows of a statement: each has sixteen values, of which a statement takes 65,535.
const ROWS: usize = 2_000;

/// The columns of a claim.
macro_rules! columns {
    () => {
        "at_ms, rank, revision, conversation, billing, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches, tenant, \
         machine, contested, key, further"
    };
}

pub(crate) use columns;

/// A claim of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) key: KeyDigest,
    pub(crate) machine: i32,
    pub(crate) revision: i64,
    pub(crate) rank: i64,
    pub(crate) at_ms: EpochMs,
    pub(crate) conversation: i64,
    /// At least one.
    pub(crate) parts: Vec<PartNumbers>,
}

impl Claim {
    /// Returns the claim of a machine with this number.
    pub(crate) fn of(machine: i32, claim: &MachineClaim) -> Self {
        Self {
            key: claim.key,
            machine,
            revision: revision(claim),
            rank: claim.rank.number().cast_signed(),
            at_ms: claim.at_ms,
            conversation: conversation_id(&claim.conversation),
            parts: claim.parts.iter().map(numbers).collect(),
        }
    }

    /// Reads a row with [`columns`].
    pub(crate) fn read(row: &PgRow) -> sqlx::Result<Self> {
        let number = |column| row.try_get::<i64, _>(column);
        let further: Option<Vec<i64>> = row.try_get("further")?;
        let mut parts = vec![[
            number("billing")?,
            number("input")?,
            number("output")?,
            number("cache_read")?,
            number("cache_write_5m")?,
            number("cache_write_1h")?,
            number("web_searches")?,
        ]];
        let (further, rest) = further.as_deref().unwrap_or_default().as_chunks();
        if !rest.is_empty() {
            return Err(damaged("a response has a part of a part"));
        }
        parts.extend_from_slice(further);
        Ok(Self {
            key: key_of(row)?,
            machine: row.try_get("machine")?,
            revision: number("revision")?,
            rank: number("rank")?,
            at_ms: EpochMs(number("at_ms")?),
            conversation: number("conversation")?,
            parts,
        })
    }

    /// Returns the claim's sort key: the greatest counts.
    pub(crate) fn order(&self, uid: MachineId) -> sqlx::Result<ClaimOrder> {
        Ok((self.rank()?, Reverse(self.at_ms), Reverse(uid)))
    }

    /// Returns the rank.
    pub(crate) fn rank(&self) -> sqlx::Result<ClaimRank> {
        let rank = u64::try_from(self.rank).ok().and_then(ClaimRank::from_number);
        rank.ok_or_else(|| damaged(format!("a response has the rank {}", self.rank)))
    }

    /// Returns the UTC day.
    pub(crate) fn day(&self) -> UtcDay {
        UtcDay::of(self.at_ms)
    }

    /// Returns the billed parts but the first.
    fn further(&self) -> Option<Vec<i64>> {
        let further = self.parts.get(1..).unwrap_or_default().as_flattened();
        (!further.is_empty()).then(|| further.to_vec())
    }
}

/// Returns the revision of a claim as it is stored.
pub(crate) fn revision(claim: &MachineClaim) -> i64 {
    i64::try_from(claim.revision).unwrap_or(i64::MAX)
}

/// Reads the key of a row.
pub(crate) fn key_of(row: &PgRow) -> sqlx::Result<KeyDigest> {
    let key: &[u8] = row.try_get("key")?;
    key.try_into().map(KeyDigest).map_err(|_| damaged("a key has another length"))
}

fn numbers(part: &Part) -> PartNumbers {
    let counts = [
        part.tokens.input,
        part.tokens.output,
        part.tokens.cache_read,
        part.tokens.cache_write_5m,
        part.tokens.cache_write_1h,
        part.web_searches,
    ];
    let [input, output, cache_read, cache_write_5m, cache_write_1h, web_searches] =
        counts.map(u64::cast_signed);
    [billing_id(&part.billing).0, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches]
}

/// Inserts claims, in their order, with what is at the end of the statement. Returns the rows that it returns.
pub(crate) async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    [start, end]: [&'static str; 2],
    claims: &[(Claim, bool)],
) -> sqlx::Result<Vec<PgRow>> {
    let mut returned = Vec::new();
    for rows in claims.chunks(ROWS) {
        let mut insert = QueryBuilder::<Postgres>::new(start);
        insert.push_values(rows, |mut row, (claim, contested)| {
            row.push_bind(claim.at_ms.0).push_bind(claim.rank).push_bind(claim.revision);
            row.push_bind(claim.conversation);
            for number in claim.parts.first().copied().unwrap_or_default() {
                row.push_bind(number);
            }
            row.push_bind(tenant.0).push_bind(claim.machine).push_bind(*contested);
            row.push_bind(claim.key.0.to_vec()).push_bind(claim.further());
        });
        insert.push(end);
        returned.extend(insert.build().persistent(false).fetch_all(&mut **tx).await?);
    }
    Ok(returned)
}
