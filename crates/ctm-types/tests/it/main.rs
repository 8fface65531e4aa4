//! Properties of the rules, over generated lines and claims.

mod claims;
mod responses;
#[cfg(feature = "serde")]
mod stored;
