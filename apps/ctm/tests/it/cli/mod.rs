//! What `ctm` prints.

mod export;
mod reports;
