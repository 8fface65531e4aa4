//! Reading files in parallel.

use super::jobs::{Job, Jobs, Taken, Turn};
use ctm_reader::{BATCH_BYTES, ReadError, Reader, TranscriptFile};
use ctm_storage::{StorageError, Store};
use ctm_types::{Batch, Checkpoint, TranscriptPath};
use std::collections::HashMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// A message of a reading thread.
#[derive(Debug)]
pub(super) enum Read {
    /// Batches to be written.
    Batches {
        batches: Vec<ReadBatch>,
        /// Their share of the pending room, released when dropped.
        room: OwnedSemaphorePermit,
    },
    /// A file that could not be read, and why; without a reason it no longer exists.
    Unreadable(TranscriptPath, Option<ReadError>),
    /// The checkpoints of files could not be queried.
    Unknown(StorageError),
}

/// A batch, with the number of transcript bytes that it covers.
#[derive(Debug)]
pub(super) struct ReadBatch {
    pub(super) batch: Batch,
    pub(super) bytes: u64,
}

/// Maximum number of facts that wait for the writer; beyond it, reading waits.
const ROOM: usize = 6_000;

/// Memory overhead of a batch, in facts.
const BATCH_ROOM: usize = 4;

/// Approximate number of facts delivered at once. Most files are small, and waking a thread for each
/// of them costs as much as reading it.
const DELIVERY: usize = 500;

/// Reads all files and delivers their batches; those of a file are in order.
///
/// Session names are read if requested. Threads stop when the receiver is dropped.
pub(super) fn read_all(store: &Store, session_names: bool, mut jobs: Jobs) -> mpsc::UnboundedReceiver<Read> {
    jobs.sort();
    let threads = threads().min(jobs.turns());
    let jobs = Arc::new(Mutex::new(jobs));
    let (sender, receiver) = mpsc::unbounded_channel();
    let outlet = Outlet {
        sender,
        room: Arc::new(Semaphore::new(ROOM)),
        store: store.clone(),
        runtime: Handle::current(),
    };
    for _ in 0..threads {
        let (jobs, outlet) = (Arc::clone(&jobs), outlet.clone());
        std::thread::spawn(move || {
            let mut reader = Reader::with_session_names(session_names);
            while let Some(turn) = next(&jobs) {
                if read_turn(&mut reader, turn, &outlet).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// Returns the number of reading threads.
pub(super) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(8)
}

fn next(jobs: &Mutex<Jobs>) -> Option<Turn> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// The sending side of batches.
#[derive(Clone)]
struct Outlet {
    sender: mpsc::UnboundedSender<Read>,
    room: Arc<Semaphore>,
    store: Store,
    runtime: Handle,
}

impl Outlet {
    /// Delivers batches as soon as there is room; fails when the receiver is dropped.
    fn deliver(&self, waiting: &mut Delivery) -> Result<(), ()> {
        let Delivery { batches, facts } = std::mem::take(waiting);
        if batches.is_empty() {
            return Ok(());
        }
        let wanted = u32::try_from(facts.min(ROOM)).expect("the room is small");
        let room = Arc::clone(&self.room).acquire_many_owned(wanted);
        let room = self.runtime.block_on(async {
            tokio::select! {
                room = room => Ok(room.expect("the semaphore is never closed")),
                () = self.sender.closed() => Err(()),
            }
        })?;
        self.send(Read::Batches { batches, room })
    }

    fn send(&self, read: Read) -> Result<(), ()> {
        self.sender.send(read).map_err(|_| ())
    }

    /// Returns the checkpoints of these files, by their paths below their home.
    fn checkpoints(&self, jobs: &[Job]) -> Result<Checkpoints, StorageError> {
        let mut by_home: HashMap<&str, Vec<&str>> = HashMap::new();
        for job in jobs.iter().filter(|job| job.offset_bytes.is_some()) {
            by_home.entry(&job.file.path.root).or_default().push(&job.file.path.relative);
        }
        self.runtime.block_on(async {
            let mut checkpoints = Checkpoints::new();
            for (home, paths) in by_home {
                checkpoints.insert(home.to_owned(), self.store.checkpoints(home, &paths).await?);
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
    batches: Vec<ReadBatch>,
    facts: usize,
}

/// Reads files to their ends; fails when the receiver is dropped.
fn read_turn(reader: &mut Reader, turn: Turn, outlet: &Outlet) -> Result<(), ()> {
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
        let of_home = checkpoints.get_mut(&*file.path.root);
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
    outlet: &Outlet,
    waiting: &mut Delivery,
) -> Result<(), ()> {
    loop {
        let begin = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.offset_bytes);
        match reader.read(&file, checkpoint.as_ref(), BATCH_BYTES) {
            Ok(batch) => {
                let at_end = batch.at_end;
                checkpoint = (!at_end).then(|| batch.next.clone());
                let bytes = batch.next.offset_bytes.saturating_sub(begin);
                waiting.facts += batch.facts() + BATCH_ROOM;
                waiting.batches.push(ReadBatch { batch, bytes });
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
