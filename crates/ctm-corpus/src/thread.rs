//! A thread of lines: the main conversation, or what a subagent does.
//!
//! A thread is a [`Voice`], which decides what the lines say, and the files that they go to. A
//! conversation that is going to be forked has several files at first: each line is written to all,
//! with the session of each, until [`Thread::split_off`].

use crate::answer::{Entry, Listed};
use crate::calendar::utc_day;
use crate::eras::{AgentPlace, Era};
use crate::error::Result;
use crate::home::Home;
use crate::line::Line;
use crate::prose;
use crate::response::Response;
use crate::telemetry::Report;
use crate::transcript::{Identity, Transcript, TranscriptKind};
use crate::voice::{Context, ThreadTime, Voice};
use crate::world::Project;
use ctm_types::ResponseKey;
use ctm_types::project::normalised;

/// A file of a thread, and the session of its lines.
#[derive(Debug)]
struct Branch {
    transcript: Transcript,
    identity: Identity,
}

/// The fork fields on its lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Nothing.
    None,
    /// All of them, that it was sent to the background.
    Background,
    /// Lines that were copied, with their session.
    ForkedFrom,
}

/// A thread of lines.
#[derive(Debug)]
pub(crate) struct Thread {
    /// The speaker.
    pub(crate) voice: Voice,
    /// The file of the thread.
    branches: Vec<Branch>,
}

/// The start of a main conversation.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) project: &'a Project,
    pub(crate) at_ms: i64,
    pub(crate) era: &'static Era,
    pub(crate) version: &'static str,
    pub(crate) model: &'static str,
}

impl Thread {
    /// Begins a main conversation in a transcript of its own.
    pub(crate) fn begin(home: &mut Home, start: &Start<'_>) -> Result<Self> {
        let voice = Voice {
            session: home.random.uuid(),
            folder: format!("projects/{}", start.project.folder),
            agent: None,
            sidechain: false,
            place: start.project.place.clone(),
            project: normalised(&start.project.place.path),
            branch: if home.random.percent(60) {
                "main".to_owned()
            } else {
                format!("feature/{}", prose::name(&mut home.random))
            },
            era: start.era,
            version: start.version,
            model: start.model,
            gateway: None,
            context: Context::fresh(home.random.within(14_000..=22_000)),
            pace: ThreadTime { at_ms: start.at_ms, until_ms: home.until_ms },
            parent: None,
            last: None,
        };
        let branch = Branch::of_session(home, &voice.folder, voice.session.clone())?;
        Ok(Self { voice, branches: vec![branch] })
    }

    /// Begins the thread of a subagent of this conversation, in a transcript of its own.
    pub(crate) fn begin_agent(
        &self,
        home: &mut Home,
        id: &str,
        path: String,
        kind: TranscriptKind,
        model: &'static str,
    ) -> Result<Self> {
        let voice = Voice {
            agent: Some(id.to_owned()),
            sidechain: true,
            model,
            context: Context::fresh(home.random.within(6_000..=14_000)),
            parent: None,
            last: None,
            ..self.voice.clone()
        };
        let identity = Identity::of(voice.session.clone());
        let branch = Branch { transcript: Transcript::create(home, path, kind)?, identity };
        Ok(Self { voice, branches: vec![branch] })
    }

    /// From now on also writes everything to the transcript of a further session, whose name may be smaller
    /// than that of the original.
    pub(crate) fn add_fork(&mut self, home: &mut Home, mark: Mark, is_smaller: bool) -> Result<()> {
        let mut session = home.random.uuid();
        if is_smaller {
            session.replace_range(..8, "00000000");
        }
        let mut branch = Branch::of_session(home, &self.voice.folder, session)?;
        branch.identity.members = match mark {
            Mark::None => String::new(),
            Mark::Background => r#","sessionKind":"bg""#.to_owned(),
            Mark::ForkedFrom => format!(r#","forkedFrom":{{"sessionId":"{}"}}"#, self.owner()),
        };
        self.branches.push(branch);
        Ok(())
    }

    /// Makes the sessions but the first one a thread of their own, in which the first of them is the original.
    pub(crate) fn split_off(&mut self) -> Self {
        let mut branches = self.branches.split_off(1);
        for branch in &mut branches {
            // Lines from now on are not copies.
            if branch.identity.members.contains("forkedFrom") {
                branch.identity.members.clear();
            }
        }
        let session = branches.first().expect("a thread that is split has forks").identity.session.clone();
        Self { voice: Voice { session, ..self.voice.clone() }, branches }
    }

    /// Writes that a fork of this session continues it.
    pub(crate) fn continue_in(&mut self, home: &mut Home, fork: &Self) -> Result<()> {
        let members = format!(r#""continuedInSessionId":"{}""#, fork.voice.session);
        let line = self.voice.about("continued-in", &members);
        self.write(home, &line)
    }

    /// Gives the lines a session other than that of the file name.
    pub(crate) fn rename_session(&mut self, home: &mut Home) {
        let session = home.random.uuid();
        self.voice.session.clone_from(&session);
        self.branches[0].identity.session = session;
    }

    /// Returns the folder for what belongs to the session.
    pub(crate) fn session_folder(&self) -> String {
        format!("{}/{}", self.voice.folder, self.voice.session)
    }

    /// Returns whether there can be subagents: not where it would be unclear whose they are.
    pub(crate) fn can_delegate(&self) -> bool {
        let own_file = format!("{}.jsonl", self.session_folder());
        let is_in_own_file = self.branches[0].transcript.relative == own_file;
        let is_inline = self.voice.era.agent_place == AgentPlace::Inline;
        !self.voice.sidechain && self.voice.gateway.is_none() && (is_in_own_file || is_inline)
    }

    /// Returns the session that a response belongs to: the original, not its fork.
    pub(crate) fn owner(&self) -> &str {
        &self.branches.first().expect("a thread goes somewhere").identity.session
    }

    /// Returns whether lines are written to one session alone.
    pub(crate) fn is_one_session(&self) -> bool {
        self.branches.len() == 1
    }

    /// Books a response whose last line was just written: the time of its earliest copy, and the web searches of
    /// its calls.
    pub(crate) fn book(&self, home: &mut Home, response: &Response, earliest_ms: i64, searches: u64) {
        let entry = Entry {
            day: &utc_day(earliest_ms),
            session: self.owner(),
            project: &self.voice.project,
            parts: &response.parts(),
            unbilled: response.unbilled(),
            web_searches: response.web_searches + searches,
            is_final: response.is_final(),
        };
        home.answer.book(&entry);
        if let Some(list) = &mut home.list {
            let identity = response.identity(self.voice.parent.as_deref(), self.owner());
            list.push(Listed::of(ResponseKey::of(&identity), earliest_ms, &entry, response));
        }
        if self.voice.gateway.is_none() {
            let report = Report::of(response, self.owner(), earliest_ms, self.voice.sidechain);
            let unlogged = report.as_ref().and_then(|report| report.unlogged_beside(&mut home.aside));
            let aside = unlogged.as_ref().map(|request| (request.model, request.tokens));
            home.own.add(self.owner(), response, searches, aside);
            if let Some(reports) = &mut home.reports {
                reports.extend(report.into_iter().chain(unlogged));
            }
        }
    }

    /// Writes a line to every file.
    pub(crate) fn write(&mut self, home: &mut Home, line: &Line) -> Result<()> {
        let mut branches = self.branches.iter_mut();
        branches.try_for_each(|branch| branch.transcript.write(home, line, &branch.identity))
    }

    /// Writes a line without its end to every file; nothing may follow it.
    pub(crate) fn write_unfinished(&mut self, home: &mut Home, line: &Line) -> Result<()> {
        let mut branches = self.branches.iter_mut();
        branches.try_for_each(|branch| branch.transcript.write_unfinished(home, line, &branch.identity))
    }

    /// Hands everything that was written to the operating system.
    pub(crate) fn flush(&mut self) -> Result<()> {
        let mut branches = self.branches.iter_mut();
        branches.try_for_each(|branch| branch.transcript.flush())
    }

    /// Ends the thread.
    pub(crate) fn finish(mut self, home: &mut Home) -> Result<()> {
        if self.voice.agent.is_none() {
            for branch in &self.branches {
                home.stats.close_session(&branch.identity.session);
            }
        }
        self.flush()
    }
}

impl Branch {
    fn of_session(home: &mut Home, folder: &str, session: String) -> Result<Self> {
        let path = format!("{folder}/{session}.jsonl");
        let identity = Identity::of(session);
        Ok(Self { transcript: Transcript::create(home, path, TranscriptKind::Session)?, identity })
    }
}
