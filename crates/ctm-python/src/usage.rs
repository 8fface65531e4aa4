//! `read_home`: the usage of a Claude home.

use crate::response::Response;
use ctm_types::printable::with_causes;
use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// The usage of a Claude home, and what could not be read.
#[pyclass(frozen, get_all, module = "claude_token_monitor_reader")]
pub(crate) struct Usage {
    responses: Py<PyList>,
    lines: u64,
    skipped: BTreeMap<&'static str, u64>,
    unbilled_attempts: u64,
    problems: Vec<String>,
}

/// Reads a Claude home: every billed response once, by time, with its cost at list prices.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "Python's path is converted")]
pub(crate) fn read_home(py: Python<'_>, path: PathBuf) -> PyResult<Usage> {
    let usage = py.detach(|| ctm_bindings::read_home(&path)).map_err(|error| os_error(&path, &error))?;
    let responses = PyList::empty(py);
    for response in usage.responses {
        responses.append(Response::from(response))?;
    }
    Ok(Usage {
        responses: responses.unbind(),
        lines: usage.lines,
        skipped: usage.skipped.into_iter().collect(),
        unbilled_attempts: usage.unbilled_attempts,
        problems: usage.problems,
    })
}

/// Returns the exception of an error of the system, which Python makes a `FileNotFoundError` or `PermissionError`.
fn os_error(path: &Path, error: &(impl Error + 'static)) -> PyErr {
    let system = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    match system.and_then(|system| Some((system.raw_os_error()?, system.to_string()))) {
        Some((number, reason)) => PyOSError::new_err((number, reason, path.as_os_str().to_owned())),
        None => PyOSError::new_err(with_causes(error)),
    }
}
