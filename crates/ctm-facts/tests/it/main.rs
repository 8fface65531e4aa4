//! Tests of the rules of facts, from copies to sums.

mod tally;
