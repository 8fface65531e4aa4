//! What every back end promises, asked of each.

mod answers;
mod batches;
