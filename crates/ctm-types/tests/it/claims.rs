//! Claims of several machines: the rank orders as the fold does, and any order of claims gives the same.

use ctm_types::{
    Billing, ClaimRank, DisclosedConversation, EpochMs, KeyDigest, Locus, LoggedLine, MachineClaim,
    MachineId, Part, ResponseClaims, TokenCounts, TranscriptPath,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

fn line() -> impl Strategy<Value = LoggedLine> {
    // Outputs that are equal, that differ in one bit, and at the end of what is counted.
    let output = prop_oneof![0..4u64, Just(1 << 20), 0..=1u64 << 53, Just(1 << 53)];
    let flags = any::<[bool; 4]>();
    (output, flags, "[ab]", 0..3u64).prop_map(
        |(output, [is_final, embedded, sidechain, in_own_file], path, offset_bytes)| {
            let file = Arc::new(TranscriptPath { home: "/home".into(), relative: path.as_str().into() });
            LoggedLine {
                locus: Locus { file, offset_bytes },
                at_ms: EpochMs(0),
                is_final,
                output,
                embedded,
                sidechain,
                in_own_file,
                tokens: TokenCounts::default(),
            }
        },
    )
}

proptest! {
    #[test]
    fn the_number_orders_lines_as_the_fields_of_their_rank_that_leave_the_machine(one in line(), other in line()) {
        let fields = |line: &LoggedLine| {
            let (is_final, output, own_line, main, own_file, ..) = line.rank();
            (is_final, output, own_line, main, own_file)
        };
        let [number, other_number] = [&one, &other].map(ClaimRank::of);
        prop_assert_eq!(number.cmp(&other_number), fields(&one).cmp(&fields(&other)));
        prop_assert_eq!(number.is_final(), one.is_final);
        prop_assert_eq!(ClaimRank::from_number(number.number()), Some(number));
        if number != other_number {
            prop_assert_eq!(number > other_number, one.rank() > other.rank());
        }
    }

    #[test]
    fn an_output_beyond_what_is_counted_keeps_the_order_of_the_fields_before_it(output in any::<u64>(), growing in line()) {
        let line = LoggedLine { output, ..growing.clone() };
        let [is_final, growing] = [true, false].map(|is_final| ClaimRank::of(&LoggedLine { is_final, ..line.clone() }));
        prop_assert!(is_final > growing);
        prop_assert!(is_final.number() < 1 << 58);
    }
}

#[test]
fn a_number_of_no_line_is_no_rank() {
    for number in [1 << 58, u64::MAX] {
        assert_eq!(ClaimRank::from_number(number), None);
    }
}

/// What happens to the claims on one response.
#[derive(Debug, Clone)]
enum Step {
    /// A machine claims something.
    Claim(u8, MachineClaim),
    /// A machine is removed, with all that it claimed.
    Remove(u8),
}

/// A claim whose content follows from machine and revision, as a machine has one content for each.
fn claim(machine: u8, revision: u64, [rank, at_ms]: [u8; 2]) -> MachineClaim {
    let tokens = TokenCounts { output: revision * 256 + u64::from(machine), ..TokenCounts::default() };
    MachineClaim {
        key: KeyDigest([7; 16]),
        revision,
        rank: ClaimRank::from_number(rank.into()).expect("a small number is a rank"),
        at_ms: EpochMs(at_ms.into()),
        parts: vec![Part {
            billing: Arc::new(Billing::default()),
            tokens,
            web_searches: 0,
            ttl_assumed: false,
        }],
        conversation: Arc::new(DisclosedConversation::default()),
    }
}

fn machine(number: u8) -> MachineId {
    MachineId([number; 16])
}

/// The claims of up to five machines, in any order, each any number of times.
fn claims() -> impl Strategy<Value = Vec<(u8, MachineClaim)>> {
    let contents = prop::collection::vec(any::<[u8; 2]>().prop_map(|few| few.map(|of| of % 3)), 20);
    let sent = prop::collection::vec((0..5u8, 0..4u8), 1..60);
    (contents, sent).prop_map(|(contents, sent)| {
        let of = |(machine, revision): (u8, u8)| {
            (machine, claim(machine, revision.into(), contents[usize::from(machine * 4 + revision)]))
        };
        sent.into_iter().map(of).collect()
    })
}

/// The claims that hold after all, by the newest of each machine.
fn fold(claims: &[(u8, MachineClaim)], removed: &BTreeSet<u8>) -> BTreeMap<u8, MachineClaim> {
    let mut newest: BTreeMap<u8, MachineClaim> = BTreeMap::new();
    for (machine, claim) in claims.iter().filter(|(machine, _)| !removed.contains(machine)) {
        let known = newest.entry(*machine).or_insert_with(|| claim.clone());
        if claim.revision > known.revision {
            *known = claim.clone();
        }
    }
    newest
}

/// The claim that counts: compared field by field.
fn winner(newest: &BTreeMap<u8, MachineClaim>) -> Option<(MachineId, &MachineClaim)> {
    let mut newest: Vec<_> = newest.iter().collect();
    newest.sort_by(|(machine, one), (other_machine, other)| {
        let by_rank = other.rank.cmp(&one.rank);
        by_rank.then(one.at_ms.cmp(&other.at_ms)).then(machine.cmp(other_machine))
    });
    newest.first().map(|(number, claim)| (machine(**number), *claim))
}

proptest! {
    #[test]
    fn any_order_of_claims_replays_and_removals_gives_the_fold(
        (sent, order) in claims().prop_flat_map(|sent| (Just(sent.clone()), Just(sent).prop_shuffle())),
        removed in prop::collection::btree_set(0..5u8, 0..3),
        early in any::<prop::sample::Index>(),
    ) {
        // What a removed machine claimed before is gone; of later claims none is taken.
        let at = early.index(order.len());
        let mut steps: Vec<Step> = order.iter().map(|(machine, claim)| Step::Claim(*machine, claim.clone())).collect();
        steps.splice(at..at, removed.iter().map(|machine| Step::Remove(*machine)));
        let (mut found, mut gone) = (ResponseClaims::default(), BTreeSet::new());
        for step in steps {
            match step {
                Step::Claim(number, claim) if !gone.contains(&number) => {
                    found.put(machine(number), claim.clone());
                    prop_assert!(!found.put(machine(number), claim), "a replay is new");
                }
                Step::Claim(..) => {}
                Step::Remove(number) => {
                    found.remove(machine(number));
                    gone.insert(number);
                }
            }
        }
        let expected = fold(&sent, &removed);
        prop_assert_eq!(found.counting(), winner(&expected));
        prop_assert_eq!(found.is_contested(), expected.len() > 1);
    }
}
