//! Rows: billed responses, their parts and tokens.

use crate::amount::decimal;
use chrono::{DateTime, Utc};
use ctm_bindings::{BilledPart, BilledResponse};
use ctm_types::{PicoUsd, TokenCounts};
use pyo3::prelude::*;

/// A billed response, folded from all its copies.
#[pyclass(frozen, module = "claude_token_monitor_reader")]
pub(crate) struct Response(BilledResponse);

impl From<BilledResponse> for Response {
    fn from(response: BilledResponse) -> Self {
        Self(response)
    }
}

#[pymethods]
impl Response {
    #[getter]
    fn id(&self) -> &str {
        self.0.key.as_str()
    }

    #[getter]
    fn at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.at_ms().0).unwrap_or_default()
    }

    #[getter]
    fn session(&self) -> &str {
        &self.0.conversation().session
    }

    #[getter]
    fn project(&self) -> &str {
        &self.0.project
    }

    #[getter]
    fn branch(&self) -> Option<&str> {
        self.0.conversation().branch.as_deref()
    }

    #[getter]
    fn is_subagent(&self) -> bool {
        self.0.conversation().sidechain
    }

    #[getter]
    fn is_final(&self) -> bool {
        self.0.is_final
    }

    #[getter]
    fn model(&self) -> &str {
        self.0.model()
    }

    #[getter]
    fn tokens(&self) -> Tokens {
        Tokens(self.0.tokens())
    }

    #[getter]
    fn web_searches(&self) -> u64 {
        self.0.web_searches()
    }

    #[getter]
    fn cost_usd<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        decimal(py, self.0.amount())
    }

    #[getter]
    fn cost_usd_float(&self) -> Option<f64> {
        self.0.amount().map(PicoUsd::to_f64)
    }

    #[getter]
    fn certainty(&self) -> &'static str {
        self.0.certainty().name()
    }

    #[getter]
    fn unpriced_tokens(&self) -> u64 {
        self.0.cost().unpriced_tokens
    }

    #[getter]
    fn unpriced_web_searches(&self) -> u64 {
        self.0.cost().unpriced_web_searches
    }

    #[getter]
    fn parts(&self) -> Vec<Part> {
        self.0.parts.iter().cloned().map(Part).collect()
    }

    fn __repr__(&self) -> String {
        format!("Response(id={:?}, at={:?}, model={:?})", self.id(), self.at(), self.model())
    }
}

/// A billed part of a response.
#[pyclass(frozen, module = "claude_token_monitor_reader")]
pub(crate) struct Part(BilledPart);

#[pymethods]
impl Part {
    #[getter]
    fn model(&self) -> &str {
        &self.0.billing.model
    }

    #[getter]
    fn tokens(&self) -> Tokens {
        Tokens(self.0.tokens)
    }

    #[getter]
    fn web_searches(&self) -> u64 {
        self.0.web_searches
    }

    #[getter]
    fn cost_usd<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        decimal(py, self.0.amount())
    }

    #[getter]
    fn cost_usd_float(&self) -> Option<f64> {
        self.0.amount().map(PicoUsd::to_f64)
    }

    #[getter]
    fn unpriced_tokens(&self) -> u64 {
        self.0.cost.unpriced_tokens
    }

    #[getter]
    fn unpriced_web_searches(&self) -> u64 {
        self.0.cost.unpriced_web_searches
    }
}

/// Tokens by kind.
#[pyclass(frozen, module = "claude_token_monitor_reader")]
pub(crate) struct Tokens(TokenCounts);

#[pymethods]
impl Tokens {
    #[getter]
    fn input(&self) -> u64 {
        self.0.input
    }

    #[getter]
    fn output(&self) -> u64 {
        self.0.output
    }

    #[getter]
    fn cache_read(&self) -> u64 {
        self.0.cache_read
    }

    #[getter]
    fn cache_write_5m(&self) -> u64 {
        self.0.cache_write_5m
    }

    #[getter]
    fn cache_write_1h(&self) -> u64 {
        self.0.cache_write_1h
    }

    #[getter]
    fn total(&self) -> u64 {
        self.0.total()
    }

    fn __repr__(&self) -> String {
        let TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h } = self.0;
        format!(
            "Tokens(input={input}, output={output}, cache_read={cache_read}, \
             cache_write_5m={cache_write_5m}, cache_write_1h={cache_write_1h})"
        )
    }
}
