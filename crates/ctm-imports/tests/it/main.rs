//! Files as their programs wrote them, and files that none wrote.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod hostile;
mod written;
