//! Saved views: pages with their range and filter, by name.

use crate::error::FieldFault;
use crate::records::Kind;
use crate::text::text_fault;
use serde::{Deserialize, Serialize};

/// Paths of the pages, relative to the base path. `web/src/lib/views/known.test.ts` compares them with the page.
const PAGES: &[&str] = &[
    "/",
    "/models",
    "/projects",
    "/sessions",
    "/blocks",
    "/trends",
    "/responses",
    "/cache",
    "/tools",
    "/history",
    "/audit",
    "/export",
    "/settings",
    "/data",
    "/by",
    "/what-if",
    "/worth",
    "/compare",
    "/sql",
    "/budgets",
    "/alerts",
    "/changes",
    "/api/docs",
];

/// Pages with a page for each item, at `PAGE/ID`.
const ITEMS: [&str; 2] = ["/projects/", "/sessions/"];

/// Parameters of the pages: those of the filter, then those of single pages.
const PARAMETERS: &[&str] = &[
    "range",
    "from",
    "to",
    "week_start",
    "tz",
    "project",
    "model",
    "home",
    "source",
    "compare",
    "active",
    "agent",
    "among",
    "as_model",
    "branch",
    "bucket",
    "by",
    "cache",
    "cache_miss",
    "dataset",
    "driver",
    "effort",
    "entrypoint",
    "failed",
    "format",
    "group",
    "hour",
    "hours",
    "look",
    "mcp",
    "measure",
    "metric",
    "only_model",
    "only_tool",
    "order",
    "part",
    "plugin",
    "pr",
    "prices_on",
    "q",
    "rows",
    "same_projects",
    "several_tools",
    "sidechain",
    "since",
    "skill",
    "sort",
    "step",
    "ticket",
    "tool",
    "until",
    "version",
    "weekday",
    "with",
    "without",
];

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The name.
    pub name: String,
    /// The path of the page with its query, relative to the base path: `/trends?range=30d`.
    pub path: String,
}

impl View {
    /// Maximum length of the name, in characters.
    pub const MOST_NAME_CHARS: usize = 80;
    /// Maximum length of the path, in bytes.
    pub const MOST_PATH_BYTES: usize = 4_000;

    /// Returns what is wrong with a name.
    #[must_use]
    pub fn name_fault(name: &str) -> Option<FieldFault> {
        text_fault("name", name, Self::MOST_NAME_CHARS)
    }

    /// Returns what is wrong with a path.
    #[must_use]
    pub fn path_fault(path: &str) -> Option<FieldFault> {
        let fault = |message| Some(FieldFault { field: "path", message });
        if path.len() > Self::MOST_PATH_BYTES {
            return fault(format!(
                "`path` has {} bytes; allowed: 1 to {}",
                path.len(),
                Self::MOST_PATH_BYTES
            ));
        }
        if !path.bytes().all(|byte| byte.is_ascii_graphic()) || path.contains(['#', '\\']) {
            return fault(
                "`path` has to be a path and a query, percent-encoded, without a fragment".to_owned(),
            );
        }
        let (page, query) = path.split_once('?').unwrap_or((path, ""));
        if !is_page(page) {
            return fault("`path` does not begin with the path of a page, such as `/trends`".to_owned());
        }
        let unknown = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| !PARAMETERS.contains(&name.as_ref()))
            .map(|(name, _)| name.chars().take(40).collect::<String>());
        let name = unknown?;
        fault(format!("`path` has the unknown parameter `{name}`"))
    }
}

/// Returns whether a path is one of a page.
fn is_page(path: &str) -> bool {
    let is_item = |id: &str| !id.is_empty() && !id.contains('/') && id != "." && id != "..";
    PAGES.contains(&path) || ITEMS.iter().any(|items| path.strip_prefix(items).is_some_and(is_item))
}

impl Kind for View {
    const NAME: &'static str = "view";
    const MOST: usize = 200;

    fn faults(&self) -> Vec<FieldFault> {
        Self::name_fault(&self.name).into_iter().chain(Self::path_fault(&self.path)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages_with_known_parameters_are_views() {
        let check =
            |path: &str, is_valid: bool| assert_eq!(View::path_fault(path).is_none(), is_valid, "{path}");
        for path in
            ["/", "/?range=7d", "/trends?range=30d&bucket=week&model=a%20b&model=c", "/sessions/0-a?tz=UTC"]
        {
            check(path, true);
        }
        for path in ["/projects/%2Fhome%2Fu", "/data", "/sessions?q=%3Cscript%3E"] {
            check(path, true);
        }
        for path in [
            "",
            "trends",
            "//evil.example/",
            "/\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
        ] {
            check(path, false);
        }
        for path in
            ["/nowhere", "/trends/", "/sessions/", "/sessions/a/b", "/sessions/..", "/trends?x=1", "/?a=b#c"]
        {
            check(path, false);
        }
        check("/trends?q=a b", false);
        check(&format!("/?q={}", "a".repeat(View::MOST_PATH_BYTES)), false);
    }
}
