//! What a hub takes of a push.

use crate::{NOW, Numbered, pepper, sender, unpacked, written, written_by};
use ctm_push_format::{BodyError, JournalId, Level, Push, PushBody, ReadError, Reason, RefusedClaim, Sender};

fn push() -> Push {
    Push { journal: JournalId([9; 16]), from: 2, to: 5, receipt: None }
}

fn pushed() -> String {
    let responses: Vec<Numbered> = (0..3).map(Numbered::new).collect();
    unpacked(&written_by(Sender { push: Some(push()), ..sender(Level::Names) }, &responses))
}

fn read(text: &str) -> Result<PushBody, BodyError> {
    PushBody::read(text.as_bytes(), &pepper(), NOW)
}

#[test]
fn a_push_is_one_section_with_its_position() {
    let body = read(&pushed()).unwrap();
    assert_eq!((body.push, body.claims.len(), body.refused), (push(), 3, Vec::new()));
    let twice = read(&pushed().repeat(2)).unwrap_err();
    assert_eq!(twice.to_string(), "a push has one section, and no signature");
    for text in ["", "{}", &unpacked(&written(Level::Names, &[Numbered::new(1)]))] {
        assert!(matches!(read(text), Err(BodyError::NoPush | BodyError::Refused(_))), "{text}");
    }
}

#[test]
fn a_claim_that_can_never_be_taken_is_named_by_its_revision() {
    let ahead = pushed().replacen("\"r\":2,\"k\":\"", "\"r\":2,\"k\":\"0", 1);
    let body = read(&ahead).unwrap();
    assert_eq!(body.refused, [RefusedClaim { revision: 2, reason: Reason::Value("k") }]);
    assert_eq!(body.claims.iter().map(|claim| claim.revision).collect::<Vec<_>>(), [1, 3]);
    // A line that is no claim has no name.
    let damaged = pushed().replacen("\"r\":2,", "\"r\":-2,", 1);
    assert!(read(&damaged).unwrap_err().to_string().starts_with("line 3: it is no line"));
    let missing: String = pushed().lines().take(3).map(|line| format!("{line}\n")).collect();
    assert!(read(&missing).unwrap_err().to_string().ends_with("which says 3"));
    let later = pushed().replacen("{\"v\":1,", "{\"v\":2,", 1);
    let version = read(&later).unwrap_err();
    assert!(matches!(version, BodyError::Refused(of) if of.reason == Reason::Version(2)));
}

#[test]
fn a_push_that_unpacks_to_more_than_any_is_refused() {
    let long = format!("{}{}", pushed(), "\n".repeat(9 << 20));
    assert!(matches!(read(&long), Err(BodyError::Read(ReadError::TooLarge { .. }))));
}
