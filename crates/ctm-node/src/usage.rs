//! `readHome`: the usage of a Claude home.

use crate::{Tokens, number, pico_usd};
use ctm_bindings::{BilledPart, BilledResponse};
use ctm_types::PicoUsd;
use ctm_types::printable::with_causes;
use napi::bindgen_prelude::{AsyncTask, BigInt};
use napi::{Env, Error, JsDate, Result, ScopedTask};
use napi_derive::napi;
use std::collections::HashMap;
use std::path::PathBuf;

/// The usage of a Claude home, and what could not be read.
#[napi(object, object_from_js = false)]
pub struct Usage<'env> {
    /// The billed responses, by time.
    pub responses: Vec<Response<'env>>,
    /// Lines that were read.
    pub lines: f64,
    /// Lines without a response although they should have one, by the reason.
    pub skipped: HashMap<String, f64>,
    /// Attempts that a model refused before any output and that are not billed.
    pub unbilled_attempts: f64,
    /// Files and folders that could not be read.
    pub problems: Vec<String>,
}

/// A billed response, folded from all its copies.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Response<'env> {
    /// Equal for all its copies.
    pub id: String,
    /// Its time.
    pub at: JsDate<'env>,
    /// The session that owns it.
    pub session: String,
    /// The project of that session.
    pub project: String,
    /// Git branch.
    pub branch: Option<String>,
    /// Whether a subagent has it.
    pub is_subagent: bool,
    /// Whether a copy carries a final marker.
    pub is_final: bool,
    /// The model of its first part.
    pub model: String,
    /// Its tokens.
    pub tokens: Tokens,
    /// Its web searches.
    pub web_searches: f64,
    /// Its exact cost in pico-dollars.
    pub cost_pico_usd: Option<BigInt>,
    /// Its cost in dollars, for drawing.
    pub cost_usd: Option<f64>,
    /// How certain the cost is.
    pub certainty: &'static str,
    /// Tokens without a price.
    pub unpriced_tokens: f64,
    /// Web searches without a price.
    pub unpriced_web_searches: f64,
    /// Its billed parts.
    pub parts: Vec<Part>,
}

/// A billed part of a response.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct Part {
    /// Its model.
    pub model: String,
    /// Its tokens.
    pub tokens: Tokens,
    /// Its web searches.
    pub web_searches: f64,
    /// Its exact cost in pico-dollars.
    pub cost_pico_usd: Option<BigInt>,
    /// Its cost in dollars, for drawing.
    pub cost_usd: Option<f64>,
    /// Tokens without a price.
    pub unpriced_tokens: f64,
    /// Web searches without a price.
    pub unpriced_web_searches: f64,
}

/// Reads a home on a thread of Node's own pool.
pub struct ReadHome(PathBuf);

impl<'env> ScopedTask<'env> for ReadHome {
    type Output = ctm_bindings::Usage;
    type JsValue = Usage<'env>;

    fn compute(&mut self) -> Result<Self::Output> {
        ctm_bindings::read_home(&self.0).map_err(|error| Error::from_reason(with_causes(&error)))
    }

    fn resolve(&mut self, env: &'env Env, usage: Self::Output) -> Result<Self::JsValue> {
        let responses = usage.responses.into_iter().map(|response| Response::of(env, &response));
        Ok(Usage {
            responses: responses.collect::<Result<_>>()?,
            lines: number(usage.lines),
            skipped: usage.skipped.into_iter().map(|(reason, of)| (reason.to_owned(), number(of))).collect(),
            unbilled_attempts: number(usage.unbilled_attempts),
            problems: usage.problems,
        })
    }
}

/// Reads a Claude home: every billed response once, by time, with its cost at list prices.
#[napi]
#[must_use]
pub fn read_home(path: String) -> AsyncTask<ReadHome> {
    AsyncTask::new(ReadHome(path.into()))
}

impl<'env> Response<'env> {
    #[expect(clippy::cast_precision_loss, reason = "a date of JavaScript is a number")]
    fn of(env: &'env Env, response: &BilledResponse) -> Result<Self> {
        let (conversation, cost) = (response.conversation(), response.cost());
        Ok(Self {
            id: response.key.as_str().to_owned(),
            at: env.create_date(response.at_ms().0 as f64)?,
            session: conversation.session.clone(),
            project: response.project.to_string(),
            branch: conversation.branch.clone(),
            is_subagent: conversation.sidechain,
            is_final: response.is_final,
            model: response.model().to_owned(),
            tokens: Tokens::of(&response.tokens()),
            web_searches: number(response.web_searches()),
            cost_pico_usd: pico_usd(response.amount()),
            cost_usd: response.amount().map(PicoUsd::to_f64),
            certainty: response.certainty().name(),
            unpriced_tokens: number(cost.unpriced_tokens),
            unpriced_web_searches: number(cost.unpriced_web_searches),
            parts: response.parts.iter().map(Part::of).collect(),
        })
    }
}

impl Part {
    fn of(part: &BilledPart) -> Self {
        Self {
            model: part.billing.model.clone(),
            tokens: Tokens::of(&part.tokens),
            web_searches: number(part.web_searches),
            cost_pico_usd: pico_usd(part.amount()),
            cost_usd: part.amount().map(PicoUsd::to_f64),
            unpriced_tokens: number(part.cost.unpriced_tokens),
            unpriced_web_searches: number(part.cost.unpriced_web_searches),
        }
    }
}
