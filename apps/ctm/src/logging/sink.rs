//! An output of lines that never blocks.
//!
//! Logging only appends to a buffer; a thread writes it. Lines that arrive faster than they can be
//! written, or cannot be written at all, are dropped and counted.
//!
//! # Design
//!
//! The appender of `tracing` was rejected: it loses the cause of a failed write, limits lines instead of
//! their bytes, and writes to standard error at the end of the process, which blocks permanently if that is
//! the pipe that is not read.

use std::io::{self, ErrorKind, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Maximum number of bytes that wait to be written.
const MOST_BYTES: usize = 1 << 20;

/// Capacity of the buffer that is kept when few lines are logged.
const USUAL_BYTES: usize = 16 << 10;

/// Time between two attempts at a non-blocking stream that is full.
const RETRY: Duration = Duration::from_millis(20);

/// An output of lines; clones share it.
#[derive(Clone)]
pub(super) struct Sink(Arc<Shared>);

struct Shared {
    /// Name of the destination in errors.
    name: String,
    queue: Mutex<Queue>,
    /// Notified when there are lines to write.
    filled: Condvar,
    /// Notified when everything is written.
    emptied: Condvar,
}

#[derive(Default)]
struct Queue {
    pending: Vec<u8>,
    is_writing: bool,
    dropped_lines: u64,
    /// Number of dropped lines that a log line has reported.
    announced_lines: u64,
    last_error: Option<String>,
}

/// State of a sink.
pub(super) struct SinkStatus {
    pub(super) dropped_lines: u64,
    pub(super) last_error: Option<String>,
    /// `true` if lines were dropped since the last time that everything was written.
    pub(super) is_losing: bool,
}

impl Sink {
    /// Returns a sink that writes to `out`, which errors call `name`.
    pub(super) fn new(name: impl Into<String>, out: impl Write + Send + 'static) -> Self {
        let shared = Shared {
            name: name.into(),
            queue: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
        };
        let sink = Self(Arc::new(shared));
        let worker = sink.clone();
        let started = std::thread::Builder::new().name("ctm-log".to_owned()).spawn(move || worker.drain(out));
        if let Err(error) = started {
            // Lines that are pushed are dropped when the buffer is full.
            sink.lock().last_error = Some(format!("{}: {error}", sink.0.name));
        }
        sink
    }

    /// Appends whole lines, or drops them when the buffer is full. Lines longer than the buffer are
    /// accepted when it is empty.
    pub(super) fn push(&self, lines: &str) {
        let mut queue = self.lock();
        let was_empty = queue.pending.is_empty();
        if !was_empty && queue.pending.len() + lines.len() > MOST_BYTES {
            queue.dropped_lines += count_lines(lines.as_bytes());
            return;
        }
        queue.pending.extend_from_slice(lines.as_bytes());
        drop(queue);
        if was_empty {
            self.0.filled.notify_one();
        }
    }

    /// Waits until everything is written, up to a deadline.
    pub(super) fn flush(&self, until: Instant) {
        let patience = until.saturating_duration_since(Instant::now());
        let is_busy = |queue: &mut Queue| queue.is_writing || !queue.pending.is_empty();
        // The rest stays unwritten.
        drop(self.0.emptied.wait_timeout_while(self.lock(), patience, is_busy));
    }

    /// Returns the status of the sink.
    pub(super) fn status(&self) -> SinkStatus {
        let queue = self.lock();
        SinkStatus {
            dropped_lines: queue.dropped_lines,
            last_error: queue.last_error.clone(),
            is_losing: queue.dropped_lines > queue.announced_lines,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes pending lines until the process ends.
    fn drain(&self, out: impl Write) {
        let mut out = Lines { out, is_torn: false };
        let mut batch = Vec::new();
        loop {
            self.take(&mut batch);
            let (lost, written) = out.write(&batch);
            if let Some(lines) = self.settle(lost, written) {
                tracing::error!("{lines} log lines were dropped: {} did not take them", self.0.name);
            }
        }
    }

    /// Waits for lines and takes all of them.
    fn take(&self, batch: &mut Vec<u8>) {
        batch.clear();
        batch.shrink_to(USUAL_BYTES);
        let mut queue = self.lock();
        queue.is_writing = false;
        if queue.pending.is_empty() {
            self.0.emptied.notify_all();
        }
        let waited = self.0.filled.wait_while(queue, |queue| queue.pending.is_empty());
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut queue.pending, batch);
        queue.is_writing = true;
    }

    /// Counts lines that could not be written. Returns how many were dropped when writing succeeds again.
    fn settle(&self, lost_lines: u64, written: io::Result<()>) -> Option<u64> {
        let mut queue = self.lock();
        if let Err(error) = written {
            queue.dropped_lines += lost_lines;
            queue.last_error = Some(format!("{}: {error}", self.0.name));
            return None;
        }
        let lines = queue.dropped_lines - queue.announced_lines;
        if lines == 0 || !queue.pending.is_empty() {
            return None;
        }
        queue.announced_lines = queue.dropped_lines;
        Some(lines)
    }
}

/// Writes whole lines; the line after a truncated one begins on a new line.
struct Lines<W> {
    out: W,
    is_torn: bool,
}

impl<W: Write> Lines<W> {
    /// Writes lines, and returns the number of lines that could not be written.
    fn write(&mut self, lines: &[u8]) -> (u64, io::Result<()>) {
        if self.is_torn {
            if let (_, Err(error)) = write(&mut self.out, b"\n") {
                return (count_lines(lines), Err(error));
            }
            self.is_torn = false;
        }
        let (rest, written) = write(&mut self.out, lines);
        self.is_torn = lines[..lines.len() - rest.len()].last().is_some_and(|last| *last != b'\n');
        (count_lines(rest), written)
    }
}

/// Writes bytes, and returns the unwritten ones.
fn write<'a>(out: &mut impl Write, bytes: &'a [u8]) -> (&'a [u8], io::Result<()>) {
    let mut rest = bytes;
    while !rest.is_empty() {
        match out.write(rest) {
            Ok(0) => return (rest, Err(ErrorKind::WriteZero.into())),
            Ok(length) => rest = &rest[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Another process made the stream non-blocking; waiting is not possible for every kind of stream.
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(RETRY),
            Err(error) => return (rest, Err(error)),
        }
    }
    (rest, Ok(()))
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    const PATIENCE: Duration = Duration::from_secs(120);

    /// A stream with a scripted result for each write, which forwards what was written.
    struct Scripted {
        orders: Receiver<io::Result<usize>>,
        given: Sender<String>,
    }

    impl Write for Scripted {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let length = self.orders.recv().map_err(|_| ErrorKind::BrokenPipe)??.min(bytes.len());
            let _ = self.given.send(String::from_utf8_lossy(&bytes[..length]).into_owned());
            Ok(length)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn scripted() -> (Sink, Sender<io::Result<usize>>, Receiver<String>) {
        let (order, orders) = channel();
        let (given, gets) = channel();
        (Sink::new("the test", Scripted { orders, given }), order, gets)
    }

    fn flush(sink: &Sink) {
        sink.flush(Instant::now() + PATIENCE);
    }

    #[test]
    fn a_blocked_stream_does_not_block_logging() {
        let (sink, order, gets) = scripted();
        let line = format!("{}\n", "x".repeat(999));
        for _ in 0..5_000 {
            sink.push(&line);
        }
        sink.flush(Instant::now());
        let status = sink.status();
        // A batch is being written, and another one waits.
        assert!((2_900..5_000).contains(&status.dropped_lines), "{}", status.dropped_lines);
        assert!(status.is_losing && status.last_error.is_none());
        (0..8).for_each(|_| order.send(Ok(usize::MAX)).unwrap());
        flush(&sink);
        let taken: usize = gets.try_iter().map(|lines| lines.len()).sum();
        assert_eq!(taken as u64, (5_000 - status.dropped_lines) * 1_000);
        let after = sink.status();
        assert_eq!((after.dropped_lines, after.is_losing), (status.dropped_lines, false));
    }

    #[test]
    fn everything_is_written_when_a_flush_ends() {
        let (sink, order, gets) = scripted();
        drop((0..300).map(|_| order.send(Ok(3))).collect::<Vec<_>>());
        (0..100).for_each(|number| sink.push(&format!("{number}\n")));
        flush(&sink);
        let written: String = gets.try_iter().collect();
        assert_eq!(written, (0..100).map(|number| format!("{number}\n")).collect::<String>());
        assert_eq!(sink.status().dropped_lines, 0);
    }

    #[test]
    fn a_message_of_any_length_is_written() {
        let (sink, order, gets) = scripted();
        let message = format!("{}\n", "x".repeat(3 * MOST_BYTES));
        order.send(Ok(usize::MAX)).unwrap();
        sink.push(&message);
        flush(&sink);
        assert_eq!(gets.try_iter().collect::<String>(), message);
        assert_eq!(sink.status().dropped_lines, 0);
    }

    #[test]
    fn failures_are_counted_and_a_torn_line_is_ended() {
        let (sink, order, gets) = scripted();
        sink.push("first\nsecond\nthird\n");
        order.send(Ok(9)).unwrap();
        order.send(Err(ErrorKind::StorageFull.into())).unwrap();
        flush(&sink);
        let status = sink.status();
        assert_eq!(status.dropped_lines, 2);
        assert!(status.is_losing);
        assert!(status.last_error.unwrap().starts_with("the test: "));
        for order_of in
            [Err(ErrorKind::Interrupted.into()), Ok(1), Err(ErrorKind::WouldBlock.into()), Ok(100)]
        {
            order.send(order_of).unwrap();
        }
        sink.push("fourth\n");
        flush(&sink);
        assert_eq!(gets.try_iter().collect::<String>(), "first\nsec\nfourth\n");
        assert!(!sink.status().is_losing);
    }
}
