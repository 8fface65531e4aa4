//! The bodies of `/links`.

use crate::problem::{FieldError, Problem};
use ctm_personal::{Link, LinkScope, Record};
use ctm_report::wire::Time;
use ctm_types::EpochMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The read-only links.
#[derive(Serialize, ToSchema)]
pub struct Links {
    /// `true` if links can be created: the server requires a token.
    pub allowed: bool,
    /// The links, the oldest first. Expired ones stay in the list until they are removed.
    pub items: Vec<ReadOnlyLink>,
}

/// A read-only link.
#[derive(Serialize, ToSchema)]
pub struct ReadOnlyLink {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The usage that it shows.
    pub scope: Scope,
    /// The project or the path of the home that it shows; null for everything.
    pub of: Option<String>,
    /// `true` if it shows the names of projects, branches and MCP tools.
    pub names: bool,
    /// Time of its creation.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Time,
    /// `true` if its end has passed.
    pub expired: bool,
    /// Time of its last use, within five minutes; null before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Time>,
}

/// A new link with its secret.
#[derive(Serialize, ToSchema)]
pub struct CreatedLink {
    /// The link.
    #[serde(flatten)]
    pub link: ReadOnlyLink,
    /// Its address below the server's, with the secret, which is shown only here.
    pub path: String,
}

/// The usage that a link shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All usage.
    Everything,
    /// Usage of a project.
    Project,
    /// Usage of a home.
    Home,
}

/// A request for a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The name, of 1 to 100 characters.
    pub name: String,
    /// The usage that it shows.
    pub scope: Scope,
    /// The project, or the label or path of the home.
    #[serde(default)]
    #[schema(required = false)]
    pub of: Option<String>,
    /// `true` to show the names of projects, branches and MCP tools.
    #[serde(default)]
    #[schema(required = false)]
    pub names: bool,
    /// Hours until its end: 1 to 2160.
    pub hours: u32,
}

/// The link of a visitor, in `GET /health`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadOnly {
    /// The usage that it shows.
    pub scope: Scope,
    /// `true` if it shows the names of projects, branches and MCP tools.
    pub names: bool,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub until: Time,
}

/// The exchange of a secret for a cookie.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenLink {
    /// The secret of a link.
    pub secret: String,
}

impl ReadOnlyLink {
    /// Returns a link as it is at a time.
    #[must_use]
    pub fn of(record: &Record<Link>, now: EpochMs) -> Self {
        let Link { name, scope, names, ends_at_ms, last_used_at_ms, .. } = &record.content;
        Self {
            id: record.id.clone(),
            name: name.clone(),
            scope: scope.into(),
            of: match scope {
                LinkScope::Everything => None,
                LinkScope::Project(of) | LinkScope::Home(of) => Some(of.clone()),
            },
            names: *names,
            created_at: Time::of(record.created_at_ms),
            ends_at: Time::of(EpochMs(*ends_at_ms)),
            expired: !record.content.is_valid_at(now),
            last_used_at: last_used_at_ms.map(|at| Time::of(EpochMs(at))),
        }
    }
}

impl From<&LinkScope> for Scope {
    fn from(scope: &LinkScope) -> Self {
        match scope {
            LinkScope::Everything => Self::Everything,
            LinkScope::Project(_) => Self::Project,
            LinkScope::Home(_) => Self::Home,
        }
    }
}

impl From<&Link> for ReadOnly {
    fn from(link: &Link) -> Self {
        let until = Time::of(EpochMs(link.ends_at_ms));
        Self { scope: (&link.scope).into(), names: link.names, until }
    }
}

impl NewLink {
    /// Returns the scope and the hours; `home` finds the path of a home by its label.
    ///
    /// # Errors
    ///
    /// Fails with all invalid fields.
    pub fn checked(&self, home: impl Fn(&str) -> String) -> Result<(LinkScope, u32), Problem> {
        let mut errors = Vec::new();
        let mut refuse = |field: &str, message: String| {
            errors.push(FieldError { field: field.to_owned(), code: "invalid", message });
        };
        if !Link::HOURS.contains(&self.hours) {
            let (first, last) = (Link::HOURS.start(), Link::HOURS.end());
            refuse("hours", format!("`hours` is {}; allowed: {first} to {last}", self.hours));
        }
        let scope = match (self.scope, self.of.as_deref()) {
            (Scope::Everything, None) => Some(LinkScope::Everything),
            (Scope::Project, Some(name)) => Some(LinkScope::Project(name.to_owned())),
            (Scope::Home, Some(label)) => Some(LinkScope::Home(home(label))),
            (Scope::Everything, Some(_)) | (_, None) => {
                refuse("of", "`of` names the project or the home, and is omitted for everything".to_owned());
                None
            }
        };
        match scope {
            Some(scope) if errors.is_empty() => Ok((scope, self.hours)),
            _ => Err(Problem::BadRequest(errors)),
        }
    }
}

/// Returns the path of a link, which contains the secret as its fragment: browsers send it to no server.
#[must_use]
pub fn path_of(secret: &str) -> String {
    format!("/link#{secret}")
}

/// The reason why a server without a token has no links.
pub const NEEDS_TOKEN: &str = "a read-only link needs a server with a token, because without one all clients have full access; set \
     CTM_AUTH_TOKEN or CTM_AUTH_TOKEN_FILE";
