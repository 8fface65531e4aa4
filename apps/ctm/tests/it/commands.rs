//! What commands meet in the place of files.

use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::path::Path;

/// Makes a pipe.
pub(crate) fn make_pipe(path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}
