//! Prints the tokens of a Claude home, and reads only what is new since the last time: batches are stored, one a line.
//!
//! ```sh
//! cargo run --release -p ctm-reader --features serde --example read_on -- ~/.claude batches.ndjson
//! ```

use ctm_reader::{ClaudeHome, Reader, discover};
use ctm_types::{Batch, Checkpoint, Responses, TranscriptPath};
use std::collections::HashMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let [home, stored] = [1, 2].map(|at| std::env::args_os().nth(at));
    let (Some(home), Some(stored)) = (home, stored) else {
        return Err("usage: read_on <claude home> <file of batches>".into());
    };
    let text = match fs::read_to_string(&stored) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        text => text?,
    };
    let mut responses = Responses::new();
    let mut checkpoints: HashMap<TranscriptPath, Checkpoint> = HashMap::new();
    // A line that was not written completely, or that has another version, is written again below.
    let known: Vec<Batch> = text.lines().map_while(|line| serde_json::from_str(line).ok()).collect();
    let mut output = BufWriter::new(File::create(Path::new(&stored).with_extension("new"))?);
    let mut store = |batch: &Batch| -> Result<(), Box<dyn Error>> {
        responses.add_batch(batch);
        Ok(writeln!(output, "{}", serde_json::to_string(batch)?)?)
    };
    for batch in known {
        store(&batch)?;
        checkpoints.insert(batch.file, batch.next);
    }
    let mut reader = Reader::new();
    let mut lines = 0;
    for file in discover(&ClaudeHome::open(Path::new(&home))?).files {
        for batch in reader.batches(&file, checkpoints.remove(&file.path)) {
            let batch = batch?;
            lines += batch.lines.read;
            store(&batch)?;
        }
    }
    output.into_inner()?.sync_all()?;
    fs::rename(Path::new(&stored).with_extension("new"), &stored)?;
    println!("{lines} new lines; {} responses: {:?}", responses.len(), responses.tokens());
    Ok(())
}
