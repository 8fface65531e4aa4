//! Exact amounts as `decimal.Decimal`.

use ctm_types::PicoUsd;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Returns an amount of US dollars as `decimal.Decimal`.
pub(crate) fn decimal(py: Python<'_>, amount: Option<PicoUsd>) -> PyResult<Option<Bound<'_, PyAny>>> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let decimal = DECIMAL.import(py, "decimal", "Decimal")?;
    amount.map(|amount| decimal.call1((amount.to_string(),))).transpose()
}
