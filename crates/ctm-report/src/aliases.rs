//! The names in place of others, for readers who must not see names: "Project A", "MCP tool B".

use super::error::ReportError;
use super::reporter::Reporter;
use ctm_facts::CatalogNames;
use ctm_types::ProjectId;
use std::collections::HashMap;

/// The names in place of projects, and of MCP servers and their tools: letters in the order in which they were first stored, so that
/// a name has the same letters in every answer.
#[derive(Debug)]
pub struct Aliases {
    projects: Vec<String>,
    servers: Vec<String>,
    tools: Vec<String>,
}

impl Reporter {
    /// Returns the names in place of projects, and of MCP servers and their tools.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn aliases(&self) -> Result<Aliases, ReportError> {
        let projects = self.facts.catalog(CatalogNames::Projects).await?.projects;
        let tools = match self.facts.store() {
            Some(store) => store.mcp_tools().await?,
            None => Vec::new(),
        };
        Ok(Aliases::new(projects, tools))
    }
}

impl Aliases {
    /// Creates the aliases of all projects, and of all tools of MCP servers.
    #[must_use]
    pub fn new(projects: HashMap<ProjectId, String>, tools: Vec<String>) -> Self {
        let mut numbered: Vec<_> = projects.into_iter().collect();
        numbered.sort_by_key(|(id, _)| *id);
        let servers = tools.iter().filter_map(|tool| server_of(tool)).map(str::to_owned);
        Self {
            projects: distinct(numbered.into_iter().map(|(_, name)| name)),
            servers: distinct(servers),
            tools,
        }
    }

    /// Returns the letters of a project, if it was known when the names were read.
    #[must_use]
    pub fn letters_of_project(&self, name: &str) -> Option<String> {
        self.projects.iter().position(|known| known == name).map(letters)
    }

    /// Returns the alias of a project.
    #[must_use]
    pub fn of_project(&self, name: &str) -> String {
        alias("Project", &self.projects, name)
    }

    /// Returns the alias of a tool of an MCP server; a tool of Claude Code keeps its name.
    #[must_use]
    pub fn of_tool(&self, name: &str) -> String {
        if name.starts_with("mcp__") { alias("MCP tool", &self.tools, name) } else { name.to_owned() }
    }

    /// Returns the alias of an MCP server.
    #[must_use]
    pub fn of_server(&self, name: &str) -> String {
        alias("MCP server", &self.servers, name)
    }

    /// Returns the project with an alias, or the empty name of no project.
    #[must_use]
    pub fn project_of(&self, alias: &str) -> &str {
        let wanted = alias.strip_prefix("Project ").unwrap_or_default();
        let found = self.projects.iter().enumerate().find(|(number, _)| letters(*number) == wanted);
        found.map_or("", |(_, name)| name)
    }
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

/// Returns the MCP server of a tool, `mcp__<server>__<tool>`.
fn server_of(tool: &str) -> Option<&str> {
    tool.strip_prefix("mcp__")?.split_once("__").map(|(server, _)| server)
}

fn alias(word: &str, names: &[String], name: &str) -> String {
    match names.iter().position(|known| known == name) {
        Some(number) => format!("{word} {}", letters(number)),
        // A name of a commit after the names were read.
        None => word.to_owned(),
    }
}

/// Returns a number as letters: A to Z, AA, AB.
fn letters(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.insert(0, b'A' + u8::try_from(number % 26).unwrap_or_default());
        if number < 26 {
            return String::from_utf8(letters).unwrap_or_default();
        }
        number = number / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_count_like_columns() {
        let check = |number, expected: &str| assert_eq!(letters(number), expected);
        check(0, "A");
        check(25, "Z");
        check(26, "AA");
        check(27, "AB");
        check(26 + 26 * 26, "AAA");
    }

    #[test]
    fn an_alias_stands_for_one_name() {
        let projects = [(2, "/src/api"), (1, "/src/web"), (3, "/src/web")];
        let projects = projects.into_iter().map(|(id, name)| (ProjectId::from(id), name.to_owned()));
        let tools = ["mcp__db__query", "mcp__chat__send", "mcp__db__list__all"].map(str::to_owned);
        let aliases = Aliases::new(projects.collect(), tools.to_vec());
        let check = |found: String, expected: &str| assert_eq!(found, expected);
        check(aliases.of_project("/src/web"), "Project A");
        check(aliases.of_project("/src/api"), "Project B");
        check(aliases.of_project("/src/new"), "Project");
        check(aliases.of_tool("Bash"), "Bash");
        check(aliases.of_tool("mcp__db__list__all"), "MCP tool C");
        check(aliases.of_tool("mcp__new__tool"), "MCP tool");
        check(aliases.of_server("db"), "MCP server A");
        check(aliases.of_server("chat"), "MCP server B");
        let behind = ["Project B", "/src/api", "Project C"].map(|alias| aliases.project_of(alias));
        assert_eq!(behind, ["/src/api", "", ""]);
    }
}
