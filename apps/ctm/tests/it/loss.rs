//! Stored usage survives the loss of its transcripts.

use crate::figures::{Figures, Report, Row};
use crate::place::{Place, response};
use ctm_corpus::Answer;
use std::fs;

fn figures(place: &Place) -> Figures {
    Figures::of(|report| place.print(&[report, "--json"]))
}

/// A place whose home was read.
fn read() -> (Place, Answer) {
    let (place, answer) = Place::generated(4, 2_000_000);
    assert_eq!(figures(&place), Figures::from(&answer));
    (place, answer)
}

#[test]
fn deleted_transcripts_take_nothing_with_them() {
    let (place, answer) = read();
    for transcript in place.transcripts().iter().step_by(2) {
        fs::remove_file(transcript).unwrap();
    }
    assert_eq!(figures(&place), Figures::from(&answer));
    fs::remove_dir_all(place.claude().join("projects")).unwrap();
    assert_eq!(figures(&place), Figures::from(&answer));
    // Without any home, there is still what was stored.
    fs::remove_dir_all(place.claude()).unwrap();
    assert_eq!(figures(&place), Figures::from(&answer));
}

#[test]
fn a_truncated_transcript_takes_nothing_with_it() {
    let (place, answer) = read();
    for transcript in place.transcripts() {
        let half = fs::metadata(&transcript).unwrap().len() / 2;
        fs::File::options().write(true).open(&transcript).unwrap().set_len(half).unwrap();
    }
    assert_eq!(figures(&place), Figures::from(&answer));
}

#[test]
fn a_rewritten_transcript_adds_what_is_new_in_it() {
    let (place, answer) = read();
    let line = response("rewritten", 1, 7, "2026-11-22T11:00:00.000Z");
    fs::write(&place.transcripts()[0], line).unwrap();
    let sessions = Report::parse(&place.print(&["sessions", "--json"]));
    assert_eq!(sessions.totals.responses, answer.totals.responses + 1);
    assert_eq!(sessions.totals.total_tokens, answer.totals.tokens.total() + 7);
    let names: Vec<_> = sessions.items.iter().map(Row::name).collect();
    for session in answer.by_session.keys() {
        assert!(names.contains(&session.as_str()), "{session} is gone");
    }
    assert!(names.contains(&"rewritten"));
}
