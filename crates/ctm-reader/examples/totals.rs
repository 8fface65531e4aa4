//! Prints the tokens of a Claude home, each response counted once.
//!
//! ```sh
//! cargo run --release -p ctm-reader --example totals -- ~/.claude
//! ```

use ctm_reader::{ClaudeHome, Reader, discover};
use ctm_types::Responses;
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: totals <claude home>")?;
    let home = ClaudeHome::open(Path::new(&path))?;
    let (mut reader, mut responses) = (Reader::new(), Responses::new());
    for file in discover(&home).files {
        for batch in reader.batches(&file, None) {
            responses.add_batch(&batch?);
        }
    }
    println!("{} responses: {:?}", responses.len(), responses.tokens());
    Ok(())
}
