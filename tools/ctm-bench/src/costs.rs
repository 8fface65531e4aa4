//! Scaling with the number of items of one kind. Ten times as many may take ten times as long, not a hundred
//! times.

use super::measure;
use super::programs::Programs;
use super::report::{CostFigures, RunFigures};
use anyhow::{Context, Result, bail};
use ctm_harness::process;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

/// Transcripts in a folder.
const FILES_A_FOLDER: u64 = 1_000;

/// A kind of item that a home can contain in large numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thing {
    Models,
    Transcripts,
    BrokenLines,
}

/// Measured items, with their first number.
const THINGS: [(Thing, u64); 3] =
    [(Thing::Models, 4_000), (Thing::Transcripts, 30_000), (Thing::BrokenLines, 500_000)];

impl Thing {
    fn name(self) -> &'static str {
        match self {
            Self::Models => "model names without a price",
            Self::Transcripts => "transcripts of one response",
            Self::BrokenLines => "lines that are not JSON",
        }
    }

    /// Creates a home with this number of items, and returns the number of its responses.
    pub(crate) fn write(self, home: &Path, count: u64) -> Result<u64> {
        let folder = home.join("projects").join("-home-u-app");
        match self {
            Self::Models => {
                let mut file = transcript(&folder, 0)?;
                for number in 0..count {
                    writeln!(file, "{}", response(number, &format!("maker-model-{number}")))?;
                }
                file.flush()?;
                Ok(count)
            }
            Self::Transcripts => {
                for number in 0..count {
                    let folder = folder.with_file_name(format!("-home-u-{}", number / FILES_A_FOLDER));
                    let mut file = transcript(&folder, number)?;
                    writeln!(file, "{}", response(number, "claude-sonnet-4-5"))?;
                    file.flush()?;
                }
                Ok(count)
            }
            Self::BrokenLines => {
                let mut file = transcript(&folder, 0)?;
                for number in 0..count {
                    writeln!(file, r#"{{"type":"assistant","message":{{"usage":{{"input_tokens":{number}"#)?;
                }
                writeln!(file, "{}", response(0, "claude-sonnet-4-5"))?;
                file.flush()?;
                Ok(1)
            }
        }
    }
}

/// Measures `ctm daily` on each of the homes, once with a new database and once when nothing is new.
pub(super) fn measure(programs: &Programs) -> Result<Vec<CostFigures>> {
    let mut figures = Vec::new();
    for (thing, count) in THINGS {
        for count in [count, 10 * count] {
            eprintln!("costs: {count} {}", thing.name());
            figures.push(measure_one(programs, thing, count).with_context(|| thing.name().to_owned())?);
        }
    }
    Ok(figures)
}

/// Measures one home.
pub(crate) fn measure_one(programs: &Programs, thing: Thing, count: u64) -> Result<CostFigures> {
    let folder = tempfile::tempdir()?;
    let home = folder.path().join("home");
    let responses = thing.write(&home, count)?;
    // Or the database would wait for the disk to take the home.
    process::run(&mut Command::new("sync"))?;
    let run = || -> Result<RunFigures> {
        let mut command = programs.ctm(folder.path(), &home, ["daily", "--json"]);
        let run = measure::run(command.arg("--database").arg(folder.path().join("ctm.db")))?;
        let answer: Value = serde_json::from_slice(&run.output)?;
        let counted = &answer["totals"]["responses"];
        if counted.as_u64() != Some(responses) {
            bail!("{counted} responses are counted of {responses}");
        }
        #[expect(clippy::cast_precision_loss, reason = "for showing only")]
        let peak_mb = run.consumption.peak_bytes as f64 / 1e6;
        Ok(RunFigures { wall_s: run.wall.as_secs_f64(), peak_mb })
    };
    Ok(CostFigures { what: thing.name().to_owned(), count, first: run()?, again: run()? })
}

fn transcript(folder: &Path, number: u64) -> Result<BufWriter<File>> {
    fs::create_dir_all(folder)?;
    Ok(BufWriter::new(File::create(folder.join(format!("00000000-0000-4000-8000-{number:012}.jsonl")))?))
}

fn response(number: u64, model: &str) -> Value {
    json!({
        "type": "assistant",
        "timestamp": "2026-01-02T03:04:05.000Z",
        "sessionId": "00000000-0000-4000-8000-000000000000",
        "requestId": format!("req_{number}"),
        "cwd": "/home/u/app",
        "message": {
            "id": format!("msg_{number}"),
            "model": model,
            "stop_reason": "end_turn",
            "usage": { "input_tokens": 1, "output_tokens": 1 },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_has_the_requested_number_of_items() {
        for (thing, files, lines, responses) in [
            (Thing::Models, 1, 1_500, 1_500),
            (Thing::Transcripts, 1_500, 1_500, 1_500),
            (Thing::BrokenLines, 1, 1_501, 1),
        ] {
            let home = tempfile::tempdir().unwrap();
            assert_eq!(thing.write(home.path(), 1_500).unwrap(), responses, "{thing:?}");
            let folders = fs::read_dir(home.path().join("projects")).unwrap();
            let found: Vec<_> =
                folders.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap()).collect();
            let text: String =
                found.iter().map(|file| fs::read_to_string(file.as_ref().unwrap().path()).unwrap()).collect();
            assert_eq!((found.len(), text.lines().count()), (files, lines), "{thing:?}");
            let parsed = text.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count();
            assert_eq!(parsed as u64, responses, "{thing:?}");
        }
    }
}
