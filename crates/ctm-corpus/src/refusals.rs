//! Requests that a model refuses before any output.
//!
//! The category determines whether such a request is billed: `bio` is billed and `cyber` is not, on any day,
//! and neither is a request without a category.

use crate::calendar::{timestamp, utc_day};
use crate::compose::iteration;
use crate::dialogue::Block;
use crate::eras::Shape;
use crate::error::Result;
use crate::home::Home;
use crate::line::Message;
use crate::models;
use crate::response::{Iteration, Oddity, Refusal, Response, Stage};
use crate::thread::Thread;
use ctm_types::TokenCounts;

const REFUSALS: [Refusal; 3] =
    [Refusal { category: Some("cyber") }, Refusal { category: Some("bio") }, Refusal { category: None }];

/// Writes a refused request now and then: a whole one, or an attempt before a fallback to another model.
pub(crate) fn strike(home: &mut Home, thread: &mut Thread) -> Result<()> {
    let says_why = thread.voice.era.shape == Shape::Iterated && thread.voice.gateway.is_none();
    if !says_why {
        return Ok(());
    }
    let Some(number) = home.rates.refusal.strike() else {
        return Ok(());
    };
    let refusal = REFUSALS[number / 2 % REFUSALS.len()];
    if number.is_multiple_of(2) { refuse(home, thread, refusal) } else { fall_back(home, thread, refusal) }
}

/// Writes a response that is a refusal.
fn refuse(home: &mut Home, thread: &mut Thread, refusal: Refusal) -> Result<()> {
    let response = plain(home, thread, 0);
    let response = Response { stop_reason: "refusal", refusal: Some(refusal), ..response };
    write(home, thread, &response, &[])
}

/// Writes a response of a model other than the one requested first, with the reason.
fn fall_back(home: &mut Home, thread: &mut Thread, refusal: Refusal) -> Result<()> {
    let output = home.random.within(20..=900);
    let response = plain(home, thread, output);
    let first_model = models::for_second_opinion(&utc_day(thread.voice.pace.at_ms), response.model);
    // Some output is logged when a response begins.
    let attempt = TokenCounts { output: home.random.within(0..=8), ..response.tokens };
    let response = Response {
        iterations: vec![
            Iteration {
                billed: refusal.is_billed(),
                refused: true,
                ..iteration("message", Some(first_model), attempt)
            },
            iteration("fallback_message", Some(response.model), response.tokens),
        ],
        ..response
    };
    let block = Block::Text.to_json(home);
    write(home, thread, &response, block.as_bytes())?;
    let (Some(category), Some(request)) = (refusal.category, &response.request_id) else {
        return Ok(());
    };
    let members = format!(
        r#""requestId":"{request}","originalModel":"{first_model}","fallbackModel":"{}","apiRefusalCategory":"{category}""#,
        response.model
    );
    let line = thread.voice.system(&mut home.random, "model_refusal_fallback", &members);
    thread.write(home, &line)
}

/// Returns a final response of one line, with so much output and nothing odd about it.
fn plain(home: &mut Home, thread: &mut Thread, output: u64) -> Response {
    thread.voice.pace.wait(home.random.skewed(900..=25_000));
    let response = thread.voice.compose(home, &[Block::Text]);
    Response {
        tokens: TokenCounts { output, ..response.tokens },
        stages: vec![Stage { output, is_final: true }],
        output,
        iterations: Vec::new(),
        web_searches: 0,
        oddity: Oddity::None,
        ..response
    }
}

fn write(home: &mut Home, thread: &mut Thread, response: &Response, content: &[u8]) -> Result<()> {
    let at_ms = thread.voice.pace.at_ms;
    let line = thread.voice.copy(&mut home.random, response, 0, content, Some(&timestamp(at_ms)));
    let sidechain = thread.voice.sidechain;
    let usage = Some((response.model, response.tokens));
    thread.write(home, &line.with_message(Message { at_ms, sidechain, usage, tool_calls: 0 }))?;
    thread.book(home, response, at_ms, 0);
    Ok(())
}
