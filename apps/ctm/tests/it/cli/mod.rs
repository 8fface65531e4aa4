//! What `ctm` prints.

mod db;
mod doctor;
mod explain;
mod export;
mod generated;
mod prices;
mod reports;
#[cfg(unix)]
mod snapshots;
