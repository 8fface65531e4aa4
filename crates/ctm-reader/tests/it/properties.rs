//! The order and the chunking of reads change nothing.

use crate::home::{Answer, Home, Line, S1, S2, main_file, reply};
use proptest::prelude::*;

/// A line of one of a few responses, so that copies meet, with all that decides which one wins.
fn line() -> impl Strategy<Value = Line> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (0..4_u8, 0..4_u64, 0..3_u8, flags).prop_map(
        |(name, output, second, (is_final, sidechain, other_session, embedded))| {
            let line = reply(&name.to_string(), 0)
                .usage(format!(
                    r#"{{"input_tokens":{second},"output_tokens":{output},"cache_read_input_tokens":1}}"#
                ))
                .at(&format!("2026-03-10T10:00:0{second}Z"))
                .set("isSidechain", sidechain.to_string())
                .set("effort", format!(r#""effort-{second}""#))
                .set("attributionSkill", if is_final { r#""commit""# } else { "null" })
                .session(if other_session { S2 } else { S1 });
            let line = if is_final { line.message("stop_reason", r#""end_turn""#) } else { line };
            if embedded { line.embedded() } else { line }
        },
    )
}

fn files() -> impl Strategy<Value = Vec<Vec<Line>>> {
    prop::collection::vec(prop::collection::vec(line(), 0..6), 1..4)
}

const NAMES: [&str; 3] = [S1, S2, "cccccccc-0000-4000-8000-000000000003"];

fn home_of(files: &[Vec<Line>]) -> Home {
    let home = Home::new();
    for (name, lines) in NAMES.iter().zip(files) {
        home.write(&main_file(name), crate::home::lines(lines));
    }
    home
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_of_files_gives_the_same(files in files(), rotation in 0..3_usize) {
        let home = home_of(&files);
        let expected = home.answer().responses;
        let mut order = home.files();
        order.reverse();
        let rotation = rotation % order.len();
        order.rotate_left(rotation);
        let mut answer = Answer::default();
        answer.read_all(&order);
        answer.read_all(&home.files());
        prop_assert_eq!(answer.responses, expected);
    }

    #[test]
    fn any_batch_size_gives_the_same(files in files(), limit in 1..2_000_u64) {
        let home = home_of(&files);
        let expected = home.answer();
        let mut answer = Answer::default();
        for file in home.files() {
            answer.read_to_end(&file, limit);
        }
        prop_assert_eq!(&answer.responses, &expected.responses);
        prop_assert_eq!(answer.read, expected.read);
    }

    #[test]
    fn reading_while_the_file_grows_gives_the_same(lines in prop::collection::vec(line(), 1..5), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), ends in any::<bool>()) {
        let mut content = crate::home::lines(&lines);
        if !ends { content.pop(); }
        let expected = Home::with(&content).answer();
        let home = Home::with("");
        let mut answer = home.answer();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(content.len())).collect();
        cuts.extend([0, content.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            home.append(&main_file(S1), &content[pair[0]..pair[1]]);
            answer.read_all(&home.files());
        }
        let winners = |answer: &Answer| answer.responses.values().map(|r| (r.parts.clone(), r.attribution.clone(), r.winner.locus.offset_bytes)).collect::<Vec<_>>();
        prop_assert_eq!(winners(&answer), winners(&expected));
        prop_assert_eq!((answer.read, answer.tail()), (expected.read, expected.tail()));
        prop_assert_eq!(answer.read + answer.tail().0, lines.len() as u64);
    }

    #[test]
    fn no_bytes_do_any_harm(noise in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>()) {
        let good = reply("a", 5).line();
        let mut content = good.clone().into_bytes();
        content.extend(&noise);
        content.extend(&good.as_bytes()[..cut.index(good.len())]);
        content.push(b'\n');
        content.extend(reply("b", 6).line().bytes());
        let answer = Home::with(content).answer();
        prop_assert!(answer.tokens().output >= 11);
    }
}

#[test]
fn byte_by_byte_gives_the_same() {
    let content = crate::home::lines(&[reply("a", 2), reply("b", 5), reply("a", 90)]);
    let expected = Home::with(&content).answer();
    let home = Home::with("");
    let mut answer = home.answer();
    for byte in content.bytes() {
        home.append(&main_file(S1), [byte]);
        answer.read_all(&home.files());
    }
    assert_eq!(
        (answer.five(), answer.read, answer.copies),
        (expected.five(), expected.read, expected.copies)
    );
}
