//! The Python module `claude_token_monitor_reader`: what `ctm-bindings` returns, as objects of Python.
//!
//! - [`response`]: rows, created when Python asks for them;
//! - [`usage`]: the function `read_home`;
//! - [`price`]: the function `price`;
//! - [`amount`]: exact amounts as `decimal.Decimal`.
//!
//! Types for Python are in `claude_token_monitor_reader.pyi`, and checked by `cargo xtask bindings`.

mod amount;
mod price;
mod response;
mod usage;

use pyo3::prelude::*;

/// Billed responses of a Claude home, each once, and prices of Claude models.
#[pymodule]
fn claude_token_monitor_reader(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("NoPriceError", module.py().get_type::<price::NoPriceError>())?;
    module.add_class::<usage::Usage>()?;
    module.add_class::<response::Response>()?;
    module.add_class::<response::Part>()?;
    module.add_class::<response::Tokens>()?;
    module.add_class::<price::Price>()?;
    module.add_function(wrap_pyfunction!(usage::read_home, module)?)?;
    module.add_function(wrap_pyfunction!(price::price, module)?)
}
