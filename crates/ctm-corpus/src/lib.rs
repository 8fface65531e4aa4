//! Deterministic generator of realistic Claude homes with the exact answer beside them.
