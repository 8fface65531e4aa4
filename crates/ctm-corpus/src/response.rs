//! A response: its usage, and what its copies log of it.

use crate::details::Details;
use crate::eras::Shape;
use crate::json::Json;
use ctm_types::response::Identity;
use ctm_types::{Billing, TokenCounts};

/// Models that have a fast mode.
pub(crate) const FAST: &[&str] = &["claude-opus-4-8", "claude-opus-5", "claude-opus-5-5", "claude-fable-5-2"];

/// Usage that is out of the ordinary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oddity {
    None,
    /// `cache_creation_input_tokens` is 0 although something was written to the cache.
    FlatZero,
    /// `input_tokens` is what no count can be.
    BadInput(&'static str),
    /// The cache counts are null or absent, as gateways have them.
    NoCacheCounts(&'static str),
    /// `usage` is not an object.
    NoObject(&'static str),
}

/// A part of a response in `usage.iterations`.
#[derive(Debug, Clone)]
pub(crate) struct Iteration {
    /// Its type.
    pub(crate) kind: &'static str,
    /// Its model, where it is named.
    pub(crate) model: Option<&'static str>,
    /// Its tokens.
    pub(crate) tokens: TokenCounts,
    /// `true` if it is billed.
    pub(crate) billed: bool,
    /// `true` for an attempt that a model refused before any output.
    pub(crate) refused: bool,
}

/// The output of one copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stage {
    /// Output tokens.
    pub(crate) output: u64,
    /// `true` if the copy has a final marker.
    pub(crate) is_final: bool,
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// `message.id`.
    pub(crate) message_id: Option<String>,
    /// `requestId`.
    pub(crate) request_id: Option<String>,
    /// The model that answered.
    pub(crate) model: &'static str,
    /// The top-level usage of the last copy.
    pub(crate) tokens: TokenCounts,
    /// The output of each copy.
    pub(crate) stages: Vec<Stage>,
    /// The output of the response, which its last copy may not have.
    pub(crate) output: u64,
    /// The parts, when there are others than the response itself.
    pub(crate) iterations: Vec<Iteration>,
    /// Web searches, which only final copies have.
    pub(crate) web_searches: u64,
    /// `usage.service_tier`.
    pub(crate) service_tier: &'static str,
    /// `usage.speed`.
    pub(crate) speed: &'static str,
    /// `usage.inference_geo`.
    pub(crate) geo: &'static str,
    /// `message.stop_reason` of final copies.
    pub(crate) stop_reason: &'static str,
    /// The shape of the usage.
    pub(crate) shape: Shape,
    /// Its anomaly.
    pub(crate) oddity: Oddity,
    /// Details beside usage.
    pub(crate) details: Option<Details>,
    /// The reason for which the model refused the request before any output, if it did.
    pub(crate) refusal: Option<Refusal>,
}

/// Reason of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// `stop_details.category`.
    pub(crate) category: Option<&'static str>,
}

impl Refusal {
    /// Returns whether the request is billed all the same, which depends on the category alone.
    pub(crate) fn is_billed(self) -> bool {
        self.category == Some("bio")
    }
}

impl Response {
    /// Returns the billed parts: model and tokens.
    pub(crate) fn parts(&self) -> Vec<(&'static str, TokenCounts)> {
        if self.refusal.is_some_and(|refusal| !refusal.is_billed()) {
            return Vec::new();
        }
        if self.iterations.is_empty() || !self.is_final() {
            return vec![(self.model, self.tokens)];
        }
        // Refused attempts come last: the response counts by the part that answered.
        let (refused, others): (Vec<_>, Vec<_>) =
            self.iterations.iter().partition(|iteration| iteration.refused);
        let billed = others.into_iter().chain(refused).filter(|iteration| iteration.billed);
        billed.map(|iteration| (iteration.model.unwrap_or(self.model), iteration.tokens)).collect()
    }

    /// Returns the terms of a billed part by a model, as far as a line logs them: the speed and the region are on
    /// final copies alone.
    pub(crate) fn billing(&self, model: &str) -> Billing {
        let unless = |term: &str, default| (term != default).then(|| term.to_owned());
        let logged = |term: Option<String>, since| term.filter(|_| self.shape >= since && self.is_final());
        Billing {
            model: model.to_owned(),
            speed: logged(Some(self.speed.to_owned()), Shape::Iterated),
            service_tier: unless(self.service_tier, "standard"),
            inference_geo: logged(unless(self.geo, "not_available"), Shape::Marked),
            refusal: None,
        }
    }

    /// Returns the tokens of what was refused before any output and is not billed.
    pub(crate) fn unbilled(&self) -> TokenCounts {
        if self.refusal.is_some_and(|refusal| !refusal.is_billed()) {
            return self.tokens;
        }
        let attempts = self.iterations.iter().filter(|iteration| self.is_final() && !iteration.billed);
        attempts.map(|iteration| iteration.tokens).sum()
    }

    /// Returns the response's identity, if its last line has this `uuid` and its session is this
    /// one.
    pub(crate) fn identity<'a>(&'a self, uuid: Option<&'a str>, session: &'a str) -> Identity<'a> {
        let TokenCounts { input, cache_read, cache_write_5m, cache_write_1h, .. } = self.tokens;
        Identity {
            message_id: self.message_id.as_deref(),
            request_id: self.request_id.as_deref(),
            uuid,
            session,
            prompt: [input, cache_read, cache_write_5m + cache_write_1h],
            locus: ("", 0),
        }
    }

    /// Returns whether one of the copies is final.
    pub(crate) fn is_final(&self) -> bool {
        self.stages.iter().any(|stage| stage.is_final)
    }

    /// Returns the tokens at the top level of the `index`th copy.
    pub(crate) fn tokens_at(&self, index: usize) -> TokenCounts {
        TokenCounts { output: self.stages[index].output, ..self.tokens }
    }

    /// Writes the members of `message` as the `index`th copy has them.
    pub(crate) fn write_message(&self, json: &mut Json, index: usize, content: impl FnOnce(&mut Json)) {
        if let Some(id) = &self.message_id {
            json.string("id", id);
        }
        json.members(r#""type":"message","role":"assistant""#);
        json.string("model", self.model);
        json.list("content", content);
        let is_final = self.stages[index].is_final;
        if is_final && (self.shape != Shape::Marked || self.has_bad_input()) {
            json.string("stop_reason", self.stop_reason);
        } else {
            json.raw("stop_reason", "null");
        }
        json.raw("stop_sequence", "null");
        if let Some(details) = self.details {
            details.write_message(json);
        }
        if let Some(Refusal { category }) = self.refusal {
            json.nested("stop_details", |json| {
                json.string("type", "refusal");
                match category {
                    Some(category) => json.string("category", category),
                    None => json.raw("category", "null"),
                }
            });
        }
        match self.oddity {
            Oddity::NoObject(text) => json.raw("usage", text),
            _ => json.nested("usage", |usage| self.write_usage(usage, index)),
        }
    }

    /// Writes the members of `usage` as the `index`th copy has them.
    pub(crate) fn write_usage(&self, json: &mut Json, index: usize) {
        self.write_input(json);
        self.write_cache(json);
        json.number("output_tokens", self.stages[index].output);
        json.string("service_tier", self.service_tier);
        if self.shape < Shape::Marked || !self.stages[index].is_final {
            return;
        }
        json.nested("server_tool_use", |json| {
            json.number("web_search_requests", self.web_searches);
            json.number("web_fetch_requests", 0);
        });
        json.string("inference_geo", self.geo);
        // A count that is invalid at the top level must not be valid below it.
        if !self.has_bad_input() {
            json.list("iterations", |list| self.write_iterations(list));
        }
        if self.shape == Shape::Iterated {
            json.string("speed", self.speed);
        }
        if let Some(details) = self.details {
            details.write_usage(json, self.stages[index].output);
        }
    }

    fn has_bad_input(&self) -> bool {
        matches!(self.oddity, Oddity::BadInput(_))
    }

    fn write_input(&self, json: &mut Json) {
        match self.oddity {
            Oddity::BadInput(text) => json.raw("input_tokens", text),
            _ => json.number("input_tokens", self.tokens.input),
        }
    }

    fn write_cache(&self, json: &mut Json) {
        if let Oddity::NoCacheCounts(members) = self.oddity {
            if !members.is_empty() {
                json.members(members);
            }
            return;
        }
        let flat = match self.oddity {
            Oddity::FlatZero => 0,
            _ => self.tokens.cache_write_5m + self.tokens.cache_write_1h,
        };
        json.number("cache_creation_input_tokens", flat);
        json.number("cache_read_input_tokens", self.tokens.cache_read);
        if self.shape >= Shape::Split {
            // After an advice, the top level reports only the durations of the part before it.
            let mut parts = self.iterations.iter();
            let split = parts.find(|part| part.kind == "message" && part.model.is_none());
            write_durations(json, &split.map_or(self.tokens, |first| first.tokens));
        }
    }

    fn write_iterations(&self, list: &mut Json) {
        if self.shape < Shape::Iterated {
            return;
        }
        if self.iterations.is_empty() {
            list.item(|json| write_iteration(json, "message", None, &self.tokens));
        }
        for Iteration { kind, model, tokens, .. } in &self.iterations {
            list.item(|json| write_iteration(json, kind, *model, tokens));
        }
    }
}

fn write_iteration(json: &mut Json, kind: &str, model: Option<&str>, tokens: &TokenCounts) {
    json.number("input_tokens", tokens.input);
    json.number("output_tokens", tokens.output);
    json.number("cache_read_input_tokens", tokens.cache_read);
    json.number("cache_creation_input_tokens", tokens.cache_write_5m + tokens.cache_write_1h);
    write_durations(json, tokens);
    json.string("type", kind);
    if let Some(model) = model {
        json.string("model", model);
    }
}

fn write_durations(json: &mut Json, tokens: &TokenCounts) {
    json.nested("cache_creation", |json| {
        json.number("ephemeral_5m_input_tokens", tokens.cache_write_5m);
        json.number("ephemeral_1h_input_tokens", tokens.cache_write_1h);
    });
}
