//! `price`: the price of one request.

use crate::amount::decimal;
use chrono::{DateTime, NaiveDate, Utc};
use ctm_bindings::{Priced, Request};
use ctm_types::{Billing, EpochMs, PicoUsd, TokenCounts};
use pyo3::exceptions::{PyLookupError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDateTime, PyTzInfo, PyTzInfoAccess};

pyo3::create_exception!(
    claude_token_monitor_reader,
    NoPriceError,
    PyLookupError,
    "A model has no price: its name is not known exactly."
);

/// The price of a request.
#[pyclass(frozen, module = "claude_token_monitor_reader")]
pub(crate) struct Price(Priced);

#[pymethods]
impl Price {
    #[getter]
    fn model(&self) -> &str {
        &self.0.model
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
        self.0.cost.unpriced_tokens
    }

    #[getter]
    fn unpriced_web_searches(&self) -> u64 {
        self.0.cost.unpriced_web_searches
    }

    #[getter]
    fn flags(&self) -> Vec<&'static str> {
        self.0.flags.clone()
    }

    #[getter]
    fn valid_from(&self) -> Option<NaiveDate> {
        self.0.from
    }

    #[getter]
    fn valid_until(&self) -> Option<NaiveDate> {
        self.0.until
    }

    #[getter]
    fn source(&self) -> &str {
        &self.0.source
    }

    #[getter]
    fn table_version(&self) -> &str {
        &self.0.table_version
    }
}

/// Prices a request at list prices.
#[pyfunction]
#[pyo3(signature = (model, *, input=0, output=0, cache_read=0, cache_write_5m=0, cache_write_1h=0, web_searches=0,
    at=None, speed=None, service_tier=None, inference_geo=None))]
#[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
pub(crate) fn price(
    model: String,
    input: u64,
    output: u64,
    cache_read: u64,
    cache_write_5m: u64,
    cache_write_1h: u64,
    web_searches: u64,
    at: Option<&Bound<'_, PyDateTime>>,
    speed: Option<String>,
    service_tier: Option<String>,
    inference_geo: Option<String>,
) -> PyResult<Price> {
    let request = Request {
        billing: Billing { model, speed, service_tier, inference_geo, refusal: None },
        tokens: TokenCounts { input, output, cache_read, cache_write_5m, cache_write_1h },
        web_searches,
        at_ms: at.map(epoch_ms).transpose()?,
    };
    ctm_bindings::price(&request).map(Price).map_err(|error| NoPriceError::new_err(error.to_string()))
}

/// Returns a time in UTC epoch milliseconds.
fn epoch_ms(at: &Bound<'_, PyDateTime>) -> PyResult<EpochMs> {
    if at.get_tzinfo().is_none() {
        return Err(PyValueError::new_err("`at` has no time zone; add one, such as `timezone.utc`"));
    }
    let at: DateTime<Utc> = at.call_method1("astimezone", (PyTzInfo::utc(at.py())?,))?.extract()?;
    Ok(EpochMs(at.timestamp_millis()))
}
