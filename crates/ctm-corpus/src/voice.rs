//! Speakers of a thread, and the lines that they write.

use crate::calendar::timestamp;
use crate::eras::{Era, Shape, Streaming};
use crate::json::Json;
use crate::line::{Fate, Line, Message};
use crate::prose;
use crate::random::Random;
use crate::response::Response;
use crate::world::WorkingDir;

/// The time of a thread, which stops at the home's end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThreadTime {
    /// Now, in UTC epoch milliseconds.
    pub(crate) at_ms: i64,
    /// The end, in UTC epoch milliseconds.
    pub(crate) until_ms: i64,
}

impl ThreadTime {
    /// Advances the time by some milliseconds and returns it.
    pub(crate) fn wait(&mut self, millis: u64) -> i64 {
        self.at_ms = self.at_ms.saturating_add_unsigned(millis).min(self.until_ms);
        self.at_ms
    }

    /// Returns whether the end is reached.
    pub(crate) fn is_over(&self) -> bool {
        self.at_ms >= self.until_ms
    }
}

/// The prompt of a model so far, and the cached part of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    /// Tokens that were sent before.
    pub(crate) sent: u64,
    /// Tokens that are new since the last request.
    pub(crate) new: u64,
    /// Time of the last request, in UTC epoch milliseconds.
    pub(crate) sent_ms: Option<i64>,
}

impl Context {
    /// Returns a context of `tokens` that no model has seen yet.
    pub(crate) fn fresh(tokens: u64) -> Self {
        Self { sent: 0, new: tokens, sent_ms: None }
    }
}

/// A gateway between Claude Code and a model, which repeats its ids.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gateway {
    /// `message.id` of every response.
    pub(crate) id: &'static str,
    /// The model behind it.
    pub(crate) model: &'static str,
    /// `true` if there is a `requestId`, which distinguishes responses.
    pub(crate) has_request_ids: bool,
    /// Members of `usage` in place of the cache counts.
    pub(crate) cache_counts: &'static str,
}

/// A speaker of a thread.
#[derive(Debug, Clone)]
pub(crate) struct Voice {
    /// Session of the lines.
    pub(crate) session: String,
    /// Folder of the session's transcript, below the home.
    pub(crate) folder: String,
    /// Id of the subagent whose own thread it is.
    pub(crate) agent: Option<String>,
    /// `true` for a subagent.
    pub(crate) sidechain: bool,
    /// The working directory.
    pub(crate) place: WorkingDir,
    /// The project: where the session was started, and not the worktree that it may work in.
    pub(crate) project: String,
    /// Git branch.
    pub(crate) branch: String,
    /// The era of its version of Claude Code.
    pub(crate) era: &'static Era,
    /// Its version of Claude Code.
    pub(crate) version: &'static str,
    /// The model.
    pub(crate) model: &'static str,
    /// The gateway in front of the model.
    pub(crate) gateway: Option<Gateway>,
    /// The prompt so far.
    pub(crate) context: Context,
    /// The time.
    pub(crate) pace: ThreadTime,
    /// Id of the line before.
    pub(crate) parent: Option<String>,
    /// The response before.
    pub(crate) last: Option<Response>,
}

impl Voice {
    /// Returns when the copies of a response are final.
    pub(crate) fn streaming(&self) -> Streaming {
        match (self.gateway, self.sidechain) {
            (Some(_), _) => Streaming::Always,
            (None, true) => self.era.agents,
            (None, false) => self.era.main,
        }
    }

    /// Returns what usage holds.
    pub(crate) fn shape(&self) -> Shape {
        match self.gateway {
            Some(_) => Shape::Flat,
            None => self.era.shape,
        }
    }

    /// Returns a record of the conversation, whose own members are `fill`ed in.
    pub(crate) fn record(
        &mut self,
        random: &mut Random,
        timestamp: Option<&str>,
        fill: impl FnOnce(&mut Json),
    ) -> Line {
        let mut json = Json::object();
        match &self.parent {
            Some(parent) => json.string("parentUuid", parent),
            None => json.raw("parentUuid", "null"),
        }
        json.raw("isSidechain", if self.sidechain { "true" } else { "false" });
        let mut session_at = 0;
        if !self.era.place_last {
            session_at = self.write_place(&mut json);
        }
        if let Some(agent) = &self.agent {
            json.string("agentId", agent);
        }
        fill(&mut json);
        let uuid = random.uuid();
        json.string("uuid", &uuid);
        if let Some(timestamp) = timestamp {
            json.string("timestamp", timestamp);
        }
        if self.era.place_last {
            session_at = self.write_place(&mut json);
        }
        self.parent = Some(uuid);
        Line::new(json.finish(), Some(session_at))
    }

    /// Writes where and with what a record was made; returns where the session is.
    fn write_place(&self, json: &mut Json) -> usize {
        json.string("userType", "external");
        if self.era.place_last {
            json.string("entrypoint", "cli");
        }
        json.string("cwd", &self.place.escaped);
        json.string("sessionId", &self.session);
        let session_at = json.len() - self.session.len() - 1;
        json.string("version", self.version);
        json.string("gitBranch", &self.branch);
        session_at
    }

    /// Returns the line of a response's `index`th copy, with one block as its content.
    pub(crate) fn copy(
        &mut self,
        random: &mut Random,
        response: &Response,
        index: usize,
        block: &[u8],
        timestamp: Option<&str>,
    ) -> Line {
        let line = self.record(random, timestamp, |json| {
            json.nested("message", |json| {
                response.write_message(json, index, |list| list.members(block));
            });
            if let Some(id) = &response.request_id {
                json.string("requestId", id);
            }
            if let Some(details) = response.details {
                details.write_line(json);
            }
            json.string("type", "assistant");
        });
        line.with_fate(Fate::Copy)
    }

    /// Returns a line of a user at the present time, whose own members are `fill`ed in.
    pub(crate) fn said(&mut self, random: &mut Random, fill: impl FnOnce(&mut Json)) -> Line {
        let at_ms = self.pace.at_ms;
        let line = self.record(random, Some(&timestamp(at_ms)), |json| {
            json.string("type", "user");
            fill(json);
        });
        line.with_message(Message { at_ms, sidechain: self.sidechain, usage: None, tool_calls: 0 })
    }

    /// Returns a prompt.
    pub(crate) fn prompt(&mut self, random: &mut Random) -> Line {
        let prompt = prose::prompt(random);
        self.context.new += prompt.len() as u64 / 4;
        self.said(random, |json| {
            json.nested("message", |json| {
                json.string("role", "user");
                json.string("content", &prompt);
            });
        })
    }

    /// Returns a line about the session, without time and place.
    pub(crate) fn about(&self, kind: &str, members: &str) -> Line {
        let mut json = Json::object();
        json.string("type", kind);
        json.members(members);
        json.string("sessionId", &self.session);
        let session_at = json.len() - self.session.len() - 1;
        Line::new(json.finish(), Some(session_at))
    }

    /// Returns a system record that is made now.
    pub(crate) fn system(&mut self, random: &mut Random, subtype: &str, members: &str) -> Line {
        let now = timestamp(self.pace.at_ms);
        self.record(random, Some(&now), |json| {
            json.string("type", "system");
            json.string("subtype", subtype);
            json.members(members);
        })
    }
}
