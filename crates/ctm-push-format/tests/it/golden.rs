//! Streams of each version that is read, byte for byte.

use crate::{Numbered, claims, pepper, read, refused, unpacked, written};
use ctm_push_format::{Level, READ_VERSIONS, VERSION};

#[test]
fn every_version_is_read_and_the_current_one_is_written_as_before() {
    let responses: Vec<Numbered> = (0..4).map(Numbered::new).collect();
    let golden = [include_str!("../../testdata/v1.ndjson")];
    assert_eq!(golden.len(), READ_VERSIONS.count());
    for text in golden {
        let entries = read(text.as_bytes());
        let expected = responses.iter().map(|of| Level::Names.disclose(&pepper(), &of.known()));
        assert_eq!(claims(&entries), expected.collect::<Vec<_>>());
        assert_eq!(refused(&entries), Vec::<String>::new());
    }
    assert_eq!(unpacked(&written(Level::Names, &responses)), golden[VERSION as usize - 1]);
}
