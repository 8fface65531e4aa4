//! Dependency graph of the crates.

use crate::metadata::Metadata;
use anyhow::Result;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The packages that are linked, and the dependencies among them.
///
/// Dependencies of tests and build scripts are omitted, and so are packages that only they need.
pub(crate) struct Graph {
    /// Names of the workspace's members.
    pub(crate) members: BTreeSet<String>,
    /// Pairs of a package and a dependency, by name.
    edges: Vec<(String, String)>,
}

impl Graph {
    /// Reads the output of `cargo metadata`.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let metadata = Metadata::parse(json)?;
        let names: HashMap<&str, &str> =
            metadata.packages.iter().map(|package| (&*package.id, &*package.name)).collect();
        let name = |id: &str| names.get(id).copied().unwrap_or(id).to_owned();
        let members = metadata.workspace_members.iter().map(|id| name(id)).collect();
        let mut edges = Vec::new();
        for node in &metadata.resolve.nodes {
            for dependency in node.deps.iter().filter(|dependency| dependency.is_linked()) {
                edges.push((name(&node.id), name(&dependency.pkg)));
            }
        }
        Ok(Self::of(members, &edges))
    }

    /// Returns the graph of these dependencies, as far as members reach them.
    pub(crate) fn of(members: BTreeSet<String>, edges: &[(String, String)]) -> Self {
        let mut graph = Self { members, edges: edges.to_vec() };
        let linked: HashSet<String> =
            graph.members.iter().flat_map(|member| graph.reached_from(member)).map(str::to_owned).collect();
        graph.edges.retain(|(from, _)| linked.contains(from));
        graph
    }

    /// Returns all dependencies as pairs of a package and its dependency.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (&str, &str)> {
        self.edges.iter().map(|(from, to)| (&**from, &**to))
    }

    /// Returns `package` and everything that is linked into it.
    pub(crate) fn reached_from<'a>(&'a self, package: &'a str) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::from([package]);
        let mut next = vec![package];
        while let Some(package) = next.pop() {
            for (_, to) in self.edges().filter(|(from, _)| *from == package) {
                if reached.insert(to) {
                    next.push(to);
                }
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_linked_is_reached() {
        let json = r#"{
            "packages": [{"id": "1", "name": "app"}, {"id": "2", "name": "lib"}, {"id": "3", "name": "mock"},
                         {"id": "4", "name": "deep"}],
            "workspace_members": ["1"],
            "resolve": {"nodes": [
                {"id": "1", "deps": [{"pkg": "2", "dep_kinds": [{"kind": "dev"}, {"kind": null}]},
                                     {"pkg": "3", "dep_kinds": [{"kind": "dev"}, {"kind": "build"}]}]},
                {"id": "2", "deps": []},
                {"id": "3", "deps": [{"pkg": "4", "dep_kinds": [{"kind": null}]}]},
                {"id": "4", "deps": []}]}
        }"#;
        let graph = Graph::parse(json).unwrap();
        assert_eq!(graph.members, BTreeSet::from(["app".to_owned()]));
        assert_eq!(graph.reached_from("app"), BTreeSet::from(["app", "lib"]));
        assert_eq!(graph.edges().collect::<Vec<_>>(), [("app", "lib")]);
    }

    #[test]
    fn circles_end() {
        let edges = [("a", "b"), ("b", "c"), ("c", "a")].map(|(from, to)| (from.to_owned(), to.to_owned()));
        let graph = Graph::of(BTreeSet::from(["a".to_owned()]), &edges);
        assert_eq!(graph.reached_from("b"), BTreeSet::from(["a", "b", "c"]));
    }
}
