//! A conversation from its first prompt to its last response, with its fork and its subagents.

use crate::agents;
use crate::calendar::{HOUR, MINUTE, SECOND, timestamp, utc_day};
use crate::dialogue::Block;
use crate::eras;
use crate::error::Result;
use crate::exchange::exchange;
use crate::home::Home;
use crate::incidents;
use crate::models;
use crate::thread::{Mark, Start, Thread};
use crate::world;

/// Latest fork of a conversation, in milliseconds before the end of a home.
const FORK_MS: i64 = 20 * 24 * HOUR;

/// The kind of a fork.
#[derive(Debug)]
struct Forking {
    /// The fork fields on the lines of forks.
    mark: Mark,
    /// `true` if forks have smaller names than their original.
    is_smaller: bool,
    /// `true` if the original names the session that continues it.
    is_continued: bool,
    /// The second fork.
    second: Second,
}

/// The original of a second fork.
#[derive(Debug, PartialEq, Eq)]
enum Second {
    /// No fork marker.
    None,
    /// Of what the first one is a copy of.
    OfOriginal,
    /// Of the first fork, with what that one added.
    OfFork,
}

const FORKINGS: [Forking; 7] = [
    forking(Mark::None, false, Second::None),
    forking(Mark::Background, true, Second::None),
    forking(Mark::None, true, Second::OfFork),
    forking(Mark::ForkedFrom, true, Second::None),
    forking(Mark::None, true, Second::OfOriginal),
    forking(Mark::Background, true, Second::OfFork),
    forking(Mark::None, true, Second::None),
];

const fn forking(mark: Mark, is_smaller: bool, second: Second) -> Forking {
    Forking { mark, is_smaller, is_continued: matches!(mark, Mark::Background), second }
}

/// Place and time of the start of a conversation.
#[derive(Debug)]
pub(crate) struct Opening {
    /// Its beginning, in UTC epoch milliseconds.
    pub(crate) start_ms: i64,
    /// The same in thousandths of the home's life.
    pub(crate) permille: u64,
}

/// Writes a conversation.
pub(crate) fn write(home: &mut Home, opening: &Opening) -> Result<()> {
    let mut main = begin(home, opening)?;
    divert(home, &mut main);
    // Late in a home's life, neither might be continued, and nothing would distinguish them.
    let has_time = main.voice.pace.at_ms.saturating_add(FORK_MS) < main.voice.pace.until_ms;
    let number = if main.can_delegate() && has_time { home.rates.fork.strike() } else { None };
    match number {
        Some(number) => play_forked(home, main, &FORKINGS[number % FORKINGS.len()]),
        None => {
            play(home, &mut main)?;
            end(home, main)
        }
    }
}

/// Writes a conversation and its forks.
fn play_forked(home: &mut Home, mut main: Thread, forking: &Forking) -> Result<()> {
    main.add_fork(home, forking.mark, forking.is_smaller)?;
    if forking.second != Second::None {
        main.add_fork(home, forking.mark, forking.is_smaller)?;
    }
    play(home, &mut main)?;
    let mut fork = main.split_off();
    if forking.is_continued {
        main.continue_in(home, &fork)?;
    }
    match forking.second {
        Second::None => part(home, vec![main, fork], forking),
        Second::OfOriginal => {
            let second = fork.split_off();
            part(home, vec![main, fork, second], forking)
        }
        Second::OfFork => {
            if forking.mark == Mark::None && home.random.percent(60) {
                play(home, &mut main)?;
            }
            continue_thread(home, &mut fork, main.voice.pace.at_ms)?;
            let second = fork.split_off();
            if forking.is_continued {
                fork.continue_in(home, &second)?;
            }
            end(home, main)?;
            part(home, vec![fork, second], forking)
        }
    }
}

/// Writes what an original and its forks add, one after the other: the original first, if it is not left,
/// and last where its forks say what they are.
fn part(home: &mut Home, mut threads: Vec<Thread>, forking: &Forking) -> Result<()> {
    let mut at_ms = threads[0].voice.pace.at_ms;
    if home.random.percent(40) {
        // The fork is the conversation's continuation in another file.
        end(home, threads.remove(0))?;
    }
    if forking.mark != Mark::None {
        threads.reverse();
    }
    for mut thread in threads {
        continue_thread(home, &mut thread, at_ms)?;
        at_ms = thread.voice.pace.at_ms;
        end(home, thread)?;
    }
    Ok(())
}

/// Continues a conversation some time later.
fn continue_thread(home: &mut Home, thread: &mut Thread, at_ms: i64) -> Result<()> {
    thread.voice.pace.at_ms = at_ms;
    thread.voice.pace.wait(home.random.skewed(range(MINUTE, 30 * HOUR)));
    play(home, thread)
}

/// Begins a conversation in a project that is worked on at the time.
pub(crate) fn begin(home: &mut Home, opening: &Opening) -> Result<Thread> {
    let (era, version) = eras::at(home.rates.eras, opening.permille);
    home.enter(era);
    let project = world::choose(&home.projects, &mut home.random, opening.permille).clone();
    let start = Start {
        project: &project,
        at_ms: opening.start_ms,
        era,
        version,
        model: models::for_conversation(&mut home.random, &utc_day(opening.start_ms)),
    };
    let mut main = Thread::begin(home, &start)?;
    if let Some(number) = home.rates.worktree_start.strike() {
        incidents::enter_worktree(home, &mut main, number)?;
    }
    Ok(main)
}

/// Routes some conversations through a gateway, and gives some a session other than that of their file name.
fn divert(home: &mut Home, main: &mut Thread) {
    if let Some(number) = home.rates.diversion.strike() {
        let gateway = home.rates.gateways[number % home.rates.gateways.len()];
        main.voice.model = gateway.model;
        main.voice.gateway = Some(gateway);
    } else if home.rates.odd_session.strikes() {
        main.rename_session(home);
    }
}

/// Writes some turns, as long as there is time and room.
fn play(home: &mut Home, main: &mut Thread) -> Result<()> {
    let kind = home.random.weighted(&[70, 25, 5]);
    for _ in 0..home.random.skewed(home.rates.turns[kind].clone()) {
        turn(home, main)?;
        let pause = if home.random.one_in(40) {
            home.random.within(range(7 * HOUR, 16 * HOUR))
        } else {
            home.random.skewed(range(5 * SECOND, 16 * MINUTE))
        };
        main.voice.pace.wait(pause);
        if home.is_ahead() || main.voice.pace.is_over() {
            break;
        }
    }
    Ok(())
}

/// Writes a prompt and all that follows from it.
fn turn(home: &mut Home, main: &mut Thread) -> Result<()> {
    incidents::before_turn(home, main)?;
    main.prompt(home)?;
    let responses = home.random.skewed(home.rates.responses.clone());
    exchange(home, main, responses, Some(&agents::STARTED))?;
    incidents::after_turn(home, main)
}

/// Ends a conversation, perhaps in the middle of a line.
fn end(home: &mut Home, mut main: Thread) -> Result<()> {
    if home.rates.unfinished.strikes() {
        let response = main.voice.compose(home, &[Block::Text]);
        let block = Block::Text.to_json(home);
        let now = timestamp(main.voice.pace.at_ms);
        let line = main.voice.copy(&mut home.random, &response, 0, block.as_bytes(), Some(&now));
        // Never all of it but the newline: whether that counts already is the reader's choice.
        let len = 1 + home.random.index(line.bytes.len() - 1);
        let line = line.cut(len);
        main.write_unfinished(home, &line)?;
    }
    main.finish(home)
}

/// Returns a range of milliseconds, which are positive, for a random number.
fn range(from_ms: i64, to_ms: i64) -> std::ops::RangeInclusive<u64> {
    from_ms.unsigned_abs()..=to_ms.unsigned_abs()
}
