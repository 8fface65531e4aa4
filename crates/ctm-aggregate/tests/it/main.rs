//! Tests of reports, from rows to figures, with the real price book.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod blocks;
mod budgets;
mod calibration;
mod decompose;
mod fixture;
mod invariant;
mod markers;
mod reports;
mod simulated;
mod trends;
mod what_if;
mod worth;
