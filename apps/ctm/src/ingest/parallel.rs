//! Reading files on several threads.

use ctm_reader::{BATCH_BYTES, ReadError, Reader, TranscriptFile};
use ctm_types::{Batch, Checkpoint};
use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// A file that has something new, and how far it was read.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) file: TranscriptFile,
    pub(super) checkpoint: Option<Checkpoint>,
}

impl Job {
    /// Bytes that there are to read, at least.
    pub(super) fn bytes(&self) -> u64 {
        let known = self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.offset_bytes);
        self.file.size_bytes.saturating_sub(known)
    }
}

/// A batch and how many bytes it covers, or why a file could not be read.
pub(super) type Read = Result<(Batch, u64), (TranscriptFile, ReadError)>;

/// Batches that wait for the writer. More would only hold memory.
const QUEUE: usize = 4;

/// Reads all files, the largest first, and delivers their batches; those of one file in order.
///
/// Threads stop when the receiver is dropped.
pub(super) fn read_all(mut jobs: Vec<Job>) -> mpsc::Receiver<Read> {
    jobs.sort_by_key(|job| std::cmp::Reverse(job.bytes()));
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(8).min(jobs.len());
    let queue = Arc::new(Mutex::new(VecDeque::from(jobs)));
    let (sender, receiver) = mpsc::channel(QUEUE);
    for _ in 0..threads {
        let (queue, sender) = (Arc::clone(&queue), sender.clone());
        std::thread::spawn(move || {
            let mut reader = Reader::new();
            while let Some(job) = next(&queue) {
                if read_file(&mut reader, job, &sender).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

fn next(queue: &Mutex<VecDeque<Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Reads a file to its end; fails when nobody listens any more.
fn read_file(reader: &mut Reader, job: Job, sender: &mpsc::Sender<Read>) -> Result<(), ()> {
    let Job { file, mut checkpoint } = job;
    loop {
        let begin = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.offset_bytes);
        match reader.read(&file, checkpoint.as_ref(), BATCH_BYTES) {
            Ok(batch) => {
                let at_end = batch.at_end;
                checkpoint = Some(batch.next.clone());
                let bytes = batch.next.offset_bytes.saturating_sub(begin);
                sender.blocking_send(Ok((batch, bytes))).map_err(|_| ())?;
                if at_end {
                    return Ok(());
                }
            }
            Err(error) => return sender.blocking_send(Err((file, error))).map_err(|_| ()),
        }
    }
}
