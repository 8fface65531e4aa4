//! What `ctm` prints.

mod explain;
mod export;
mod prices;
mod reports;
