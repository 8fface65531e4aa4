//! Usage of a Claude home for other languages: `ctm-python` and `ctm-node` only convert what this crate returns, so that
//! they cannot differ.
//!
//! - [`home`]: the billed responses of a home;
//! - [`row`]: a billed response, and how certain its cost is;
//! - [`request`]: the price of one request.
//!
//! **Invariant:** this crate is synchronous, and independent of SQL, HTTP, the clock and of both languages.

mod home;
mod request;
mod row;

pub use home::{Usage, read_home};
pub use request::{PriceError, Priced, Request, price};
pub use row::{BilledPart, BilledResponse, Certainty};
