//! A machine and a hub in every kind of trouble: in the end the hub has what the machine has.

use ctm_facts::PushProgress;
use ctm_push_format::{Level, Push};
use ctm_push_protocol::{Answer, Course, Hello, Step, Taken};
use ctm_types::EpochMs;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A hub, as simple as the protocol permits.
#[derive(Debug, Clone, Default)]
struct Hub {
    journal: Option<String>,
    epoch: u64,
    acked: u64,
    pushes: u64,
    /// Revision and value of each key.
    claims: BTreeMap<u8, (u64, u32)>,
}

/// A push as it is received.
struct Sent {
    journal: String,
    epoch: u64,
    from: u64,
    to: u64,
    receipt: Option<String>,
    claims: Vec<(u8, u64, u32)>,
}

impl Hub {
    fn hello(&self) -> Answer {
        Answer::Hello(Hello {
            versions: vec![1],
            most: 3,
            journal: self.journal.clone(),
            acked: self.acked,
            level: Level::Names,
            again_after_ms: 60_000,
        })
    }

    fn take(&mut self, push: &Sent) -> Answer {
        if self.journal.as_ref() != Some(&push.journal) {
            if push.from > 0 {
                return Answer::Behind { acked: 0 };
            }
            if push.receipt.is_some() || push.epoch <= self.epoch {
                return Answer::Fork;
            }
            (self.journal, self.epoch) = (Some(push.journal.clone()), push.epoch);
            (self.acked, self.pushes) = (0, 0);
        }
        let shown: u64 = push.receipt.as_ref().map_or(0, |receipt| receipt.parse().unwrap());
        if shown + 1 < self.pushes {
            return Answer::Fork;
        }
        if push.from > self.acked {
            return Answer::Behind { acked: self.acked };
        }
        for (key, revision, value) in &push.claims {
            let stored = self.claims.entry(*key).or_default();
            *stored = (*stored).max((*revision, *value));
        }
        self.acked = self.acked.max(push.to);
        self.pushes = self.pushes.max(shown) + 1;
        let receipt = self.pushes.to_string();
        Answer::Taken(Taken { acked: self.acked, receipt, again_after_ms: 60_000, most: 3 })
    }
}

/// A machine with its journal, in which each key is once.
#[derive(Debug, Clone)]
struct Machine {
    progress: PushProgress,
    newest: u64,
    /// Entry and value of each key.
    values: BTreeMap<u8, (u64, u32)>,
}

impl Machine {
    fn new() -> Self {
        let progress = PushProgress::beginning("names".to_owned(), "first".to_owned(), 1);
        Self { progress, newest: 0, values: BTreeMap::new() }
    }

    fn change(&mut self, key: u8, value: u32) {
        self.newest += 1;
        self.values.insert(key, (self.newest, value));
    }

    fn push(&self, most: usize) -> Option<Sent> {
        let PushProgress { journal, epoch, acked, receipt, .. } = &self.progress;
        let mut entries: Vec<(u64, u8, u32)> = self
            .values
            .iter()
            .filter(|(_, (seq, _))| seq > acked)
            .map(|(key, (seq, value))| (*seq, *key, *value))
            .collect();
        entries.sort_unstable();
        entries.truncate(most);
        let to = entries.last()?.0;
        let claim =
            |(seq, key, value): (u64, u8, u32)| (key, Push::revision(self.progress.epoch, seq), value);
        Some(Sent {
            journal: journal.clone(),
            epoch: *epoch,
            from: *acked,
            to,
            receipt: receipt.clone(),
            claims: entries.into_iter().map(claim).collect(),
        })
    }

    /// Pushes until there is nothing to send, it stops, or an answer is lost: `lost` has for each request whether the request is
    /// lost, or its answer.
    fn run(&mut self, hub: &mut Hub, ids: &mut u64, now: EpochMs, lost: &mut impl Iterator<Item = Lost>) {
        let mut course = Course::new(self.progress.clone(), Level::Names);
        let mut step = course.first();
        for _ in 0..1_000 {
            let answered = match step {
                Step::Ask => Some((hub.hello(), 0)),
                Step::Send { most } => {
                    self.progress = course.progress.clone();
                    let Some(push) = self.push(most) else { return };
                    course.begin_push(push.to);
                    self.progress = course.progress.clone();
                    match lost.next().unwrap_or(Lost::Nothing) {
                        Lost::Request => None,
                        Lost::Answer => {
                            hub.take(&push);
                            None
                        }
                        Lost::Nothing => Some((hub.take(&push), push.claims.len())),
                    }
                }
                Step::BeginJournal => {
                    *ids += 1;
                    step = course.begin_journal(format!("journal {ids}"), now);
                    continue;
                }
                Step::Wait { .. } | Step::Stop => {
                    self.progress = course.progress;
                    return;
                }
            };
            let Some((answer, entries)) = answered else { return };
            step = course.after(&answer, entries, now, 0.5);
        }
        panic!("it never ends: {:?}", self.progress);
    }
}

#[derive(Debug, Clone, Copy)]
enum Lost {
    Nothing,
    Request,
    Answer,
}

#[derive(Debug, Clone)]
enum Event {
    Change(u8, u32),
    /// The machine pushes, and some requests or answers are lost.
    Push(Vec<Lost>),
    /// The hub remembers its state, or goes back to the one that it remembers.
    SaveHub,
    RestoreHub,
    /// The machine is backed up, or restored from its backup.
    SaveMachine,
    RestoreMachine,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let lost = prop_oneof![3 => Just(Lost::Nothing), 1 => Just(Lost::Request), 1 => Just(Lost::Answer)];
    let event = prop_oneof![
        8 => (0..8_u8, any::<u32>()).prop_map(|(key, value)| Event::Change(key, value)),
        5 => prop::collection::vec(lost, 0..4).prop_map(Event::Push),
        1 => Just(Event::SaveHub),
        1 => Just(Event::RestoreHub),
        1 => Just(Event::SaveMachine),
        1 => Just(Event::RestoreMachine),
    ];
    prop::collection::vec(event, 1..60)
}

const BEGINNING: EpochMs = EpochMs(1_773_136_800_000);
const DAY_MS: i64 = 86_400_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Of the machine and the hub one is restored from backups: if both are within one push, neither can know of it.
    #[test]
    fn in_the_end_the_hub_has_what_the_machine_has(events in events(), is_hub_restored in any::<bool>()) {
        let (mut hub, mut machine, mut ids) = (Hub::default(), Machine::new(), 0);
        let (mut saved_hub, mut saved_machine) = (hub.clone(), machine.clone());
        let mut now = BEGINNING;
        for event in &events {
            now = now + 2 * DAY_MS;
            match event {
                Event::Change(key, value) => machine.change(*key, *value),
                Event::Push(lost) => machine.run(&mut hub, &mut ids, now, &mut lost.iter().copied()),
                Event::SaveHub => saved_hub = hub.clone(),
                Event::SaveMachine => saved_machine = machine.clone(),
                Event::RestoreHub if is_hub_restored => hub = saved_hub.clone(),
                Event::RestoreMachine if !is_hub_restored => machine = saved_machine.clone(),
                Event::RestoreHub | Event::RestoreMachine => {}
            }
        }
        // A journal that the hub knows under a number that was lost takes a few days.
        for _ in 0..events.len() + 2 {
            now = now + 2 * DAY_MS;
            machine.run(&mut hub, &mut ids, now, &mut std::iter::empty());
        }
        prop_assert_eq!(&machine.progress.stopped, &None);
        for (key, (_, value)) in &machine.values {
            prop_assert_eq!(hub.claims.get(key).map(|(_, value)| value), Some(value), "key {} of {:?}", key, machine);
        }
    }

    /// Two machines with one identity: at least one of them notices within a day, and stops.
    #[test]
    fn a_copy_of_a_machine_is_noticed(before in 1..5_u8, turns in 4..9_usize) {
        let (mut hub, mut machine, mut ids) = (Hub::default(), Machine::new(), 0);
        (0..before).for_each(|key| machine.change(key, 1));
        machine.run(&mut hub, &mut ids, BEGINNING, &mut std::iter::empty());
        let mut copy = machine.clone();
        for turn in 1..=turns as u32 {
            for (key, of) in [(10, &mut machine), (20, &mut copy)] {
                of.change(key, turn);
                of.run(&mut hub, &mut ids, BEGINNING + i64::from(turn), &mut std::iter::empty());
            }
        }
        prop_assert!(machine.progress.stopped.is_some() || copy.progress.stopped.is_some());
    }
}
