//! A thread of lines: the main conversation, or what a subagent does.
//!
//! A thread is a [`Voice`], which decides what the lines say, and the files that they go to. A
//! conversation that is going to be forked has two files at first: each line is written to both,
//! with the session of each, until [`Thread::split_off`].

use crate::answer::Entry;
use crate::calendar::utc_day;
use crate::eras::{AgentPlace, Era};
use crate::error::Result;
use crate::home::Home;
use crate::line::Line;
use crate::prose;
use crate::response::Response;
use crate::transcript::{Kind, Transcript};
use crate::voice::{Context, Pace, Voice};
use crate::world::Project;
use ctm_types::project::normalised;

/// A file of a thread, and the session of its lines.
#[derive(Debug)]
struct Branch {
    transcript: Transcript,
    session: String,
}

/// A thread of lines.
#[derive(Debug)]
pub(crate) struct Thread {
    /// Whoever speaks.
    pub(crate) voice: Voice,
    /// Where it goes: never nowhere.
    branches: Vec<Branch>,
}

/// How a main conversation begins.
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
            pace: Pace { at_ms: start.at_ms, until_ms: home.until_ms },
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
        kind: Kind,
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
        let branch =
            Branch { transcript: Transcript::create(home, path, kind)?, session: voice.session.clone() };
        Ok(Self { voice, branches: vec![branch] })
    }

    /// Writes everything from now on to the transcript of a second session as well.
    pub(crate) fn add_fork(&mut self, home: &mut Home) -> Result<()> {
        let session = home.random.uuid();
        let branch = Branch::of_session(home, &self.voice.folder, session)?;
        self.branches.push(branch);
        Ok(())
    }

    /// Makes the second session a thread of its own, if there is one.
    pub(crate) fn split_off(&mut self) -> Option<Self> {
        if self.branches.len() < 2 {
            return None;
        }
        let branch = self.branches.pop()?;
        let voice = Voice { session: branch.session.clone(), ..self.voice.clone() };
        Some(Self { voice, branches: vec![branch] })
    }

    /// Gives the lines a session other than the one that the file is named after.
    pub(crate) fn rename_session(&mut self, home: &mut Home) {
        let session = home.random.uuid();
        self.voice.session.clone_from(&session);
        self.branches[0].session = session;
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
    fn owner(&self) -> &str {
        &self.branches.first().expect("a thread goes somewhere").session
    }

    /// Puts a response into the answer, whose earliest copy bears this time.
    pub(crate) fn book(&self, home: &mut Home, response: &Response, earliest_ms: i64) {
        home.answer.book(&Entry {
            day: &utc_day(earliest_ms),
            session: self.owner(),
            project: &self.voice.project,
            parts: &response.parts(),
            web_searches: response.web_searches,
            is_final: response.is_final(),
        });
    }

    /// Writes a line to every file.
    pub(crate) fn write(&mut self, home: &mut Home, line: &Line) -> Result<()> {
        let mut branches = self.branches.iter_mut();
        branches.try_for_each(|branch| branch.transcript.write(home, line, &branch.session))
    }

    /// Writes a line without its end to every file; nothing may follow it.
    pub(crate) fn write_unfinished(&mut self, home: &mut Home, line: &Line) -> Result<()> {
        let mut branches = self.branches.iter_mut();
        branches.try_for_each(|branch| branch.transcript.write_unfinished(home, line, &branch.session))
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
                home.stats.close_session(&branch.session);
            }
        }
        self.flush()
    }
}

impl Branch {
    fn of_session(home: &mut Home, folder: &str, session: String) -> Result<Self> {
        let path = format!("{folder}/{session}.jsonl");
        Ok(Self { transcript: Transcript::create(home, path, Kind::Session)?, session })
    }
}
