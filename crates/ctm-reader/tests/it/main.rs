//! Whole homes, read as an application would, and what they add up to.

mod edge_cases;
mod home;
mod properties;
mod real;
