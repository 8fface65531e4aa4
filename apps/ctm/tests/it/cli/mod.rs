//! What `ctm` prints.

mod explain;
mod export;
mod reports;
