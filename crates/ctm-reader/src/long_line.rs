//! Lines that are too long to be held in memory: read from the file, by the rules of short ones.
//!
//! Everything of a record is read except a response's content, so its tool calls are not recorded.

use crate::interpret::is_reply;
use crate::lenient::Text;
use crate::line::{LineReader, RECORD_STARTS};
use crate::record::{Record, UserContent};
use crate::short::ShortTexts;
use ctm_types::{IssueKind, SkipReason};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;

/// Bytes per read.
const CHUNK: usize = 256 << 10;

/// Maximum number of passes over the bytes of a line in the search for records.
const MOST_PASSES: u64 = 8;

/// A line of a file, without its line feed.
pub(crate) struct LongLine<'f, F> {
    source: &'f mut F,
    span: Range<u64>,
}

impl<'f, F: Read + Seek> LongLine<'f, F> {
    pub(crate) fn new(source: &'f mut F, span: Range<u64>) -> Self {
        Self { source, span }
    }

    fn bytes_from(&mut self, at: u64) -> io::Result<impl BufRead + use<'_, F>> {
        self.source.seek(SeekFrom::Start(at))?;
        let rest = self.span.end.saturating_sub(at);
        Ok(BufReader::with_capacity(CHUNK, self.source.by_ref().take(rest)))
    }

    /// Returns the first byte from `at` on that is not white space, and its offset.
    fn first_byte(&mut self, at: u64) -> io::Result<Option<(u64, u8)>> {
        let mut at = at;
        for byte in self.bytes_from(at)?.bytes() {
            match byte? {
                byte if byte.is_ascii_whitespace() => at += 1,
                byte => return Ok(Some((at, byte))),
            }
        }
        Ok(None)
    }

    /// Returns where the line's content begins: after a byte order mark and white space.
    fn content(&mut self) -> io::Result<Option<(u64, u8)>> {
        let mut mark = [0; 3];
        let start = self.span.start;
        let has_mark = self.bytes_from(start)?.read_exact(&mut mark).is_ok() && mark == *b"\xEF\xBB\xBF";
        self.first_byte(start + if has_mark { 3 } else { 0 })
    }

    /// Reads a JSON value at `at`, and returns it with the offset after it. `None` if it is cut off
    /// or is not such a value.
    fn value<T: Deserialize<'static>>(&mut self, at: u64) -> io::Result<Option<(T, u64)>> {
        let mut texts = ShortTexts::of(self.bytes_from(at)?);
        let mut values = serde_json::Deserializer::from_reader(&mut texts).into_iter::<T>();
        let value = values.next().and_then(Result::ok);
        let length = values.byte_offset() as u64;
        drop(values);
        Ok(value.map(|value| (value, at + texts.length_of(length))))
    }

    /// Returns where the next record may begin, from `at` on.
    fn next_start(&mut self, at: u64) -> io::Result<Option<u64>> {
        let longest = RECORD_STARTS.iter().map(|start| start.len()).max().unwrap_or_default();
        let (mut window, mut begin) = (Vec::new(), at);
        let mut bytes = self.bytes_from(at)?;
        loop {
            if bytes.by_ref().take(CHUNK as u64).read_to_end(&mut window)? == 0 {
                return Ok(None);
            }
            let starts =
                RECORD_STARTS.iter().filter_map(|start| memchr::memmem::find(&window, start.as_bytes()));
            if let Some(found) = starts.min() {
                return Ok(Some(begin + found as u64));
            }
            // A beginning may span two chunks.
            let done = window.len().saturating_sub(longest - 1);
            window.drain(..done);
            begin += done as u64;
        }
    }
}

impl LineReader<'_> {
    /// Reads a complete line.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read.
    pub(crate) fn read_long<F: Read + Seek>(&mut self, mut line: LongLine<'_, F>) -> io::Result<()> {
        let offset_bytes = line.span.start;
        let Some((at, first)) = line.content()? else {
            self.skip(SkipReason::Blank, offset_bytes);
            return Ok(());
        };
        if self.read_whole(&mut line, at, first)? {
            return Ok(());
        }
        let is_value = match line.value(at)? {
            Some((IgnoredAny, end)) => line.first_byte(end)?.is_none(),
            None => false,
        };
        if is_value {
            self.skip(SkipReason::NotAnObject, at);
        } else if self.records_within_long(&mut line, at)? {
            self.note(IssueKind::Recovered, at);
        } else {
            self.skip(SkipReason::TooLong, at);
        }
        Ok(())
    }

    /// Reads a last line that has no line feed yet, if it is a whole record.
    ///
    /// # Errors
    ///
    /// Fails when the file cannot be read.
    pub(crate) fn read_long_unfinished<F: Read + Seek>(
        &mut self,
        mut line: LongLine<'_, F>,
    ) -> io::Result<()> {
        let complete = self.set_counts_apart();
        if let Some((at, first)) = line.content()? {
            self.read_whole(&mut line, at, first)?;
        }
        self.count_tail(complete);
        Ok(())
    }

    /// Reads the record at `at`, if only white space follows it, and returns whether there is one.
    fn read_whole<F: Read + Seek>(
        &mut self,
        line: &mut LongLine<'_, F>,
        at: u64,
        first: u8,
    ) -> io::Result<bool> {
        // serde reads a struct from a JSON list too, which is never a record.
        if first != b'{' {
            return Ok(false);
        }
        let Some((record, end)) = line.value::<Record<'static, IgnoredAny>>(at)? else { return Ok(false) };
        if line.first_byte(end)?.is_some() {
            return Ok(false);
        }
        self.count(&record, at);
        self.read_long_user(&record, line, at)?;
        Ok(true)
    }

    fn read_long_user<F: Read + Seek>(
        &mut self,
        record: &Record<'static, IgnoredAny>,
        line: &mut LongLine<'_, F>,
        at: u64,
    ) -> io::Result<()> {
        if record.kind.as_ref().and_then(Text::get) != Some("user") {
            return Ok(());
        }
        if let Some((record, _)) = line.value::<Record<'static, UserContent<'static>>>(at)? {
            self.interpret_user(&record);
        }
        Ok(())
    }

    /// Counts the responses on a line that holds several records, or a broken one and others, and
    /// returns whether there are any.
    fn records_within_long<F: Read + Seek>(
        &mut self,
        line: &mut LongLine<'_, F>,
        first: u64,
    ) -> io::Result<bool> {
        let mut found = false;
        let mut passes = (line.span.end - line.span.start).saturating_mul(MOST_PASSES);
        let mut next = Some(first);
        while let Some(at) = next {
            let end = match line.value::<Record<'static, IgnoredAny>>(at)? {
                Some((record, end)) => {
                    if is_reply(&record) {
                        self.count(&record, at);
                        found = true;
                    }
                    self.read_long_user(&record, line, at)?;
                    end
                }
                None => {
                    // A record that is cut off may have been read to the line's end.
                    passes = passes.saturating_sub(line.span.end - at);
                    at + 1
                }
            };
            next = if passes == 0 { None } else { line.next_start(end)? };
        }
        Ok(found)
    }
}
