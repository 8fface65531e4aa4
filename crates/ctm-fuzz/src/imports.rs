//! Files of other programs.

use ctm_imports::read;

pub(crate) fn run(input: &[u8]) {
    let Ok(content) = read(input, None) else { return };
    assert_eq!(read(input, Some(content.program)).unwrap(), content, "the same text gives the same result");
}
