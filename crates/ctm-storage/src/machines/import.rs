//! Import of claims of other machines.
//!
//! # Design
//!
//! Everything is one transaction, so that a file of which a line is refused changes nothing. Claims are taken section by
//! section, in the memory of one. A claim replaces the known one of its machine if its revision is greater: files may come in
//! any order, and twice.

use crate::days::{self, EventOrder};
use crate::loading;
use crate::overlap;
use crate::store::Store;
use ctm_facts::{ImportError, Imported, ImportedMachine, MachineSection, OwnMachine};
use ctm_sqlite::error::{AtPath, damaged};
use ctm_sqlite::rows::{next_id, write};
use ctm_sqlite::sql::{Db, Numbers, Tx, Writing, all, bump, column, execute, json_list, one, values};
use ctm_types::{Billing, EpochMs, KeyDigest, MachineClaim, MachineId, Part, UtcDay};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Names of a kind by what they stand for.
type Numbered<T> = HashMap<T, i64>;

/// What claims refer to.
struct Referred<'c> {
    sessions: Numbered<&'c str>,
    projects: Numbered<&'c str>,
    versions: Numbered<&'c str>,
    billings: Numbered<&'c Billing>,
}

/// A row of a claim.
struct ClaimPart<'c> {
    claim: &'c MachineClaim,
    number: usize,
    part: &'c Part,
}

/// What sections change.
#[derive(Default)]
pub(crate) struct Taken {
    imported: BTreeMap<MachineId, ImportedMachine>,
    own: u64,
    is_renamed: bool,
    /// Whether claims are compared as they are taken.
    is_paired: bool,
}

impl Store {
    /// Imports the claims of other machines that `next` returns, section by section.
    ///
    /// # Errors
    ///
    /// Fails when `next` does, when usage of other machines was imported with another secret, and when the database is
    /// locked, full, damaged or gone; then nothing was changed.
    pub async fn import_claims(
        &self,
        own: &OwnMachine,
        next: impl FnMut() -> Result<Option<MachineSection>, String> + Send,
    ) -> Result<Imported, ImportError> {
        self.check_place()?;
        let mut connection = Writing::connect(&self.write_options()).await.at(&self.path)?;
        let mut tx = connection.begin().await.at(&self.path)?;
        let taken = self.take_sections(&mut tx, own, next).await?;
        tx.commit().await.at(&self.path)?;
        connection.close().await.at(&self.path)?;
        Ok(Imported { machines: taken.imported.into_values().collect(), own: taken.own })
    }

    /// Takes the claims of sections, and determines what counts.
    pub(crate) async fn take_sections(
        &self,
        tx: &mut Tx<'_>,
        own: &OwnMachine,
        mut next: impl FnMut() -> Result<Option<MachineSection>, String> + Send,
    ) -> Result<Taken, ImportError> {
        let is_other_machine = adopt(tx, own).await.at(&self.path)?.ok_or(ImportError::Pepper)?;
        let is_paired = !is_other_machine && overlap::is_paired(tx).await.at(&self.path)?;
        let mut taken = Taken { is_paired, ..Taken::default() };
        while let Some(section) = next().map_err(ImportError::Refused)? {
            if section.machine == own.id {
                taken.own += section.claims.len() as u64;
            } else {
                taken.add(tx, &section, own.now).await.at(&self.path)?;
            }
        }
        let is_new = taken.imported.values().any(|machine| machine.new > 0);
        if is_new && is_paired {
            self.sum_compared(tx).await.at(&self.path)?;
        } else if is_new || is_other_machine {
            self.recompare(tx).await.at(&self.path)?;
        } else if taken.is_renamed {
            bump(tx, true).await.at(&self.path)?;
        }
        let _ = forget_secret(tx).await.at(&self.path)?;
        Ok(taken)
    }

    /// Sums the days on which other responses count now, as it was determined for the changed ones.
    pub(super) async fn sum_compared(&self, tx: &mut Tx<'_>) -> sqlx::Result<()> {
        days::compute_marked(tx, &self.form, EventOrder::Day).await?;
        bump(tx, true).await.map(drop)
    }

    /// Compares all claims, and sums the days on which other responses count now.
    pub(super) async fn recompare(&self, tx: &mut Tx<'_>) -> sqlx::Result<()> {
        let is_loading = loading::is_under_way(tx).await?;
        // The end of a load compares and sums all.
        if !is_loading {
            let days = overlap::compare(tx).await?;
            days::mark(tx, &days).await?;
            days::compute_marked(tx, &self.form, EventOrder::Day).await?;
        }
        bump(tx, !is_loading).await?;
        Ok(())
    }
}

/// Stores by what responses of this machine are recognised. Returns whether this machine is another one than before; `None` if
/// the secret is another one.
async fn adopt(tx: &mut Tx<'_>, own: &OwnMachine) -> sqlx::Result<Option<bool>> {
    const PUT: &str = "INSERT INTO machine_secret (id, pepper, own) VALUES (1, ?1, ?2)
        ON CONFLICT DO UPDATE SET own = excluded.own";
    let stored: Vec<(Vec<u8>, String)> = all(tx, "SELECT pepper, own FROM machine_secret", values![]).await?;
    let of_hub: Vec<Vec<u8>> = column(tx, "SELECT pepper FROM hub_state", values![]).await?;
    let id = own.id.to_string();
    let known = stored.first();
    if known.map(|(pepper, _)| pepper).or(of_hub.first()).is_some_and(|pepper| *pepper != own.pepper) {
        return Ok(None);
    }
    execute(tx, PUT, values![&*own.pepper, &*id]).await?;
    Ok(Some(known.is_some_and(|(_, known)| *known != id)))
}

/// Removes the secret once there is no other machine. Returns whether there is none.
pub(super) async fn forget_secret(tx: &mut Tx<'_>) -> sqlx::Result<bool> {
    const FORGET: &str = "DELETE FROM machine_secret WHERE NOT EXISTS (SELECT 1 FROM machine)";
    Ok(execute(tx, FORGET, values![]).await? > 0)
}

impl Taken {
    /// Returns how many claims were new, or newer than the known ones.
    pub(crate) fn new_claims(&self) -> u64 {
        self.imported.values().map(|machine| machine.new).sum()
    }

    async fn add(&mut self, tx: &mut Tx<'_>, section: &MachineSection, now: EpochMs) -> sqlx::Result<()> {
        let (machine, is_renamed) = machine(tx, section, now).await?;
        self.is_renamed |= is_renamed;
        let Newer { claims: new, replaced_days } = newer(tx, machine, &section.claims).await?;
        days::mark(tx, &replaced_days).await?;
        store(tx, machine, &new).await?;
        if self.is_paired {
            overlap::find_sessions(tx).await?;
            overlap::compare_keys(tx, &new.iter().map(|claim| claim.key).collect()).await?;
        }
        let imported = self.imported.entry(section.machine).or_insert_with(|| ImportedMachine {
            id: section.machine,
            name: section.name.clone(),
            claims: 0,
            new: 0,
        });
        imported.claims += section.claims.len() as u64;
        imported.new += new.len() as u64;
        Ok(())
    }
}

/// Stores a machine as its newest section describes it. Returns its number, and whether anything of it is new.
async fn machine(tx: &mut Tx<'_>, section: &MachineSection, now: EpochMs) -> sqlx::Result<(i64, bool)> {
    const PUT: &str = "INSERT INTO machine (id, uid, name, level, exported_at_ms, imported_at_ms)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (uid) DO UPDATE SET name = excluded.name, level = excluded.level,
            exported_at_ms = excluded.exported_at_ms, imported_at_ms = excluded.imported_at_ms
        WHERE excluded.exported_at_ms > exported_at_ms";
    let MachineSection { machine, name, level, at_ms, .. } = section;
    let uid = machine.to_string();
    let id: i64 = next_id(tx, "SELECT coalesce(max(id), 0) FROM machine").await?;
    let put = execute(tx, PUT, values![id, &*uid, &**name, &**level, at_ms.0, now.0]).await?;
    let (id,): (i64,) = one(tx, "SELECT id FROM machine WHERE uid = ?1", values![&*uid]).await?;
    Ok((id, put > 0))
}

/// Claims that are newer than the known ones of their machine.
struct Newer<'c> {
    /// One for each response.
    claims: Vec<&'c MachineClaim>,
    /// The days of known claims that count, and that they replace.
    replaced_days: BTreeSet<UtcDay>,
}

/// Returns the claims that are newer than the known ones of the machine.
async fn newer<'c>(tx: &mut Tx<'_>, machine: i64, claims: &'c [MachineClaim]) -> sqlx::Result<Newer<'c>> {
    const KNOWN: &str = "SELECT machine_claim.key, revision, at_ms, counts FROM json_each(?2) AS wanted
        CROSS JOIN machine_claim ON machine_claim.key = unhex(wanted.value) AND machine_id = ?1 AND part = 0";
    let keys: Vec<String> = claims.iter().map(|claim| claim.key.to_string()).collect();
    let known: Vec<(Vec<u8>, i64, Db<EpochMs>, bool)> =
        all(tx, KNOWN, values![machine, json_list(&keys)]).await?;
    let mut revisions: HashMap<KeyDigest, i64> = HashMap::new();
    let mut days: HashMap<KeyDigest, UtcDay> = HashMap::new();
    for (key, revision, Db(at_ms), counts) in known {
        let key = key.try_into().map(KeyDigest).map_err(|_| damaged("a key has another length"))?;
        revisions.insert(key, revision);
        if counts {
            days.insert(key, UtcDay::of(at_ms));
        }
    }
    let mut newest: BTreeMap<KeyDigest, &MachineClaim> = BTreeMap::new();
    for claim in claims {
        let former = newest.get(&claim.key).map(|claim| revision(claim));
        let former = former.or_else(|| revisions.get(&claim.key).copied());
        if former.is_none_or(|former| former < revision(claim)) {
            newest.insert(claim.key, claim);
        }
    }
    let replaced_days = newest.keys().filter_map(|key| days.get(key).copied()).collect();
    Ok(Newer { claims: newest.into_values().collect(), replaced_days })
}

/// Returns the revision of a claim as it is stored.
fn revision(claim: &MachineClaim) -> i64 {
    i64::try_from(claim.revision).unwrap_or(i64::MAX)
}

/// Stores claims in place of the known ones of the machine.
async fn store(tx: &mut Tx<'_>, machine: i64, claims: &[&MachineClaim]) -> sqlx::Result<()> {
    const REMOVE: &str = "DELETE FROM machine_claim WHERE key = ? AND machine_id = ?";
    const INSERT: &str = "INSERT INTO machine_claim (key, machine_id, part, revision, rank, at_ms, session_id, project_id,
            version_id, sidechain, billing_id, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches, counts)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)";
    let referred = Referred::learn(tx, claims).await?;
    write(tx, REMOVE, claims, |row, claim| {
        row.add(&claim.key.0[..]).add(machine);
    })
    .await?;
    let parts: Vec<ClaimPart<'_>> = claims
        .iter()
        .flat_map(|claim| {
            let parts = claim.parts.iter().enumerate();
            parts.map(|(number, part)| ClaimPart { claim, number, part })
        })
        .collect();
    write(tx, INSERT, &parts, |row, ClaimPart { claim, number, part }| {
        let of = &claim.conversation;
        row.add(&claim.key.0[..]).add(machine).add(number.cast_signed()).add(revision(claim));
        row.add(claim.rank.number().cast_signed()).id(claim.at_ms);
        row.add(of.session.as_deref().and_then(|hash| referred.sessions.get(hash)));
        row.add(of.project.as_deref().and_then(|name| referred.projects.get(name)));
        row.add(of.version.as_deref().and_then(|version| referred.versions.get(version)));
        row.add(of.sidechain).add(referred.billings.get(&*part.billing));
        row.tokens(&part.tokens).counts([part.web_searches]);
    })
    .await?;
    Ok(())
}

impl<'c> Referred<'c> {
    /// Stores the names that claims refer to.
    async fn learn(tx: &mut Tx<'_>, claims: &[&'c MachineClaim]) -> sqlx::Result<Self> {
        let conversations = || claims.iter().map(|claim| &claim.conversation);
        let parts = claims.iter().flat_map(|claim| &claim.parts);
        Ok(Self {
            sessions: texts(
                tx,
                conversations().filter_map(|of| of.session.as_deref()).collect(),
                "INSERT INTO machine_session (hash) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
                "SELECT hash, machine_session.id FROM json_each(?1) AS wanted CROSS JOIN machine_session ON hash = wanted.value",
            )
            .await?,
            projects: texts(
                tx,
                conversations().filter_map(|of| of.project.as_deref()).collect(),
                "INSERT INTO machine_project (name) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
                "SELECT name, machine_project.id FROM json_each(?1) AS wanted CROSS JOIN machine_project ON name = wanted.value",
            )
            .await?,
            versions: texts(
                tx,
                conversations().filter_map(|of| of.version.as_deref()).collect(),
                "INSERT INTO machine_version (version) SELECT value FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING",
                "SELECT version, machine_version.id FROM json_each(?1) AS wanted CROSS JOIN machine_version ON version = wanted.value",
            )
            .await?,
            billings: billings(tx, parts.map(|part| &*part.billing).collect()).await?,
        })
    }
}

/// Stores texts, and returns their numbers.
async fn texts<'c>(
    tx: &mut Tx<'_>,
    texts: BTreeSet<&'c str>,
    insert: &'static str,
    select: &'static str,
) -> sqlx::Result<Numbered<&'c str>> {
    let list = json_list(&Vec::from_iter(&texts));
    execute(tx, insert, values![&*list]).await?;
    let numbers: Vec<(String, i64)> = all(tx, select, values![&*list]).await?;
    let numbers: HashMap<String, i64> = numbers.into_iter().collect();
    Ok(texts.into_iter().filter_map(|text| Some((text, *numbers.get(text)?))).collect())
}

/// Stores billing terms, and returns their numbers.
async fn billings<'c>(
    tx: &mut Tx<'_>,
    billings: BTreeSet<&'c Billing>,
) -> sqlx::Result<Numbered<&'c Billing>> {
    const INSERT: &str = "INSERT INTO machine_billing (model, speed, service_tier, inference_geo, refusal)
        VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    const SELECT: &str =
        "SELECT id FROM machine_billing WHERE model = ?1 AND speed = ?2 AND service_tier = ?3
        AND inference_geo = ?4 AND refusal = ?5";
    let mut numbers = Numbered::new();
    for billing in billings {
        let term = |term: &Option<String>| term.clone().unwrap_or_default();
        let terms = || {
            let Billing { model, speed, service_tier, inference_geo, refusal } = billing;
            values![&**model, term(speed), term(service_tier), term(inference_geo), term(refusal)]
        };
        execute(tx, INSERT, terms()).await?;
        let (id,): (i64,) = one(tx, SELECT, terms()).await?;
        numbers.insert(billing, id);
    }
    Ok(numbers)
}
