//! Composing a response: how much it reads, writes and costs.

use crate::calendar::{HOUR, MINUTE, utc_day};
use crate::details::Details;
use crate::dialogue::Block;
use crate::eras::{Shape, Streaming};
use crate::home::Home;
use crate::models;
use crate::random::Random;
use crate::response::{FAST, Iteration, Oddity, Response, Stage};
use crate::voice::Voice;
use ctm_types::TokenCounts;

impl Voice {
    /// Returns the response of these blocks to the present prompt.
    pub(crate) fn compose(&mut self, home: &mut Home, blocks: &[Block]) -> Response {
        let random = &mut home.random;
        let (message_id, request_id) = self.ids(random);
        let details = message_id.as_deref().filter(|_| self.gateway.is_none() && self.era.details);
        let details = details.map(Details::of);
        let (stages, whole) = stages(random, self.streaming(), blocks);
        let output = stages.last().expect("a response has a block").output;
        let mut response = Response {
            message_id,
            request_id,
            model: self.model,
            tokens: self.send(random, output),
            stages,
            output: whole,
            iterations: Vec::new(),
            web_searches: 0,
            service_tier: "standard",
            speed: "standard",
            geo: "not_available",
            stop_reason: match blocks.last() {
                Some(Block::Call(_)) => "tool_use",
                _ => "end_turn",
            },
            shape: self.shape(),
            oddity: Oddity::None,
            details,
            refusal: None,
        };
        if let Some(gateway) = self.gateway {
            response.oddity = Oddity::NoCacheCounts(gateway.cache_counts);
        } else if let Some(number) = home.rates.oddity.strike() {
            self.make_odd(random, number, &mut response);
        }
        response
    }

    fn ids(&self, random: &mut Random) -> (Option<String>, Option<String>) {
        match self.gateway {
            Some(gateway) => {
                (Some(gateway.id.to_owned()), gateway.has_request_ids.then(|| random.id("req_")))
            }
            None if self.era.ids => (Some(random.id("msg_01")), Some(random.id("req_011C"))),
            None => (None, None),
        }
    }

    /// Sends the context to the model and returns what that and the answer of `output` tokens
    /// consume.
    fn send(&mut self, random: &mut Random, output: u64) -> TokenCounts {
        let at_ms = self.pace.at_ms;
        let context = &mut self.context;
        let keeps_for_an_hour = self.era.shape == Shape::Iterated && !self.sidechain;
        let lifetime_ms = if keeps_for_an_hour { HOUR } else { 5 * MINUTE };
        let is_cached = context.sent_ms.is_some_and(|sent_ms| at_ms - sent_ms < lifetime_ms);
        let (read, written) = match is_cached {
            true => (context.sent, context.new),
            false => (0, context.sent + context.new),
        };
        context.sent += context.new;
        context.new = output;
        context.sent_ms = Some(at_ms);
        let input = random.within(1..=12);
        let mut tokens = TokenCounts { input, output, ..TokenCounts::default() };
        if self.gateway.is_some() {
            // Nothing is cached, so that each prompt is longer than the one before: without a
            // request id, its length alone distinguishes a response from the next.
            tokens.input = read + written + 13;
            return tokens;
        }
        tokens.cache_read = read;
        tokens.cache_write_1h = match keeps_for_an_hour {
            true if random.percent(8) => written / 3,
            true => written,
            false => 0,
        };
        tokens.cache_write_5m = written - tokens.cache_write_1h;
        tokens
    }

    /// Makes an ordinary response the `number`th of those that are easily counted wrong.
    fn make_odd(&self, random: &mut Random, number: usize, response: &mut Response) {
        let is_iterated = response.shape == Shape::Iterated;
        match number % 10 {
            0 | 1 if is_iterated && !self.sidechain => self.add_advisor(random, response),
            2 if is_iterated && !self.sidechain => self.add_fallback(random, response),
            3 if is_iterated && !self.sidechain => add_compaction(random, response),
            4 if is_iterated => response.geo = "us",
            5 if is_iterated => response.service_tier = *random.pick(&["batch", "priority"]),
            6 if response.shape >= Shape::Split => response.oddity = Oddity::FlatZero,
            7 => {
                let text = *random.pick(&["-5", "2.5", "\"17\"", "9007199254740993"]);
                response.oddity = Oddity::BadInput(text);
                response.tokens.input = 0;
            }
            8 if is_iterated && response.is_final() => response.web_searches = random.within(1..=4),
            _ if is_iterated && FAST.contains(&self.model) => response.speed = "fast",
            _ => {}
        }
    }

    /// Adds the part of an advisor model: its tokens are in no top-level count.
    fn add_advisor(&self, random: &mut Random, response: &mut Response) {
        let whole = response.tokens;
        let before = halved(whole);
        let advice = TokenCounts {
            input: random.within(5_000..=60_000),
            output: random.within(400..=4_000),
            ..TokenCounts::default()
        };
        let advisor = models::for_second_opinion(&utc_day(self.pace.at_ms), self.model);
        response.iterations = vec![
            iteration("message", None, before),
            iteration("advisor_message", Some(advisor), advice),
            iteration("message", None, rest(whole, before)),
        ];
    }

    /// Adds a first attempt by another model: the top level reports only the second.
    fn add_fallback(&self, random: &mut Random, response: &mut Response) {
        let tokens = response.tokens;
        // An attempt that ends before it wrote anything is not billed.
        let output = if random.percent(40) { 0 } else { random.within(20..=900) };
        let attempt = TokenCounts { output, cache_write_5m: tokens.cache_write_5m + 4_000, ..tokens };
        let first_model = models::for_second_opinion(&utc_day(self.pace.at_ms), self.model);
        response.iterations = vec![
            Iteration {
                billed: output > 0,
                refused: output == 0,
                ..iteration("message", Some(first_model), attempt)
            },
            iteration("fallback_message", Some(self.model), tokens),
        ];
    }
}

/// Adds a part in which the model shortens the context: it is in no top-level count.
fn add_compaction(random: &mut Random, response: &mut Response) {
    let compaction = TokenCounts {
        input: random.within(20_000..=90_000),
        output: random.within(900..=4_000),
        ..TokenCounts::default()
    };
    response.iterations =
        vec![iteration("compaction", None, compaction), iteration("message", None, response.tokens)];
}

pub(crate) fn iteration(kind: &'static str, model: Option<&'static str>, tokens: TokenCounts) -> Iteration {
    Iteration { kind, model, tokens, billed: true, refused: false }
}

fn halved(tokens: TokenCounts) -> TokenCounts {
    TokenCounts {
        input: tokens.input / 2,
        output: tokens.output / 2,
        cache_read: tokens.cache_read / 2,
        cache_write_5m: tokens.cache_write_5m / 2,
        cache_write_1h: tokens.cache_write_1h / 2,
    }
}

fn rest(whole: TokenCounts, part: TokenCounts) -> TokenCounts {
    TokenCounts {
        input: whole.input - part.input,
        output: whole.output - part.output,
        cache_read: whole.cache_read - part.cache_read,
        cache_write_5m: whole.cache_write_5m - part.cache_write_5m,
        cache_write_1h: whole.cache_write_1h - part.cache_write_1h,
    }
}

/// Returns the output that the copy of each block logs, and that of the response.
fn stages(random: &mut Random, streaming: Streaming, blocks: &[Block]) -> (Vec<Stage>, u64) {
    let output: u64 = blocks.iter().map(|block| block.tokens(random)).sum();
    let last = blocks.len() - 1;
    let is_lost = match streaming {
        Streaming::Always => return (vec![Stage { output, is_final: true }; blocks.len()], output),
        Streaming::AtTheEnd { lost_percent } => random.percent(lost_percent),
        Streaming::Never => true,
    };
    let grows_to = if is_lost { 8 } else { output };
    // A placeholder may be as small as one token, and may stay what it was.
    let first = random.within(1..=8);
    let placeholder = |index: usize| first + (grows_to - first) * index as u64 / blocks.len() as u64;
    let mut stages: Vec<Stage> =
        (0..blocks.len()).map(|index| Stage { output: placeholder(index), is_final: false }).collect();
    if !is_lost {
        stages[last] = Stage { output, is_final: true };
    }
    // The placeholders of few blocks can be more than their words.
    let most = stages.iter().map(|stage| stage.output).max();
    (stages, output.max(most.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_grow_and_only_the_last_is_final() {
        let mut random = Random::new(1);
        let blocks = [Block::Thinking, Block::Text, Block::Text];
        let mut check = |streaming, finals: [bool; 3]| {
            for _ in 0..50 {
                let (stages, output) = stages(&mut random, streaming, &blocks);
                assert!(stages.iter().all(|stage| stage.output <= output));
                assert!(stages.is_sorted_by_key(|stage| stage.output), "{stages:?}");
                assert!(stages[0].output > 0);
                assert_eq!(stages.iter().map(|stage| stage.is_final).collect::<Vec<_>>(), finals);
            }
        };
        check(Streaming::Always, [true; 3]);
        check(Streaming::AtTheEnd { lost_percent: 0 }, [false, false, true]);
        check(Streaming::AtTheEnd { lost_percent: 100 }, [false; 3]);
        check(Streaming::Never, [false; 3]);
    }

    #[test]
    fn halves_make_a_whole() {
        let tokens = TokenCounts { input: 1, output: 2, cache_read: 3, cache_write_5m: 4, cache_write_1h: 5 };
        assert_eq!(halved(tokens) + rest(tokens, halved(tokens)), tokens);
    }
}
