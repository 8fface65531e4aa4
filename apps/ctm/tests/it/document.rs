//! Tables of `docs/insight.md` that tests compute.

use std::path::Path;
use std::sync::Mutex;

/// Checks the table behind a line of the document, or writes it; `tests` are the tests that do.
pub(crate) fn check_table(tests: &str, name: &str, found: &str) {
    // Tests run at the same time, and each writes the whole document.
    static DOCUMENT: Mutex<()> = Mutex::new(());
    let _document = DOCUMENT.lock();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/insight.md");
    let document = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let mark =
        format!("<!-- {name}: written by `TRYCMD=overwrite cargo test -p ctm --test it {tests}` -->\n");
    let (before, rest) = document.split_once(&mark).unwrap();
    let (table, after) = rest.split_once("<!-- end -->\n").unwrap();
    let expected = format!("\n{found}\n");
    if std::env::var_os("TRYCMD").is_some_and(|how| how == "overwrite") {
        std::fs::write(&path, [before, &mark, &expected, "<!-- end -->\n", after].concat()).unwrap();
    } else {
        assert_eq!(table, expected, "the table is stale; `{}` is how it is written", mark.trim());
    }
}
