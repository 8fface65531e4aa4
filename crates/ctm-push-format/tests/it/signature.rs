//! Streams with a signature, which covers all before it.

use crate::{Numbered, claims, read, refused, sender, unpacked};
use ctm_push_format::{Entry, Level, StreamSignature, Writer};
use sha2::{Digest, Sha256};

fn signed(responses: u64) -> Vec<u8> {
    let mut writer = Writer::new(sender(Level::Names), Vec::new());
    (0..responses).for_each(|number| writer.write(&Numbered::new(number).known()).unwrap());
    let sign = |sha256| StreamSignature { sha256, public_key: "ab".to_owned(), signature: "cd".to_owned() };
    writer.finish_signed(sign).unwrap()
}

fn signatures<'e>(entries: &'e [Entry]) -> Vec<(usize, &'e StreamSignature)> {
    let of = |(at, entry): (usize, &'e Entry)| {
        if let Entry::Signature(of) = entry { Some((at, of)) } else { None }
    };
    entries.iter().enumerate().filter_map(of).collect()
}

#[test]
fn the_signed_digest_is_that_of_the_lines_before() {
    let text = unpacked(&signed(6));
    let lines = &text[..text.trim_end().rfind('\n').unwrap() + 1];
    let entries = read(text.as_bytes());
    let expected = StreamSignature {
        sha256: hex::encode(Sha256::digest(lines)),
        public_key: "ab".to_owned(),
        signature: "cd".to_owned(),
    };
    assert_eq!(signatures(&entries), [(7, &expected)]);
    assert_eq!(refused(&entries), [""; 0]);
}

#[test]
fn signed_streams_one_after_another_are_one_stream() {
    let both = [signed(5), signed(0), signed(3)].concat();
    let entries = read(&both);
    let at: Vec<usize> = signatures(&entries).iter().map(|(at, _)| *at).collect();
    assert_eq!((at, claims(&entries).len()), (vec![6, 8, 13], 8));
}

#[test]
fn every_change_of_what_was_signed_is_noticed() {
    let text = unpacked(&signed(6));
    let digest = "line 8: its digest is not that of the lines before it";
    let check = |changed: String, expected: &str| {
        assert_ne!(changed, text);
        let refused = refused(&read(changed.as_bytes()));
        assert!(refused.iter().any(|refused| refused == expected), "{refused:?}");
    };
    check(text.replace("laptop", "Laptop"), digest);
    check(text.replacen("1099511627776", "1099511627775", 1), digest);
    check(text.replace("{\"v\":1,", "{\"v\":1, "), digest);
    check(text.replace("\"sha256\":\"", "\"sha256\":\"0"), digest);
    let lines: Vec<&str> = text.lines().collect();
    let swapped = [lines[0], lines[2], lines[1], lines[3], lines[4], lines[5], lines[6], lines[7]];
    check(swapped.join("\n"), digest);
    let without = [&lines[..3], &lines[4..]].concat().join("\n");
    check(without.clone(), "line 7: 5 claims follow the header before, which says 6");
    check(without, "line 7: its digest is not that of the lines before it");
    let cut = text.replace(",\"signature\":\"cd\"", "");
    check(cut, "line 8: it is no line of a file of facts: missing field `signature` at line 1 column 95");
}
