//! Transcripts: any bytes, read in any chunks, while they grow and in any order.

use ctm_reader::{BATCH_BYTES, ClaudeHome, Reader, Spot, TranscriptFile, inspect};
use ctm_types::{
    Checkpoint, LineCounts, Prompt, Response, ResponseKey, SessionFacts, SessionRecord, SkipReason, ToolCall,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;

thread_local! {
    static HOME: Home = Home::new();
}

/// The first four bytes select where the rest is cut.
pub(crate) fn run(input: &[u8]) {
    let Some((cut, content)) = input.split_first_chunk() else { return };
    let cut = u32::from_le_bytes(*cut) as usize % (content.len() + 1);
    HOME.with(|home| {
        let whole = home.read(content, BATCH_BYTES);
        // Each of several records on one line counts as a line.
        assert!(whole.lines.read >= lines(content), "every line is read");
        assert_eq!(home.read(content, 1 + cut as u64), whole, "in stretches");
        grown(home, content, cut, &whole);
        in_any_order(home, content, cut);
    });
}

/// A last line that is already a whole record is counted before the rest of it arrives, so that a cut
/// within a line may yield more facts; never fewer.
fn grown(home: &Home, content: &[u8], cut: usize, whole: &Facts) {
    let (before, after) = content.split_at(cut);
    let (mut facts, mut checkpoint) = (Facts::default(), None);
    home.write(0, before);
    facts.take(&home.file(0), &mut checkpoint, BATCH_BYTES);
    home.append(after);
    facts.take(&home.file(0), &mut checkpoint, BATCH_BYTES);
    assert_eq!(facts.lines, whole.lines, "while it grows");
    assert!(whole.responses.keys().all(|key| facts.responses.contains_key(key)), "while it grows");
    if before.last().is_none_or(|byte| *byte == b'\n') {
        assert_eq!(facts.responses, whole.responses, "line by line");
    }
}

/// Two transcripts, which may share responses, yield the same in any order.
fn in_any_order(home: &Home, content: &[u8], cut: usize) {
    let (one, other) = content.split_at(cut);
    home.write(0, one);
    home.write(1, other);
    let read = |order: [usize; 2]| {
        let mut facts = Facts::default();
        for number in order {
            facts.take(&home.file(number), &mut None, BATCH_BYTES);
        }
        facts
    };
    let (forth, back) = (read([0, 1]), read([1, 0]));
    assert_eq!(forth.responses, back.responses, "in any order");
    assert_eq!(forth.lines, back.lines, "in any order");
}

/// Returns how many lines end with a line feed.
fn lines(content: &[u8]) -> u64 {
    content.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// A Claude home with two transcripts.
struct Home {
    _folder: TempDir,
    root: ClaudeHome,
    transcripts: [PathBuf; 2],
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().canonicalize().unwrap().join("projects/-home-u-app");
        fs::create_dir_all(&project).unwrap();
        let root = ClaudeHome::open(folder.path()).unwrap();
        let transcripts = ["a", "b"].map(|name| {
            let transcript = project.join(format!("{name}aaaaaaa-0000-4000-8000-000000000001.jsonl"));
            fs::write(&transcript, "").unwrap();
            transcript
        });
        Self { _folder: folder, root, transcripts }
    }

    fn write(&self, number: usize, content: &[u8]) {
        fs::write(&self.transcripts[number], content).unwrap();
    }

    fn append(&self, content: &[u8]) {
        File::options().append(true).open(&self.transcripts[0]).unwrap().write_all(content).unwrap();
    }

    fn file(&self, number: usize) -> TranscriptFile {
        match inspect(&self.root, &self.transcripts[number]) {
            Spot::Transcript(file) => file,
            spot => panic!("{spot:?}"),
        }
    }

    fn read(&self, content: &[u8], limit_bytes: u64) -> Facts {
        self.write(0, content);
        let mut facts = Facts::default();
        facts.take(&self.file(0), &mut None, limit_bytes);
        facts
    }
}

/// The facts of transcripts.
#[derive(Debug, Default, PartialEq)]
struct Facts {
    responses: BTreeMap<ResponseKey, Response>,
    tool_calls: BTreeSet<ToolCall>,
    prompts: Vec<Prompt>,
    records: BTreeMap<String, SessionRecord>,
    sessions: SessionFacts,
    lines: LineCounts,
}

impl Facts {
    /// Reads new content of a transcript, in chunks of about `limit_bytes`.
    fn take(&mut self, file: &TranscriptFile, checkpoint: &mut Option<Checkpoint>, limit_bytes: u64) {
        loop {
            let batch =
                Reader::with_session_names(true).read(file, checkpoint.as_ref(), limit_bytes).unwrap();
            for copy in &batch.copies {
                self.tool_calls.extend(copy.tool_calls.iter().cloned());
                self.responses
                    .entry(copy.key.clone())
                    .and_modify(|response| {
                        response.absorb(copy);
                    })
                    .or_insert_with(|| Response::from_copy(copy));
            }
            self.prompts.extend(batch.prompts);
            let SessionFacts { records, names, cost_states } = batch.sessions;
            self.records.extend(records.into_iter().map(|record| (record.id.clone(), record)));
            self.sessions.names.extend(names);
            for (session, state) in cost_states {
                self.sessions.add_cost_state(session, state);
            }
            self.lines.add(&batch.lines);
            let skipped: u64 = SkipReason::ALL.iter().map(|reason| batch.lines.skipped(*reason)).sum();
            assert_eq!(batch.lines.read, batch.lines.copies + skipped, "every line is accounted for");
            let before = checkpoint.replace(batch.next).map_or(0, |checkpoint| checkpoint.offset_bytes);
            let after = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.offset_bytes);
            assert!(after <= file.size_bytes && (batch.at_end || after > before), "reading advances");
            if batch.at_end {
                return;
            }
        }
    }
}
