//! Reading files on several threads.

use ctm_reader::{BATCH_BYTES, ReadError, Reader, TranscriptFile};
use ctm_types::{Batch, Checkpoint};
use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

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

/// A batch that waits to be written, or why a file could not be read.
pub(super) type Read = Result<Waiting, (TranscriptFile, ReadError)>;

/// A batch that takes up room among those that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) batch: Batch,
    /// Bytes of the transcript that it covers.
    pub(super) bytes: u64,
    /// Given back when the batch is dropped or taken out.
    pub(super) room: OwnedSemaphorePermit,
}

/// Copies of responses that may wait for the writer; with more, reading waits.
const ROOM: u32 = 6_000;

/// What a batch takes up beside its copies, in copies.
const BATCH_ROOM: u32 = 10;

/// Reads all files, the largest first, and delivers their batches; those of one file in order.
///
/// Threads stop when the receiver is dropped.
pub(super) fn read_all(mut jobs: Vec<Job>) -> mpsc::UnboundedReceiver<Read> {
    jobs.sort_by_key(|job| std::cmp::Reverse(job.bytes()));
    let threads = threads().min(jobs.len());
    let queue = Arc::new(Mutex::new(VecDeque::from(jobs)));
    let (sender, receiver) = mpsc::unbounded_channel();
    let outlet = Outlet { sender, room: Arc::new(Semaphore::new(ROOM as usize)), runtime: Handle::current() };
    for _ in 0..threads {
        let (queue, outlet) = (Arc::clone(&queue), outlet.clone());
        std::thread::spawn(move || {
            let mut reader = Reader::new();
            while let Some(job) = next(&queue) {
                if read_file(&mut reader, job, &outlet).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// Returns how many threads read.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(8)
}

/// Where batches go.
#[derive(Clone)]
struct Outlet {
    sender: mpsc::UnboundedSender<Read>,
    room: Arc<Semaphore>,
    runtime: Handle,
}

impl Outlet {
    /// Delivers a batch when there is room; fails when nobody listens any more.
    async fn send(&self, batch: Batch, bytes: u64) -> Result<(), ()> {
        let copies = u32::try_from(batch.copies.len()).unwrap_or(ROOM);
        let wanted = copies.saturating_add(BATCH_ROOM).min(ROOM);
        let room = Arc::clone(&self.room).acquire_many_owned(wanted);
        let room = tokio::select! {
            room = room => room.expect("the semaphore is never closed"),
            () = self.sender.closed() => return Err(()),
        };
        self.sender.send(Ok(Waiting { batch, bytes, room })).map_err(|_| ())
    }
}

fn next(queue: &Mutex<VecDeque<Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// Reads a file to its end; fails when nobody listens any more.
fn read_file(reader: &mut Reader, job: Job, outlet: &Outlet) -> Result<(), ()> {
    let Job { file, mut checkpoint } = job;
    loop {
        let begin = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.offset_bytes);
        match reader.read(&file, checkpoint.as_ref(), BATCH_BYTES) {
            Ok(batch) => {
                let at_end = batch.at_end;
                checkpoint = Some(batch.next.clone());
                let bytes = batch.next.offset_bytes.saturating_sub(begin);
                outlet.runtime.block_on(outlet.send(batch, bytes))?;
                if at_end {
                    return Ok(());
                }
            }
            Err(error) => return outlet.sender.send(Err((file, error))).map_err(|_| ()),
        }
    }
}
