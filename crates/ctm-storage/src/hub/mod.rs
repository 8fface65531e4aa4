//! The hub on SQLite: machines enrol with a code, and push their claims. Its rules are those of [`ctm_hub`].
//!
//! - [`enrol`]: invites, enrolment, rotation and revocation;
//! - [`push`]: a push in one transaction.

mod enrol;
mod push;
