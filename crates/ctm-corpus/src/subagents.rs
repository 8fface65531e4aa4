//! The parts of a session that a main conversation starts besides its own lines.
//!
//! A subagent holds an exchange as the main conversation does, but starts no subagents itself. The exchange takes
//! the ways to start one as a value, so that it need not know how a subagent is written.

use crate::error::Result;
use crate::home::Home;
use crate::response::Response;
use crate::thread::Thread;
use crate::tools::Call;

/// The ways in which a main conversation starts subagents.
#[derive(Debug)]
pub(crate) struct Subagents {
    /// Writes what the subagents do that a call starts, and the call's result.
    pub(crate) delegate: fn(&mut Home, &mut Thread, &Call) -> Result<()>,
    /// Asks a side question about a response.
    pub(crate) ask_aside: fn(&mut Home, &Thread, &Response) -> Result<()>,
    /// Writes the transcript of the subagent that sums up the conversation.
    pub(crate) compact: fn(&mut Home, &Thread) -> Result<()>,
}
