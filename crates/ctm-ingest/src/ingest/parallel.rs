//! Reading files in parallel.

use super::jobs::{Job, Jobs, Taken, Turn};
use ctm_backend::{FactsWriter, Intake};
use ctm_facts::StorageError;
use ctm_reader::{BATCH_BYTES, ReadError, Reader, TranscriptFile};
use ctm_types::{Batch, Checkpoint, TranscriptPath};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// A message of a reading thread.
#[derive(Debug)]
pub(super) enum Read {
    /// Batches to be written, and how much was read.
    Batches {
        batches: Vec<Batch>,
        /// Their share of the pending room, released when dropped; none when there are no batches.
        room: Option<OwnedSemaphorePermit>,
        amount: Amount,
    },
    /// A file that could not be read, and why; without a reason it no longer exists.
    Unreadable(TranscriptPath, Option<ReadError>),
    /// The checkpoints of files could not be queried.
    Unknown(StorageError),
    /// The part of the writer of a thread that has read everything.
    Finished(Intake),
}

/// How much was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    /// Files that were read to their end.
    pub(super) files: u64,
    /// Bytes of transcripts.
    pub(super) bytes: u64,
}

/// Threads that read.
pub(super) struct Reads {
    /// Number of threads; each sends [`Read::Finished`], unless it panics.
    pub(super) threads: usize,
    pub(super) receiver: mpsc::UnboundedReceiver<Read>,
}

/// Maximum number of facts that wait for the writer; beyond it, reading waits.
const ROOM: usize = 4_000;

/// Memory overhead of a batch, in facts.
const BATCH_ROOM: usize = 4;

/// Approximate number of facts delivered at once. Most files are small, and waking a thread for each
/// of them costs as much as reading it.
const DELIVERY: usize = 500;

/// Reads all files and delivers their batches; those of a file are in order.
///
/// Session names are read if requested. Threads stop when the receiver is dropped.
pub(super) fn read_all(writer: &FactsWriter, session_names: bool, mut jobs: Jobs) -> Reads {
    jobs.sort();
    let threads = threads().min(jobs.turns());
    let jobs = Arc::new(Mutex::new(jobs));
    let (sender, receiver) = mpsc::unbounded_channel();
    let room = Arc::new(Semaphore::new(ROOM));
    for _ in 0..threads {
        let jobs = Arc::clone(&jobs);
        let mut outlet = Outlet {
            sender: sender.clone(),
            room: Arc::clone(&room),
            intake: writer.intake(),
            runtime: Handle::current(),
        };
        std::thread::spawn(move || {
            let mut reader = Reader::with_session_names(session_names);
            while let Some(turn) = next(&jobs) {
                if read_turn(&mut reader, turn, &mut outlet).is_err() {
                    return;
                }
            }
            let Outlet { sender, intake, .. } = outlet;
            // A dropped receiver needs it no more.
            let _ = sender.send(Read::Finished(intake));
        });
    }
    Reads { threads, receiver }
}

/// Returns the number of threads that read, or examine paths.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(8)
}

fn next(jobs: &Mutex<Jobs>) -> Option<Turn> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The sending side of batches.
struct Outlet {
    sender: mpsc::UnboundedSender<Read>,
    room: Arc<Semaphore>,
    intake: Intake,
    runtime: Handle,
}

impl Outlet {
    /// Delivers batches as soon as there is room; fails when the receiver is dropped.
    fn deliver(&self, waiting: &mut Delivery) -> Result<(), ()> {
        let Delivery { batches, facts, amount } = std::mem::take(waiting);
        if batches.is_empty() && amount == Amount::default() {
            return Ok(());
        }
        if batches.is_empty() {
            return self.send(Read::Batches { batches, room: None, amount });
        }
        let wanted = u32::try_from(facts.min(ROOM)).expect("the room is small");
        let room = Arc::clone(&self.room).acquire_many_owned(wanted);
        let room = self.runtime.block_on(async {
            tokio::select! {
                room = room => Ok(room.expect("the semaphore is never closed")),
                () = self.sender.closed() => Err(()),
            }
        })?;
        self.send(Read::Batches { batches, room: Some(room), amount })
    }

    fn send(&self, read: Read) -> Result<(), ()> {
        self.sender.send(read).map_err(|_| ())
    }

    /// Returns the checkpoints of these files, by their paths below their home.
    fn checkpoints(&self, jobs: &[Job]) -> Result<Checkpoints, StorageError> {
        let mut by_home: HashMap<&str, Vec<&str>> = HashMap::new();
        for job in jobs.iter().filter(|job| job.offset_bytes.is_some()) {
            by_home.entry(&job.file.path.home).or_default().push(&job.file.path.relative);
        }
        self.runtime.block_on(async {
            let mut checkpoints = Checkpoints::new();
            for (home, paths) in by_home {
                checkpoints.insert(home.to_owned(), self.intake.checkpoints(home, &paths).await?);
            }
            Ok(checkpoints)
        })
    }
}

/// Checkpoints by home and path below it.
type Checkpoints = HashMap<String, HashMap<String, Checkpoint>>;

/// Batches to be delivered.
#[derive(Default)]
struct Delivery {
    batches: Vec<Batch>,
    facts: usize,
    amount: Amount,
}

/// Reads files to their ends; fails when the receiver is dropped.
fn read_turn(reader: &mut Reader, turn: Turn, outlet: &mut Outlet) -> Result<(), ()> {
    let jobs = match turn {
        Turn::Large(job) => vec![job],
        Turn::Small(taken) => examine(&taken, outlet)?,
    };
    let mut checkpoints = match outlet.checkpoints(&jobs) {
        Ok(checkpoints) => checkpoints,
        Err(error) => return outlet.send(Read::Unknown(error)),
    };
    let mut waiting = Delivery::default();
    for Job { file, .. } in jobs {
        let of_home = checkpoints.get_mut(&*file.path.home);
        let checkpoint = of_home.and_then(|of_home| of_home.remove(&*file.path.relative));
        read_file(reader, file, checkpoint, outlet, &mut waiting)?;
    }
    outlet.deliver(&mut waiting)
}

/// Returns the files that still exist.
fn examine(taken: &[Taken], outlet: &Outlet) -> Result<Vec<Job>, ()> {
    let mut jobs = Vec::new();
    for taken in taken {
        match taken.examine() {
            Some(job) => jobs.push(job),
            None => outlet.send(Read::Unreadable(taken.path(), None))?,
        }
    }
    Ok(jobs)
}

/// Reads a file to its end; fails when the receiver is dropped.
fn read_file(
    reader: &mut Reader,
    file: TranscriptFile,
    mut checkpoint: Option<Checkpoint>,
    outlet: &mut Outlet,
    waiting: &mut Delivery,
) -> Result<(), ()> {
    loop {
        let begin = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.offset_bytes);
        match reader.read(&file, checkpoint.as_ref(), BATCH_BYTES) {
            Ok(batch) => {
                let at_end = batch.at_end;
                checkpoint = (!at_end).then(|| batch.next.clone());
                waiting.amount.bytes += batch.next.offset_bytes.saturating_sub(begin);
                waiting.amount.files += u64::from(at_end);
                waiting.facts += batch.facts() + BATCH_ROOM;
                waiting.batches.extend(outlet.intake.take(batch));
                if waiting.facts >= DELIVERY {
                    outlet.deliver(waiting)?;
                }
                if at_end {
                    return Ok(());
                }
            }
            Err(error) => return outlet.send(Read::Unreadable(file.path, Some(error))),
        }
    }
}
