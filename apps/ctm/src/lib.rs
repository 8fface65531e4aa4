//! ctm
