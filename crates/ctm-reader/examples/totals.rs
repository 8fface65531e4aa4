//! Prints the tokens of a Claude home, each response counted once.
//!
//! ```sh
//! cargo run --release -p ctm-reader --example totals -- ~/.claude
//! ```

use ctm_reader::{BATCH_BYTES, ClaudeHome, Reader, discover};
use ctm_types::Responses;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: totals <claude home>")?;
    let home = ClaudeHome::open(Path::new(&path))?;
    let (mut reader, mut responses) = (Reader::new(), Responses::new());
    for file in discover(&home).files {
        let mut checkpoint = None;
        loop {
            let batch = reader.read(&file, checkpoint.as_ref(), BATCH_BYTES)?;
            responses.extend(&batch.copies);
            if batch.at_end {
                break;
            }
            checkpoint = Some(batch.next);
        }
    }
    println!("{} responses: {:?}", responses.len(), responses.tokens());
    Ok(())
}
