//! Rules of the layers: permitted dependencies.

use super::graph::Graph;

/// The members of the workspace, each with the members that it may depend on.
const ORDER: &[(&str, &[&str])] = &[
    ("ctm-types", &[]),
    ("ctm-reader", &["ctm-types"]),
    ("ctm-pricing", &["ctm-types"]),
    ("ctm-proof", &["ctm-types", "ctm-pricing"]),
    ("ctm-bindings", &["ctm-types", "ctm-reader", "ctm-pricing"]),
    ("ctm-python", &["ctm-types", "ctm-bindings"]),
    ("ctm-node", &["ctm-types", "ctm-bindings"]),
    ("ctm-facts", &["ctm-types"]),
    ("ctm-sqlite", &["ctm-types", "ctm-facts"]),
    ("ctm-hub", &["ctm-types", "ctm-facts", "ctm-push-format"]),
    ("ctm-storage", &["ctm-types", "ctm-facts", "ctm-hub", "ctm-push-format", "ctm-sqlite"]),
    ("ctm-team", &["ctm-types", "ctm-facts", "ctm-hub", "ctm-push-format"]),
    ("ctm-backend", &["ctm-types", "ctm-facts", "ctm-hub", "ctm-push-format", "ctm-storage", "ctm-team"]),
    ("ctm-alerts", &["ctm-types"]),
    ("ctm-personal", &["ctm-types", "ctm-alerts", "ctm-facts", "ctm-storage"]),
    ("ctm-export", &["ctm-types"]),
    ("ctm-corpus", &["ctm-types"]),
    ("ctm-otlp", &["ctm-types", "ctm-facts"]),
    ("ctm-imports", &["ctm-types", "ctm-facts"]),
    ("ctm-push-format", &["ctm-types"]),
    ("ctm-push-protocol", &["ctm-types", "ctm-facts", "ctm-push-format"]),
    ("ctm-aggregate", &["ctm-types", "ctm-pricing"]),
    ("ctm-config", &["ctm-types", "ctm-reader", "ctm-pricing"]),
    ("ctm-notify", &["ctm-types", "ctm-config"]),
    (
        "ctm-report",
        &[
            "ctm-alerts",
            "ctm-types",
            "ctm-reader",
            "ctm-pricing",
            "ctm-facts",
            "ctm-storage",
            "ctm-backend",
            "ctm-aggregate",
            "ctm-export",
            "ctm-config",
            "ctm-personal",
            "ctm-proof",
        ],
    ),
    ("ctm-document", &["ctm-types", "ctm-report"]),
    (
        "ctm-ingest",
        &[
            "ctm-types",
            "ctm-reader",
            "ctm-facts",
            "ctm-storage",
            "ctm-team",
            "ctm-backend",
            "ctm-config",
            "ctm-report",
        ],
    ),
    (
        "ctm-api",
        &[
            "ctm-alerts",
            "ctm-types",
            "ctm-facts",
            "ctm-personal",
            "ctm-aggregate",
            "ctm-export",
            "ctm-config",
            "ctm-report",
            "ctm-document",
            "ctm-ingest",
        ],
    ),
    ("ctm-mcp", &["ctm-types", "ctm-aggregate", "ctm-personal", "ctm-report", "ctm-api"]),
    (
        "ctm-server",
        &[
            "ctm-alerts",
            "ctm-api",
            "ctm-mcp",
            "ctm-otlp",
            "ctm-types",
            "ctm-pricing",
            "ctm-push-format",
            "ctm-facts",
            "ctm-hub",
            "ctm-personal",
            "ctm-storage",
            "ctm-team",
            "ctm-backend",
            "ctm-aggregate",
            "ctm-export",
            "ctm-config",
            "ctm-report",
            "ctm-document",
            "ctm-ingest",
        ],
    ),
    (
        "ctm",
        &[
            "ctm-alerts",
            "ctm-types",
            "ctm-reader",
            "ctm-pricing",
            "ctm-storage",
            "ctm-personal",
            "ctm-backend",
            "ctm-aggregate",
            "ctm-export",
            "ctm-corpus",
            "ctm-facts",
            "ctm-hub",
            "ctm-config",
            "ctm-report",
            "ctm-document",
            "ctm-ingest",
            "ctm-api",
            "ctm-imports",
            "ctm-mcp",
            "ctm-notify",
            "ctm-proof",
            "ctm-push-format",
            "ctm-server",
        ],
    ),
    (
        "ctm-push",
        &[
            "ctm-types",
            "ctm-facts",
            "ctm-push-format",
            "ctm-push-protocol",
            "ctm-storage",
            "ctm-config",
            "ctm-report",
        ],
    ),
    (
        "ctm-fuzz",
        &[
            "ctm-types",
            "ctm-reader",
            "ctm-pricing",
            "ctm-imports",
            "ctm-otlp",
            "ctm-push-format",
            "ctm-config",
            "ctm-report",
            "ctm-ingest",
            "ctm-server",
        ],
    ),
    ("ctm-harness", &["ctm-corpus"]),
    (
        "ctm-bench",
        &["ctm-corpus", "ctm-facts", "ctm-harness", "ctm-push-format", "ctm-push-protocol", "ctm-types"],
    ),
    ("xtask", &["ctm-types", "ctm-pricing", "ctm-corpus", "ctm-harness"]),
];

/// Families of packages, each with the members that may name them.
const OWNERS: &[(&str, &[&str])] = &[
    // A second engine, for what several machines share.
    ("sqlx", &["ctm-sqlite", "ctm-storage", "ctm-team"]),
    ("rusqlite", &["ctm-sqlite"]),
    ("actix", &["ctm-server"]),
    ("rmcp", &["ctm-mcp"]),
    ("pyo3", &["ctm-python"]),
    ("napi", &["ctm-node"]),
    // Types that are sent describe themselves.
    ("utoipa", &["ctm-proof", "ctm-config", "ctm-report", "ctm-ingest", "ctm-api"]),
];

/// Members that are pure, or at least synchronous: no runtime, no database, no server.
const PURE: &[&str] = &[
    "ctm-types",
    "ctm-facts",
    "ctm-hub",
    "ctm-reader",
    "ctm-pricing",
    "ctm-bindings",
    "ctm-python",
    "ctm-node",
    "ctm-aggregate",
    "ctm-alerts",
    "ctm-export",
    "ctm-imports",
    "ctm-otlp",
    "ctm-proof",
    "ctm-push-format",
    "ctm-push-protocol",
    "ctm-corpus",
    "ctm-harness",
    "xtask",
];

/// Families of packages that pure members must not depend on.
const IMPURE: &[&str] = &["tokio", "sqlx", "rusqlite", "actix"];

/// Packages that send HTTP requests or mail.
const CLIENTS: &[&str] =
    &["attohttpc", "awc", "curl", "hyper", "isahc", "lettre", "minreq", "reqwest", "surf", "ureq"];

/// The members that send: to the hubs of a person, from a program of its own, and to channels.
const SENDERS: &[&str] = &["ctm-push", "ctm-notify"];

/// Members depend on each other in the stated order only.
pub(crate) fn order(graph: &Graph) -> Vec<String> {
    let mut breaches = Vec::new();
    for member in &graph.members {
        let Some((_, allowed)) = ORDER.iter().find(|(name, _)| name == member) else {
            breaches.push(format!("{member} has no place in the order of the layers"));
            continue;
        };
        for (_, to) in graph.edges().filter(|(from, _)| from == member) {
            if graph.members.contains(to) && !allowed.contains(&to) {
                breaches.push(format!("{member} must not depend on {to}"));
            }
        }
    }
    breaches
}

/// Only its owner names a family of packages, and families of the same owner each other.
pub(crate) fn ownership(graph: &Graph) -> Vec<String> {
    let mut breaches = Vec::new();
    for (family, owners) in OWNERS {
        let is_owned = |package| {
            OWNERS
                .iter()
                .any(|(family, of)| is_of(family, package) && of.iter().any(|owner| owners.contains(owner)))
        };
        for (from, to) in graph.edges() {
            if is_of(family, to) && !is_owned(from) && !owners.contains(&from) {
                breaches.push(format!("{from} depends on {to}, which is for {} alone", owners.join(", ")));
            }
        }
    }
    breaches
}

/// Returns the members that may name a package, if it is of a family.
pub(crate) fn owners_of(package: &str) -> Option<&'static [&'static str]> {
    OWNERS.iter().find(|(family, _)| is_of(family, package)).map(|(_, owners)| *owners)
}

/// Pure members reach no runtime, no database and no server.
pub(crate) fn purity(graph: &Graph) -> Vec<String> {
    let mut breaches = Vec::new();
    for member in PURE {
        for reached in graph.reached_from(member) {
            if IMPURE.iter().any(|family| is_of(family, reached)) {
                breaches.push(format!(
                    "{member} must not reach {reached}: see `cargo tree -e normal -p {member} -i {reached}`"
                ));
            }
        }
    }
    breaches
}

/// Nothing links a client for HTTP or mail, but for the members that send.
pub(crate) fn silence(graph: &Graph) -> Vec<String> {
    graph
        .edges()
        .filter(|(from, to)| CLIENTS.contains(to) && !SENDERS.contains(from))
        .map(|(from, to)| format!("{from} links {to}, which sends"))
        .collect()
}

/// The vocabulary depends on nothing.
pub(crate) fn bareness(graph: &Graph) -> Vec<String> {
    graph
        .edges()
        .filter(|(from, _)| *from == "ctm-types")
        .map(|(from, to)| format!("{from} must not depend on {to}, nor on anything else"))
        .collect()
}

/// Returns whether a package is of a family: `sqlx` and `sqlx-core`, but not `sqlxmq`.
fn is_of(family: &str, package: &str) -> bool {
    package.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn check(rule: fn(&Graph) -> Vec<String>, edges: &[(&str, &str)], expected: &[&str]) {
        let edges: Vec<_> = edges.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        let names: BTreeSet<String> =
            edges.iter().flat_map(|(from, to)| [from.clone(), to.clone()]).collect();
        let is_member = |name: &String| name.starts_with("ctm") || name == "xtask";
        let members = names.into_iter().filter(is_member).collect();
        assert_eq!(rule(&Graph::of(members, &edges)), expected, "{edges:?}");
    }

    #[test]
    fn members_keep_their_order() {
        check(order, &[("ctm", "ctm-storage"), ("ctm-storage", "ctm-types"), ("ctm-storage", "sqlx")], &[]);
        check(order, &[("ctm-storage", "ctm-pricing")], &["ctm-storage must not depend on ctm-pricing"]);
        check(order, &[("ctm-reader", "ctm")], &["ctm-reader must not depend on ctm"]);
        check(order, &[("ctm-news", "serde")], &["ctm-news has no place in the order of the layers"]);
    }

    #[test]
    fn families_have_one_owner() {
        check(ownership, &[("ctm-storage", "sqlx"), ("sqlx", "sqlx-core"), ("ctm", "ctm-storage")], &[]);
        check(
            ownership,
            &[("ctm", "sqlx")],
            &["ctm depends on sqlx, which is for ctm-sqlite, ctm-storage, ctm-team alone"],
        );
        check(
            ownership,
            &[("ctm-export", "handy"), ("handy", "actix-web")],
            &["handy depends on actix-web, which is for ctm-server alone"],
        );
        check(ownership, &[("ctm", "sqlxmq")], &[]);
        check(
            ownership,
            &[("ctm-storage", "sqlx-ui"), ("sqlx-ui", "actix-web")],
            &["sqlx-ui depends on actix-web, which is for ctm-server alone"],
        );
    }

    #[test]
    fn pure_members_reach_nothing_heavy() {
        check(purity, &[("ctm", "tokio"), ("ctm", "ctm-reader"), ("ctm-reader", "memchr")], &[]);
        check(
            purity,
            &[("ctm-reader", "handy"), ("handy", "tokio-util")],
            &["ctm-reader must not reach tokio-util: see `cargo tree -e normal -p ctm-reader -i tokio-util`"],
        );
    }

    #[test]
    fn nothing_else_links_a_client() {
        check(silence, &[("ctm", "actix-web")], &[]);
        check(silence, &[("ctm", "handy"), ("handy", "ureq")], &["handy links ureq, which sends"]);
        check(silence, &[("ctm-push", "ureq"), ("ctm", "ureq")], &["ctm links ureq, which sends"]);
        check(
            silence,
            &[("ctm-notify", "lettre"), ("ctm-server", "lettre")],
            &["ctm-server links lettre, which sends"],
        );
        check(order, &[("ctm", "ctm-push")], &["ctm must not depend on ctm-push"]);
        check(
            order,
            &[("ctm", "ctm-notify"), ("ctm-server", "ctm-notify")],
            &["ctm-server must not depend on ctm-notify"],
        );
    }

    #[test]
    fn vocabulary_depends_on_nothing() {
        check(bareness, &[("ctm", "ctm-types")], &[]);
        check(
            bareness,
            &[("ctm-types", "serde")],
            &["ctm-types must not depend on serde, nor on anything else"],
        );
    }
}
