//! The chain of seals: which month can be sealed next, and whether stored seals hold.

use crate::digest;
use crate::figures::{ProofTotals, days_digest};
use crate::key::{KeySignature, Signed};
use crate::seal::{SEAL_VERSION, SealStatement};
use chrono::{Months, NaiveDate};

/// A seal, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSealText {
    /// First day of the month.
    pub month: NaiveDate,
    /// What it states, as text.
    pub statement: String,
    /// SHA-256 of that text.
    pub digest: String,
    /// The signature of the digest, as JSON.
    pub signature: Option<String>,
}

/// A seal that was checked without its facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealState {
    /// What it states, as far as it can be read.
    pub statement: Option<SealStatement>,
    /// The signature, as far as it can be read.
    pub signature: Option<KeySignature>,
    /// Why it does not hold; none if it does.
    pub faults: Vec<String>,
}

/// Why a month cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealRefusal {
    /// The month is not over.
    #[error("{} is not over\na month can be sealed from its end on", month(.0))]
    NotOver(NaiveDate),
    /// The month is sealed.
    #[error("{} is sealed already\n`ctm close` lists the seals", month(.0))]
    Sealed(NaiveDate),
    /// The month is before the first seal.
    #[error("the first sealed month is {}; months before it cannot be sealed any more", month(.0))]
    BeforeFirst(NaiveDate),
    /// Months between are not sealed.
    #[error("months are sealed in order\nseal {} first: `ctm close {}`", month(.0), month(.0))]
    Gap(NaiveDate),
    /// The seals are in another zone.
    #[error("the months before are sealed in the zone {0}\nuse --tz {0}")]
    Zone(String),
    /// The seal before cannot be read.
    #[error("the seal of {} does not hold\n`ctm close --check` lists what is wrong", month(.0))]
    Broken(NaiveDate),
}

/// Returns a month as it is written: `2026-10`.
#[must_use]
pub fn month(first: &NaiveDate) -> String {
    first.format("%Y-%m").to_string()
}

fn next(first: NaiveDate) -> NaiveDate {
    first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX)
}

/// Checks that a month can be sealed after the seals before, which are in order, and returns the digest of the last one.
///
/// `running` is the first day of the month that is not over.
///
/// # Errors
///
/// Fails with the reason.
pub fn check_next(
    seals: &[StoredSealText],
    asked: NaiveDate,
    zone: &str,
    running: NaiveDate,
) -> Result<Option<String>, SealRefusal> {
    if asked >= running {
        return Err(SealRefusal::NotOver(asked));
    }
    let (Some(first), Some(last)) = (seals.first(), seals.last()) else { return Ok(None) };
    if seals.iter().any(|seal| seal.month == asked) {
        return Err(SealRefusal::Sealed(asked));
    }
    if asked < first.month {
        return Err(SealRefusal::BeforeFirst(first.month));
    }
    if asked != next(last.month) {
        return Err(SealRefusal::Gap(next(last.month)));
    }
    let Some(SealState { statement: Some(statement), faults, .. }) = states(seals).pop() else {
        return Err(SealRefusal::Broken(last.month));
    };
    if !faults.is_empty() {
        return Err(SealRefusal::Broken(last.month));
    }
    if statement.zone != zone {
        return Err(SealRefusal::Zone(statement.zone));
    }
    Ok(Some(last.digest.clone()))
}

/// Checks seals, which are in order, without their facts.
#[must_use]
pub fn states(seals: &[StoredSealText]) -> Vec<SealState> {
    let mut before: Option<&StoredSealText> = None;
    let mut zone: Option<String> = None;
    let mut states = Vec::with_capacity(seals.len());
    for seal in seals {
        let mut state = state(seal);
        if let Some(statement) = &state.statement {
            let previous = before.map(|before| before.digest.as_str());
            if statement.previous.as_deref() != previous {
                let wrong = "it does not continue the seal before it, which was replaced or removed";
                state.faults.push(wrong.to_owned());
            }
            if before.is_some_and(|before| next(before.month) != seal.month) {
                state.faults.push("the seal of the month before it is missing".to_owned());
            }
            if zone.as_ref().is_some_and(|zone| *zone != statement.zone) {
                state.faults.push("its zone is not that of the seal before it".to_owned());
            }
            zone = Some(statement.zone.clone());
        }
        before = Some(seal);
        states.push(state);
    }
    states
}

/// Checks a seal by itself.
fn state(seal: &StoredSealText) -> SealState {
    let mut faults = Vec::new();
    if digest::of(&seal.statement) != seal.digest {
        faults.push("its digest is not that of what it states".to_owned());
    }
    let signature: Option<KeySignature> =
        seal.signature.as_ref().and_then(|text| serde_json::from_str(text).ok());
    if seal.signature.is_some()
        && !signature.as_ref().is_some_and(|signature| signature.is_of(Signed::Seal, &seal.digest))
    {
        faults.push("its signature is not valid".to_owned());
    }
    let statement: Option<SealStatement> = serde_json::from_str(&seal.statement).ok();
    match &statement {
        None => faults.push("what it states cannot be read".to_owned()),
        Some(of) => faults.extend(inner_faults(of, seal.month)),
    }
    SealState { statement, signature, faults }
}

/// Returns what is inconsistent in a statement.
fn inner_faults(of: &SealStatement, month: NaiveDate) -> Vec<String> {
    let mut faults = Vec::new();
    if of.version != SEAL_VERSION {
        faults.push(format!("its version is {}; this program reads version {SEAL_VERSION}", of.version));
    }
    if of.month != month {
        faults.push("it is of another month".to_owned());
    }
    let mut totals = ProofTotals::default();
    of.days.iter().for_each(|day| totals.join(&day.totals));
    if totals != of.totals {
        faults.push("its totals are not the sums of its days".to_owned());
    }
    if days_digest(&of.days) != of.facts {
        faults.push("its digest of the facts is not that of its days".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::FactSums;
    use crate::key::SigningKey;

    fn first(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, 1).unwrap()
    }

    fn sealed(month: u32, previous: Option<&StoredSealText>) -> StoredSealText {
        let empty = FactSums::default().finish();
        let statement = SealStatement {
            version: SEAL_VERSION,
            month: first(month),
            zone: "UTC".to_owned(),
            sealed_at_ms: 0,
            program: "1".to_owned(),
            previous: previous.map(|seal| seal.digest.clone()),
            price_version: "2026-10-28".to_owned(),
            price_digest: String::new(),
            facts: String::new(),
            days_unknown: 0,
            totals: ProofTotals::default(),
            days: Vec::new(),
        };
        let statement = statement.with_facts(empty).text();
        let digest = digest::of(&statement);
        StoredSealText { month: first(month), statement, digest, signature: None }
    }

    fn chain() -> Vec<StoredSealText> {
        let march = sealed(3, None);
        let april = sealed(4, Some(&march));
        let may = sealed(5, Some(&april));
        vec![march, april, may]
    }

    #[test]
    fn months_are_sealed_in_order() {
        let seals = chain();
        let check = |seals: &[StoredSealText], month, zone, expected| {
            assert_eq!(check_next(seals, first(month), zone, first(8)), expected, "{month}");
        };
        check(&[], 2, "UTC", Ok(None));
        check(&seals, 6, "UTC", Ok(Some(seals[2].digest.clone())));
        check(&seals, 4, "UTC", Err(SealRefusal::Sealed(first(4))));
        check(&seals, 2, "UTC", Err(SealRefusal::BeforeFirst(first(3))));
        check(&seals, 7, "UTC", Err(SealRefusal::Gap(first(6))));
        check(&seals, 8, "UTC", Err(SealRefusal::NotOver(first(8))));
        check(&[], 9, "UTC", Err(SealRefusal::NotOver(first(9))));
        check(&seals, 6, "Asia/Tokyo", Err(SealRefusal::Zone("UTC".to_owned())));
        let broken = [StoredSealText { digest: "x".to_owned(), ..seals[0].clone() }];
        check(&broken, 4, "UTC", Err(SealRefusal::Broken(first(3))));
    }

    fn faulty(seals: &[StoredSealText]) -> Vec<bool> {
        states(seals).iter().map(|state| !state.faults.is_empty()).collect()
    }

    #[test]
    fn any_change_of_a_seal_is_a_fault() {
        let seals = chain();
        assert_eq!(faulty(&seals), [false; 3]);
        // Replaced as a whole, with a digest of its own: the next one refers to the former.
        let mut replaced = seals.clone();
        replaced[1].statement = replaced[1].statement.replace("\"program\":\"1\"", "\"program\":\"2\"");
        assert_eq!(faulty(&replaced), [false, true, false]);
        replaced[1].digest = digest::of(&replaced[1].statement);
        assert_eq!(faulty(&replaced), [false, false, true]);
        let removed = [seals[0].clone(), seals[2].clone()];
        assert_eq!(faulty(&removed), [false, true]);
        assert_eq!(faulty(&seals[1..]), [true, false]);
        for text in ["", "{}", "null", "[1]", "{\"version\":1e999}"] {
            let mut damaged = seals.clone();
            damaged[2].statement = text.to_owned();
            damaged[2].digest = digest::of(text);
            assert_eq!(faulty(&damaged), [false, false, true], "{text}");
        }
        let mut counted = seals;
        counted[2].statement = counted[2].statement.replace("\"responses\":0", "\"responses\":1");
        counted[2].digest = digest::of(&counted[2].statement);
        assert_eq!(faulty(&counted), [false, false, true]);
    }

    #[test]
    fn a_signature_is_checked_where_there_is_one() {
        let key = SigningKey::parse(&SigningKey::generate().unwrap()).unwrap();
        let mut seal = sealed(3, None);
        let signature = key.sign(Signed::Seal, &seal.digest);
        seal.signature = serde_json::to_string(&signature).ok();
        assert_eq!(faulty(std::slice::from_ref(&seal)), [false]);
        let other = serde_json::to_string(&key.sign(Signed::Seal, "other")).unwrap();
        for text in ["", "{}", &other] {
            seal.signature = Some(text.to_owned());
            assert_eq!(faulty(std::slice::from_ref(&seal)), [true], "{text}");
        }
    }
}
