//! Each answer, and the step after it.

use ctm_facts::PushProgress;
use ctm_push_format::Level;
use ctm_push_protocol::{Answer, Course, Hello, Step, Taken};
use ctm_types::EpochMs;

const NOW: EpochMs = EpochMs(1_773_136_800_000);
const DAY_MS: i64 = 86_400_000;

/// Hours from 2026-01-01 until then.
const HOURS: u64 = 1_642;

fn course() -> Course {
    let progress = PushProgress {
        acked: 10,
        sent: 20,
        receipt: Some("r".to_owned()),
        ..PushProgress::beginning("names".to_owned(), "mine".to_owned(), 3)
    };
    Course::new(progress, Level::Names)
}

fn hello() -> Hello {
    Hello {
        versions: vec![1],
        most: 5_000,
        journal: Some("mine".to_owned()),
        acked: 10,
        level: Level::Names,
        again_after_ms: 60_000,
    }
}

fn taken(acked: u64) -> Answer {
    Answer::Taken(Taken { acked, receipt: "next".to_owned(), again_after_ms: 1_000, most: 7 })
}

/// Returns the step after an answer, and the course.
fn after(mut course: Course, answer: &Answer) -> (Step, Course) {
    let step = course.after(answer, 10, NOW, 0.5);
    (step, course)
}

const ALL: Step = Step::Send { most: 5_000 };

#[test]
fn it_asks_first_unless_it_has_stopped() {
    assert_eq!(course().first(), Step::Ask);
    let (step, stopped) = after(course(), &Answer::Gone);
    assert_eq!((step, stopped.first()), (Step::Stop, Step::Stop));
}

#[test]
fn it_sends_what_is_after_the_last_entry_of_the_hub() {
    let check = |hello: Hello, acked: u64, receipt: Option<&str>| {
        let (step, course) = after(course(), &Answer::Hello(hello));
        assert_eq!((step, course.progress.acked, course.progress.receipt.as_deref()), (ALL, acked, receipt));
    };
    check(hello(), 10, Some("r"));
    // The answer was lost, or the hub went back.
    check(Hello { acked: 15, ..hello() }, 15, Some("r"));
    check(Hello { acked: 4, ..hello() }, 4, Some("r"));
    check(Hello { journal: None, ..hello() }, 0, None);
    check(Hello { journal: Some("former".to_owned()), acked: 99, ..hello() }, 0, None);
}

#[test]
fn what_was_taken_is_not_sent_again_and_the_hub_sets_the_pace() {
    let (step, course) = after(course(), &taken(20));
    assert_eq!(step, Step::Send { most: 7 });
    assert_eq!((course.progress.acked, course.progress.receipt.as_deref()), (20, Some("next")));
    let waits = [0.0, 0.5, 1.0].map(|random| course.rest(random));
    assert_eq!(waits, [500, 1_000, 1_500].map(|ms| Step::Wait { ms }));
}

#[test]
fn a_hub_that_has_entries_that_were_never_sent_gets_a_new_journal() {
    for answer in [Answer::Fork, taken(21), Answer::Hello(Hello { acked: 21, ..hello() })] {
        let (step, mut course) = after(course(), &answer);
        assert_eq!(step, Step::BeginJournal, "{answer:?}");
        course.begin_journal("second".to_owned(), NOW);
        let expected = PushProgress {
            forked_at_ms: Some(NOW),
            ..PushProgress::beginning("names".to_owned(), "second".to_owned(), HOURS)
        };
        assert_eq!(course.progress, expected);
        // A second time within a day, another one has the same identity.
        let mut again = course.clone();
        assert_eq!(again.after(&Answer::Fork, 0, NOW + (DAY_MS - 1), 0.5), Step::Stop);
        assert!(again.progress.stopped.unwrap().contains("identity"));
        assert_eq!(course.after(&Answer::Fork, 0, NOW + DAY_MS, 0.5), Step::BeginJournal);
    }
}

#[test]
fn receipts_that_were_lost_are_no_sign_of_another_machine() {
    let (_, mut course) = after(course(), &Answer::Hello(hello()));
    for journal in ["second", "third"] {
        assert_eq!(course.after(&Answer::Fork, 1, NOW, 0.5), Step::BeginJournal);
        course.begin_journal(journal.to_owned(), NOW);
        course.begin_push(5);
        course.after(&taken(5), 1, NOW, 0.5);
    }
    assert_eq!((course.progress.epoch, course.progress.forked_at_ms), (HOURS + 1, None));
}

#[test]
fn another_level_begins_a_journal() {
    let (step, mut stricter) = after(course(), &Answer::Hello(Hello { level: Level::Hashed, ..hello() }));
    assert_eq!((step, stricter.level()), (Step::BeginJournal, Level::Hashed));
    stricter.begin_journal("second".to_owned(), NOW);
    assert_eq!((&*stricter.progress.level, stricter.progress.forked_at_ms), ("hashed", None));
    let (step, course) = after(Course::new(course().progress, Level::Totals), &Answer::Hello(hello()));
    assert_eq!((step, course.level()), (Step::BeginJournal, Level::Totals));
}

#[test]
fn a_hub_that_is_behind_gets_what_it_lacks() {
    let (step, course) = after(course(), &Answer::Behind { acked: 3 });
    assert_eq!((step, course.progress.acked), (ALL, 3));
    // One that repeats itself is not asked without a pause.
    let (step, _) = after(course, &Answer::Behind { acked: 3 });
    assert_eq!(step, Step::Wait { ms: 5_000 });
}

#[test]
fn what_is_too_large_is_halved() {
    let mut course = course();
    let sizes: Vec<Step> =
        [5_000, 2_500, 3, 1].map(|entries| course.after(&Answer::TooLarge, entries, NOW, 0.5)).into();
    let send = |most| Step::Send { most };
    assert_eq!(sizes, [send(2_500), send(1_250), send(1), Step::Wait { ms: 5_000 }]);
}

#[test]
fn versions_that_do_not_match_stop_it() {
    for answer in
        [Answer::Version("2 to 3".to_owned()), Answer::Hello(Hello { versions: vec![2, 3], ..hello() })]
    {
        let (step, course) = after(course(), &answer);
        assert_eq!(step, Step::Stop);
        let reason = course.progress.stopped.unwrap();
        assert!(reason.contains('2') && reason.ends_with("version 1"), "{reason}");
    }
}

#[test]
fn failures_are_repeated_ever_later_and_a_hub_says_when() {
    let mut course = course();
    let mut waits = |random: f64, count: usize| -> Vec<u64> {
        let wait = |_| match course.after(&Answer::Failed, 1, NOW, random) {
            Step::Wait { ms } => ms,
            step => panic!("{step:?}"),
        };
        (0..count).map(wait).collect()
    };
    assert_eq!(waits(1.0, 9), [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 640_000, 900_000]);
    assert_eq!(waits(0.0, 100), vec![5_000; 100]);
    course.after(&taken(20), 1, NOW, 0.5);
    assert_eq!(course.after(&Answer::Busy { retry_after_ms: None }, 1, NOW, 1.0), Step::Wait { ms: 5_000 });
    let busy = |ms| Answer::Busy { retry_after_ms: Some(ms) };
    assert_eq!(course.after(&busy(30_000), 1, NOW, 0.5), Step::Wait { ms: 30_000 });
    assert_eq!(course.after(&busy(u64::MAX), 1, NOW, 1.0), Step::Wait { ms: 129_600_000 });
}
