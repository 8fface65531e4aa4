//! Follows a Claude home: each line of standard input is a request to read what is new.
//!
//! ```sh
//! while sleep 5; do echo; done | cargo run --release -p ctm-reader --example follow -- ~/.claude
//! ```

use ctm_reader::{ClaudeHome, ReadError, Reader, discover};
use ctm_types::{Checkpoint, Responses, TranscriptPath};
use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::path::Path;

/// What was read so far.
#[derive(Default)]
struct Followed {
    reader: Reader,
    checkpoints: HashMap<TranscriptPath, Checkpoint>,
    responses: Responses,
}

impl Followed {
    /// Reads what is new.
    fn read_on(&mut self, home: &ClaudeHome) -> Result<(), ReadError> {
        for file in discover(home).files {
            let known = self.checkpoints.get(&file.path);
            let state = (file.identity, file.size_bytes, file.modified_ns);
            if known.is_some_and(|known| (known.identity, known.size_bytes, known.modified_ns) == state) {
                continue;
            }
            for batch in self.reader.batches(&file, known.cloned()) {
                let batch = match batch {
                    Ok(batch) => batch,
                    // It was deleted since it was listed.
                    Err(error) if error.is_not_found() => break,
                    Err(error) => return Err(error),
                };
                self.responses.add_batch(&batch);
                self.checkpoints.insert(batch.file, batch.next);
            }
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: follow <claude home>")?;
    let home = ClaudeHome::open(Path::new(&path))?;
    let mut followed = Followed::default();
    for request in io::stdin().lines() {
        request?;
        followed.read_on(&home)?;
        println!("{} responses: {:?}", followed.responses.len(), followed.responses.tokens());
    }
    Ok(())
}
