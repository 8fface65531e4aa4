//! What is read is what was disclosed, in sections of bounded size.

use crate::{NOW, Numbered, claims, pepper, read, refused, sender, unpacked, written, written_by};
use ctm_push_format::{Entry, JournalId, Level, MOST_CLAIMS, Push, Section, Sender};
use ctm_types::{EpochMs, MachineClaim, MachineId, Slot};
use proptest::prelude::*;

fn responses(numbers: impl IntoIterator<Item = u64>) -> Vec<Numbered> {
    numbers.into_iter().map(Numbered::new).collect()
}

fn disclosed(level: Level, responses: &[Numbered]) -> Vec<MachineClaim> {
    responses.iter().map(|response| level.disclose(&pepper(), &response.known())).collect()
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_disclosed(numbers in prop::collection::vec(0..1u64 << 40, 0..40)) {
        let responses = responses(numbers);
        for level in Level::ALL {
            let packed = written(level, &responses);
            // Without compression it reads the same.
            for stream in [&*packed, unpacked(&packed).as_bytes()] {
                let entries = read(stream);
                prop_assert_eq!(claims(&entries), disclosed(level, &responses));
                prop_assert_eq!(refused(&entries), Vec::<String>::new());
            }
        }
    }
}

fn pushes() -> impl Strategy<Value = Push> {
    let range = (0..=Push::MOST_ENTRIES).prop_flat_map(|from| (Just(from), from..=Push::MOST_ENTRIES));
    let receipt = prop::option::of("[A-Za-z0-9_-]{0,100}");
    (any::<[u8; 16]>(), range, receipt).prop_map(|(journal, (from, to), receipt)| Push {
        journal: JournalId(journal),
        from,
        to,
        receipt,
    })
}

proptest! {
    #[test]
    fn a_push_is_read_as_it_was_written(push in prop::option::of(pushes()), count in 0..5_u64) {
        let responses = responses(0..count);
        let sender = Sender { push: push.clone(), ..sender(Level::Names) };
        let entries = read(&written_by(sender, &responses));
        let found = entries.iter().filter_map(|entry| match entry {
            Entry::Section(section) => Some(section.push.clone()),
            _ => None,
        });
        prop_assert_eq!(found.collect::<Vec<_>>(), [push]);
        prop_assert_eq!(claims(&entries), disclosed(Level::Names, &responses));
    }
}

#[test]
fn a_long_stream_has_sections_of_bounded_size() {
    let responses = responses(0..2 * MOST_CLAIMS as u64 + 7);
    let entries = read(&written(Level::Names, &responses));
    let sections = entries.iter().filter(|entry| matches!(entry, Entry::Section(_)));
    assert_eq!(sections.count(), 3);
    assert_eq!(claims(&entries), disclosed(Level::Names, &responses));
}

#[test]
fn a_machine_without_responses_is_known() {
    let section = Section {
        machine: MachineId([0xab; 16]),
        name: "laptop".to_owned(),
        level: Level::Hashed,
        at_ms: NOW,
        push: None,
    };
    assert_eq!(read(&written(Level::Hashed, &[])), [Entry::Section(section)]);
    // A full section is followed by none that is empty.
    let full = responses(0..MOST_CLAIMS as u64);
    assert_eq!(read(&written(Level::Hashed, &full)).len(), MOST_CLAIMS + 1);
}

#[test]
fn streams_one_after_another_are_one_stream() {
    let [one, other] = [responses(0..5), responses(3..9)];
    let both = [written(Level::Names, &one), written(Level::Hashed, &other)].concat();
    let expected = [disclosed(Level::Names, &one), disclosed(Level::Hashed, &other)].concat();
    assert_eq!(claims(&read(&both)), expected);
}

#[test]
fn a_level_discloses_what_it_says() {
    let response = Numbered::new(1);
    let at = |level: Level| disclosed(level, std::slice::from_ref(&response)).remove(0);
    let [totals, hashed, names] = Level::ALL.map(at);
    let all_slots = [&totals, &hashed, &names].map(|claim| Slot::of(claim.at_ms));
    assert_eq!(all_slots, [Slot::of(NOW); 3].map(|_| Slot::of(EpochMs(NOW.0 - 1))));
    assert_eq!(totals.at_ms, Slot::of(hashed.at_ms).start());
    assert_eq!(hashed.at_ms, EpochMs(NOW.0 - 1));
    let conversation = |claim: &MachineClaim| {
        let of = claim.conversation.as_ref().clone();
        (of.session.map(|session| session.len()), of.project)
    };
    assert_eq!(conversation(&totals), (None, None));
    assert_eq!(conversation(&hashed), (Some(32), Some(pepper().project("play"))));
    assert_eq!(conversation(&names), (Some(32), Some("play".to_owned())));
    // Keys agree at all levels, and with no other secret.
    assert_eq!([totals.key, hashed.key], [names.key; 2]);
    let other = ctm_push_format::Pepper::new(b"another");
    assert_ne!(Level::Names.disclose(&other, &response.known()).key, names.key);
    assert!(!format!("{:?}", sender(Level::Names)).contains("shared"), "the secret is shown");
}
