//! Output of a command.

use crate::error::PushError;
use ctm_types::printable::styled;
use std::io::{ErrorKind, Write};

/// Prints lines, or nothing; a closed pipe ends the output without an error.
pub(crate) fn print(text: &str) -> Result<(), PushError> {
    if text.is_empty() {
        return Ok(());
    }
    match writeln!(anstream::stdout().lock(), "{}", styled(text)) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(PushError::io("write the output")(error)),
        _ => Ok(()),
    }
}

/// Prints what is wrong to standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "ctm push: {}", styled(text));
}
