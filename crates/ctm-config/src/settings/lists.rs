//! Settings that are lists of hosts and origins.

use crate::origin::{Host, Origin};

/// Parses a list of hosts.
pub(super) fn hosts(text: &str) -> Option<Vec<Host>> {
    items(text).map(Host::parse).collect()
}

/// Parses a list of origins.
pub(super) fn origins(text: &str) -> Option<Vec<Origin>> {
    // An origin has no path, but the address that one copies ends with a slash.
    items(text).map(|item| Origin::parse(item.strip_suffix('/').unwrap_or(item))).collect()
}

/// Returns a list in the form that is parsed.
pub(super) fn shown<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(",")
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
