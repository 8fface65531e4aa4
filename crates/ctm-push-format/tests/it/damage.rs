//! Lines that cannot be taken, and streams that end early.

use crate::{NOW, Numbered, claims, pepper, read, refused, unpacked, written};
use ctm_push_format::{Entry, Level, MOST_LINE_BYTES, Pepper, ReadError, Reader};
use ctm_types::{EpochMs, MachineClaim};
use proptest::prelude::*;

const RESPONSES: u64 = 6;

fn intact() -> (Vec<String>, Vec<MachineClaim>) {
    let responses: Vec<Numbered> = (0..RESPONSES).map(Numbered::new).collect();
    let packed = written(Level::Names, &responses);
    (unpacked(&packed).lines().map(str::to_owned).collect(), claims(&read(&packed)))
}

/// Reads the lines with one of them changed. Returns the refusals, and the numbers of the claims that were taken.
fn check(line: usize, change: impl Fn(&str) -> String) -> (Vec<String>, Vec<usize>) {
    let (mut lines, all) = intact();
    lines[line] = change(&lines[line]);
    let entries = read(lines.join("\n").as_bytes());
    let at = |claim: &MachineClaim| all.iter().position(|of| of == claim).unwrap();
    (refused(&entries), claims(&entries).iter().map(at).collect())
}

#[test]
fn a_damaged_line_costs_itself() {
    let others = vec![0, 1, 3, 4, 5];
    let one = |reason: &str, change: &dyn Fn(&str) -> String| {
        let (refused, taken) = check(3, change);
        assert_eq!((refused.len(), taken), (1, others.clone()), "{refused:?}");
        assert!(refused[0].starts_with("line 4: ") && refused[0].contains(reason), "{refused:?}");
    };
    let replace = |from: &'static str, to: &'static str| {
        move |line: &str| {
            assert!(line.contains(from), "{line}");
            line.replace(from, to)
        }
    };
    one("no line of a file", &|_| "no JSON".to_owned());
    one("no line of a file", &|line| line[..line.len() / 2].to_owned());
    one("no line of a file", &|_| "{}".to_owned());
    one("no line of a file", &|_| "\u{0}".to_owned());
    one("longer than", &|_| "x".repeat(MOST_LINE_BYTES + 1));
    one("`rank`", &replace("\"rank\":\"", "\"rank\":\"-"));
    one("`rank`", &replace("\"rank\":\"1", "\"rank\":\"9"));
    one("`k`", &replace("\"k\":\"", "\"k\":\"0"));
    one("`c` refers", &replace("\"c\":2", "\"c\":77"));
    one("`p` refers", &replace("\"p\":[[1,", "\"p\":[[9,"));
    one("`p`", &replace("1099511627776", "9007199254740993"));
    one("`p`", &|line| format!("{}\"p\":[]}}", &line[..line.find("\"p\"").unwrap()]));
    one("two days ahead", &replace("\"at\":1764", "\"at\":1964"));
}

#[test]
fn a_line_that_is_missing_or_too_much_is_noticed() {
    let (lines, _) = intact();
    let without = [&lines[..2], &lines[3..]].concat();
    let entries = read(without.join("\n").as_bytes());
    assert_eq!(claims(&entries).len(), 5);
    assert_eq!(refused(&entries), ["line 7: 5 claims follow the header before, which says 6"]);
    // The next section is taken all the same.
    let entries = read([&*without, &lines].concat().join("\n").as_bytes());
    assert_eq!((claims(&entries).len(), refused(&entries).len()), (11, 1));
    let more = [&*lines, &lines[6..]].concat();
    let entries = read(more.join("\n").as_bytes());
    assert_eq!(claims(&entries).len(), 6);
    assert_eq!(refused(&entries), ["line 8: the header of its section is missing or was refused"]);
}

#[test]
fn of_a_section_whose_header_is_refused_nothing_is_taken() {
    let (lines, _) = intact();
    let changes: [(&str, &str, &str); 7] = [
        ("{\"v\":1,", "{\"v\":2,", "has version 2 of the format"),
        ("{\"v\":1,", "{\"v\":0,", "has version 0 of the format"),
        ("\"level\":\"names\"", "\"level\":\"all\"", "`level`"),
        ("\"machine\":\"ab", "\"machine\":\"", "`machine`"),
        ("\"name\":\"laptop\"", "\"name\":\"lap\\u0000top\"", "`name`"),
        ("\"model\":\"claude", "\"model\":7,\"no\":\"claude", "no line of a file"),
        ("\"claims\":6", "\"claims\":5001", "`claims`"),
    ];
    for (from, to, reason) in changes {
        assert!(lines[0].contains(from), "{from}");
        let mut damaged = lines.clone();
        damaged[0] = lines[0].replacen(from, to, 1);
        // The section before and the one behind it are not harmed.
        let entries = read([&*lines, &damaged, &lines].concat().join("\n").as_bytes());
        let refused = refused(&entries);
        assert_eq!((claims(&entries).len(), refused.len()), (12, 7), "{from}: {refused:?}");
        assert!(refused[0].starts_with("line 8: ") && refused[0].contains(reason), "{refused:?}");
        assert!(refused[1..].iter().all(|reason| reason.ends_with("missing or was refused")), "{refused:?}");
    }
    // A claim that damage makes a header ends its section: those behind it may be of another one.
    let mut damaged = lines.clone();
    damaged[3] = lines[3].replacen("{\"r\"", "{\"v\"", 1);
    assert_eq!(claims(&read(damaged.join("\n").as_bytes())).len(), 2);
    // A header cut off ends the section before, even if that has a claim too few.
    let cut = [&lines[..6], &[lines[0][..60].to_owned()], &lines[1..]].concat();
    assert_eq!(claims(&read(cut.join("\n").as_bytes())).len(), 5);
}

#[test]
fn a_push_with_an_impossible_position_is_refused() {
    let (lines, _) = intact();
    let journal = "\"journal\":\"00000000000000000000000000000001\"";
    let check = |fields: &str, reason: &str| {
        let mut pushed = lines.clone();
        pushed[0] = lines[0].replacen("{\"v\":1,", &format!("{{\"v\":1,{fields},"), 1);
        let entries = read(pushed.join("\n").as_bytes());
        assert!(refused(&entries)[0].starts_with(&format!("line 1: {reason}")), "{:?}", refused(&entries));
        assert_eq!(claims(&entries), []);
    };
    check(&format!("{journal},\"to\":1"), "`from`");
    check(&format!("{journal},\"from\":1"), "`to`");
    check(&format!("{journal},\"from\":2,\"to\":1"), "`to`");
    check(&format!("{journal},\"from\":0,\"to\":17592186044416"), "`to`");
    check(&format!("{journal},\"from\":-1,\"to\":1"), "it is no line");
    check("\"journal\":\"1\",\"from\":0,\"to\":1", "`journal`");
    let receipt = "x".repeat(1_001);
    check(&format!("{journal},\"from\":0,\"to\":1,\"receipt\":\"{receipt}\""), "`receipt`");
}

#[test]
fn another_pepper_is_refused() {
    let packed = written(Level::Names, &[Numbered::new(1)]);
    let mut reader = Reader::new(&*packed, &Pepper::new(b"another"), NOW).unwrap();
    let first = reader.next_entry().unwrap().unwrap();
    assert!(
        matches!(first, Entry::Refused(refused) if refused.to_string() == "line 1: it was written with another pepper")
    );
}

#[test]
fn fields_that_are_unknown_are_ignored() {
    let (lines, all) = intact();
    let more = |line: &String| format!("{{\"later\":[1,{{}}],{}", &line[1..]).replace("]],", "],[");
    let mut later: Vec<String> = lines.iter().map(more).collect();
    // A header keeps its beginning, by which a damaged one is recognised.
    later[0] = lines[0].replacen("{\"v\":1,", "{\"v\":1,\"later\":true,", 1);
    // Part of a later version have more numbers.
    later[1] = later[1].replace("]]", ",8,9]]");
    let entries = read(later.join("\n").as_bytes());
    assert_eq!((claims(&entries), refused(&entries)), (all, Vec::new()));
}

#[test]
fn a_stream_that_ends_early_is_incomplete() {
    let packed = written(Level::Names, &(0..50).map(Numbered::new).collect::<Vec<_>>());
    for end in [3, packed.len() / 2, packed.len() - 1] {
        let ended = Reader::new(&packed[..end], &pepper(), NOW).and_then(|mut reader| {
            while reader.next_entry()?.is_some() {}
            Ok(())
        });
        assert!(matches!(ended, Err(ReadError::Incomplete { .. })), "{end}: {ended:?}");
    }
    assert_eq!(read(b""), []);
}

proptest! {
    #[test]
    fn no_bytes_are_taken_for_claims_that_nobody_made(at in any::<prop::sample::Index>(), byte in any::<u8>(), noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let (lines, all) = intact();
        let mut text = lines.join("\n").into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        let entries = read(&text);
        // A changed byte costs its line, or two that it joins; a line that is read as a header costs its section.
        let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let claims = claims(&entries);
        let unchanged = claims.iter().filter(|claim| all.contains(claim)).count();
        let is_header = text[start..].starts_with(b"{\"v\"") || start == 0;
        let costs_itself = claims.len() - unchanged <= 1 && unchanged + 2 >= all.len();
        prop_assert!(costs_itself || is_header, "{entries:?}");
        let mut reader = Reader::new(&*noise, &pepper(), EpochMs(0)).unwrap();
        while let Ok(Some(entry)) = reader.next_entry() {
            prop_assert!(matches!(entry, Entry::Refused(_)), "{entry:?}");
        }
    }
}

#[test]
fn what_unpacks_to_more_than_is_ever_written_is_not_read_to_its_end() {
    let check = |bytes: &[u8], most: u64| {
        let mut reader = Reader::new(bytes, &pepper(), NOW).unwrap().at_most(most);
        loop {
            match reader.next_entry() {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(ReadError::TooLarge { line, .. }) => return Some(line),
                Err(error) => panic!("{error}"),
            }
        }
    };
    assert_eq!(check(&vec![b'\n'; 5_000], 1_000), Some(1_001));
    // A line that is too long is skipped within the limit.
    assert_eq!(check(&vec![b'x'; 3 * MOST_LINE_BYTES], 2 * MOST_LINE_BYTES as u64), Some(1));
    let responses: Vec<Numbered> = (0..RESPONSES).map(Numbered::new).collect();
    let packed = written(Level::Names, &responses);
    assert_eq!(check(&packed, unpacked(&packed).len() as u64), None);
    assert!(check(&packed, unpacked(&packed).len() as u64 - 1).is_some());
}
