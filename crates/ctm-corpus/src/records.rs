//! Records that recent versions log of a session beside its responses.
//!
//! They follow from times and responses, and not from chance, so that a home without them differs in these lines alone.

use crate::calendar::timestamp;
use crate::error::Result;
use crate::home::Home;
use crate::thread::Thread;

/// Writes a line about the session after some turns.
pub(crate) fn after_turn(home: &mut Home, main: &mut Thread) -> Result<()> {
    if !main.voice.era.details {
        return Ok(());
    }
    let at_ms = main.voice.pace.at_ms.unsigned_abs();
    let number = 1 + at_ms / 1_000 % 90;
    let line = match at_ms % 24 {
        0 => {
            let members = format!(
                r#""hookCount":2,"hookInfos":[{{"command":"/home/dev/.claude/hooks/lint.sh --all","durationMs":{number}}},{{"command":"python3 notify.py"}}],"hookErrors":[]"#
            );
            main.voice.system(&mut home.random, "stop_hook_summary", &members)
        }
        1 => {
            let now = timestamp(main.voice.pace.at_ms);
            let members = format!(
                r#""prNumber":{number},"prUrl":"https://github.com/house/tools/pull/{number}","prRepository":"house/tools","timestamp":"{now}""#
            );
            main.voice.about("pr-link", &members)
        }
        2 => {
            if !main.is_one_session() || main.voice.gateway.is_some() {
                return Ok(());
            }
            let Some(totals) = home.own.line(main.owner()) else { return Ok(()) };
            // As it is within a session: it never falls.
            let spent = at_ms / 60_000;
            let members = format!(
                r#"{totals},"totalAPIDuration":{spent},"totalDuration":{at_ms},"totalLinesAdded":{number}"#
            );
            main.voice.about("cost-state", &members)
        }
        3 => main.voice.about("custom-title", r#""customTitle":"the pending queue""#),
        _ => return Ok(()),
    };
    main.write(home, &line)
}

/// Returns the members of a line about a hook that ran within a turn.
pub(crate) fn hook(at_ms: u64) -> String {
    const COMMAND: &str = r#""command":"/home/dev/.claude/hooks/format.sh""#;
    let duration_ms = 1 + at_ms / 1_000 % 700;
    let (kind, members) = match at_ms / 1_000 % 8 {
        0 => ("hook_non_blocking_error", format!(r#""exitCode":1,{COMMAND},"durationMs":{duration_ms}"#)),
        1 => ("hook_blocking_error", format!(r#""blockingError":{{"blockingError":"no",{COMMAND}}}"#)),
        2 => ("hook_cancelled", format!(r#"{COMMAND},"durationMs":{duration_ms},"timedOut":true"#)),
        _ => ("hook_success", format!(r#""exitCode":0,{COMMAND},"durationMs":{duration_ms}"#)),
    };
    let event = if (at_ms / 8_000).is_multiple_of(2) { "PreToolUse" } else { "PostToolUse" };
    format!(r#""type":"attachment","attachment":{{"type":"{kind}","hookEvent":"{event}",{members}}}"#)
}
