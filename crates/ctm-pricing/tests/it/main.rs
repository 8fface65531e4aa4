//! Prices whole requests through the public interface only.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod cost_cases;
mod documented;
