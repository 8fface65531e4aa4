//! Read-only links.

use ctm_personal::{Kind, Link, LinkScope, hash_of};
use ctm_types::EpochMs;

const NOW: EpochMs = EpochMs(1_773_136_800_000);

fn link(name: &str, scope: LinkScope) -> Link {
    Link::create(name, scope, true, 1, NOW).0
}

#[test]
fn only_the_hash_of_a_secret_is_stored() {
    let (link, secret) = Link::create("Lead", LinkScope::Everything, false, 24, NOW);
    assert_eq!((secret.len(), link.secret_hash.as_str()), (64, hash_of(&secret).as_str()));
    assert!(!serde_json::to_string(&link).unwrap().contains(&secret));
    let (_, other) = Link::create("Lead", LinkScope::Everything, false, 24, NOW);
    assert_ne!(secret, other);
}

#[test]
fn a_link_is_valid_until_its_end() {
    let link = link("Lead", LinkScope::Everything);
    let hour = 3_600_000;
    assert!(link.is_valid_at(NOW) && link.is_valid_at(EpochMs(NOW.0 + hour - 1)));
    assert!(!link.is_valid_at(EpochMs(NOW.0 + hour)));
}

#[test]
fn a_link_has_a_name_and_its_scope_one() {
    let fields = |link: Link| link.faults().iter().map(|fault| fault.field).collect::<Vec<_>>();
    assert_eq!(fields(link("Lead", LinkScope::Project("/src/web".to_owned()))), [] as [&str; 0]);
    assert_eq!(fields(link(" ", LinkScope::Project(String::new()))), ["name", "scope"]);
    assert_eq!(fields(link(&"n".repeat(101), LinkScope::Everything)), ["name"]);
}
