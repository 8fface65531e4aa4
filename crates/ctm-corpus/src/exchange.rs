//! The exchange after a prompt: responses, the results of their calls, and the incidents between them.

use crate::damage;
use crate::dialogue::{self, Block};
use crate::error::Result;
use crate::home::Home;
use crate::incidents;
use crate::subagents::Subagents;
use crate::thread::Thread;
use crate::tools::Call;

/// Writes responses and the results of their calls, at least one, as long as there is time and room.
///
/// `subagents` is `None` for a subagent, which starts none.
pub(crate) fn exchange(
    home: &mut Home,
    thread: &mut Thread,
    responses: u64,
    subagents: Option<&Subagents>,
) -> Result<()> {
    for left in (0..responses).rev() {
        let mut blocks = dialogue::blocks(home, left == 0);
        if left > 0 && subagents.is_some() && thread.can_delegate() && home.rates.delegation.strikes() {
            blocks.push(Block::Call(Call::delegate(&mut home.random)));
        }
        if left > 0 && home.rates.search.strikes() {
            blocks.push(Block::Call(Call::search(&mut home.random)));
        }
        for call in thread.respond(home, &blocks)? {
            match subagents {
                Some(subagents) if call.is_delegation() => (subagents.delegate)(home, thread, &call)?,
                _ => thread.result(home, &call)?,
            }
        }
        damage::strike(home, thread)?;
        incidents::after_response(home, thread, subagents)?;
        if home.is_ahead() || thread.voice.pace.is_over() {
            break;
        }
    }
    Ok(())
}
