//! Reading what a machine reports of its responses.
//!
//! # Design
//!
//! What cannot be taken is refused line by line, with a reason, and reading continues: a later version, a
//! program that writes nonsense or a damaged disk must not hide the rest. After a header that cannot be read, its claims
//! are refused as well, because they refer to it. Only a stream that ends within its compression cannot be
//! read further: most likely it is still being copied.

use crate::signature::{self, Lines};
use crate::wire::{ClaimOf, Header, PartOf, PushOf};
use crate::{
    JournalId, Level, MOST_BYTES, MOST_CLAIMS, MOST_LINE_BYTES, Pepper, Push, READ_VERSIONS, StreamSignature,
};
use ctm_types::{
    Billing, ClaimRank, DisclosedConversation, EpochMs, KeyDigest, MachineClaim, MachineId, Part, TokenCounts,
};
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

/// Most bytes of a name.
const MOST_NAME_BYTES: usize = 1_000;

/// Most characters that a message shows of a line.
const MOST_MESSAGE_CHARS: usize = 200;

/// Most billed parts of a response.
const MOST_PARTS: usize = 1_000;

/// How a header is written.
const HEADER_START: &[u8] = b"{\"v\"";

/// The largest count that a transcript can have.
const MOST_TOKENS: u64 = 1 << 53;

/// The machine of the claims that follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The machine.
    pub machine: MachineId,
    /// What it is called.
    pub name: String,
    /// How much it discloses.
    pub level: Level,
    /// When the section was written, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Which entries of the machine's journal it pushes; absent from a file of facts.
    pub push: Option<Push>,
}

/// What a stream consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The claims that follow are of this machine.
    Section(Section),
    /// A claim.
    Claim(MachineClaim),
    /// What signs all before it, since the signature before: its digest is compared, and the signature is not.
    Signature(StreamSignature),
    /// What cannot be taken.
    Refused(Refused),
}

/// A line that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct Refused {
    /// The line, from 1.
    pub line: u64,
    /// The revision of its claim, if it has one.
    pub revision: Option<u64>,
    /// Why.
    pub reason: Reason,
}

/// The reason why a line cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It is longer than any that is written.
    #[error("it is longer than {MOST_LINE_BYTES} bytes")]
    TooLong,
    /// It is no line of the format.
    #[error("it is no line of a file of facts: {0}")]
    Malformed(String),
    /// The version of the section is not read.
    #[error("it has version {0} of the format, and this program reads {from} to {to}", from = READ_VERSIONS.start(), to = READ_VERSIONS.end())]
    Version(u64),
    /// The machines do not have the same secret.
    #[error("it was written with another pepper")]
    Pepper,
    /// A field has a value that no program writes.
    #[error("`{0}` has a value that cannot be")]
    Value(&'static str),
    /// Its time is too far ahead.
    #[error("its time is more than two days ahead")]
    Future,
    /// A claim refers to what its section does not have.
    #[error("`{0}` refers to nothing in the header of its section")]
    Reference(&'static str),
    /// A claim without a header, or after one that was refused.
    #[error("the header of its section is missing or was refused")]
    NoSection,
    /// The lines before a signature are not those that were signed.
    #[error("its digest is not that of the lines before it")]
    Digest,
    /// The section before has another number of claims than its header says.
    #[error("{found} claims follow the header before, which says {said}")]
    Claims {
        /// As its header says.
        said: usize,
        /// As found.
        found: usize,
    },
}

/// A stream that cannot be read further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It ends within its compression.
    #[error("it is incomplete: it ends at line {line}")]
    Incomplete {
        /// The line, from 1.
        line: u64,
        /// The cause.
        source: io::Error,
    },
    /// It is larger than any that is written.
    #[error("it has more than {most} bytes without its compression, at line {line}")]
    TooLarge {
        /// The line, from 1.
        line: u64,
        /// Most bytes that are read.
        most: u64,
    },
    /// It cannot be read, or its compression is damaged.
    #[error("it cannot be read beyond line {line}")]
    Io {
        /// The line, from 1.
        line: u64,
        /// The cause.
        source: io::Error,
    },
}

/// Reads a stream of sections, compressed or not.
pub struct Reader<R: Read> {
    from: BufReader<Source<R>>,
    pepper: String,
    latest: EpochMs,
    line: u64,
    /// Bytes that may still be read.
    left: u64,
    most: u64,
    /// The section that claims are of; `None` before the first one, and after one that was refused.
    of: Option<Of>,
    /// A section after one that has another number of claims than its header says.
    next: Option<Entry>,
    text: Vec<u8>,
    lines: Lines,
    is_over: bool,
}

/// What claims of a section refer to.
struct Of {
    conversations: Vec<Arc<DisclosedConversation>>,
    billings: Vec<Arc<Billing>>,
    said: usize,
    found: usize,
}

impl Of {
    fn part(&self, part: &PartOf) -> Result<Part, Reason> {
        let [billing, input, output, cache_read, cache_write_5m, cache_write_1h, web_searches, rest @ ..] =
            &**part
        else {
            return Err(Reason::Value("p"));
        };
        if part[1..].iter().any(|count| *count > MOST_TOKENS) {
            return Err(Reason::Value("p"));
        }
        let billing = usize::try_from(*billing).ok().and_then(|at| self.billings.get(at));
        Ok(Part {
            billing: Arc::clone(billing.ok_or(Reason::Reference("p"))?),
            tokens: TokenCounts {
                input: *input,
                output: *output,
                cache_read: *cache_read,
                cache_write_5m: *cache_write_5m,
                cache_write_1h: *cache_write_1h,
            },
            web_searches: *web_searches,
            ttl_assumed: rest.first().is_some_and(|assumed| *assumed != 0),
        })
    }
}

impl<R: Read> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("line", &self.line).finish_non_exhaustive()
    }
}

impl<R: Read> Reader<R> {
    /// Begins to read. Refuses what was written with another pepper, and times more than two days after `now`.
    ///
    /// # Errors
    ///
    /// Fails when the stream cannot be read.
    pub fn new(from: R, pepper: &Pepper, now: EpochMs) -> Result<Self, ReadError> {
        let mut from = BufReader::new(from);
        let start = from.fill_buf().map_err(|source| ReadError::Io { line: 1, source })?;
        let from = match start.starts_with(&[0x1f, 0x8b]) {
            true => Source::Packed(Box::new(MultiGzDecoder::new(from))),
            false => Source::Plain(from),
        };
        const TWO_DAYS_MS: i64 = 2 * 24 * 60 * 60 * 1000;
        Ok(Self {
            from: BufReader::new(from),
            pepper: pepper.check(),
            latest: now.saturating_add(TWO_DAYS_MS),
            line: 0,
            left: MOST_BYTES,
            most: MOST_BYTES,
            of: None,
            next: None,
            text: Vec::new(),
            lines: Lines::default(),
            is_over: false,
        })
    }

    /// Reads at most these bytes without their compression, in place of [`MOST_BYTES`].
    #[must_use]
    pub fn at_most(self, bytes: u64) -> Self {
        Self { left: bytes, most: bytes, ..self }
    }

    /// Returns what follows; `None` at the end.
    ///
    /// # Errors
    ///
    /// Fails when the stream cannot be read further.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, ReadError> {
        if let Some(next) = self.next.take() {
            return Ok(Some(next));
        }
        if self.is_over {
            return Ok(None);
        }
        if !self.next_line()? {
            self.is_over = true;
            return Ok(self.miscounted().map(Entry::Refused));
        }
        let entry = self
            .entry()
            .unwrap_or_else(|reason| Entry::Refused(Refused { line: self.line, revision: None, reason }));
        Ok(Some(entry))
    }

    /// Reads the next line that is not empty. Returns whether there is one.
    fn next_line(&mut self) -> Result<bool, ReadError> {
        loop {
            self.text.clear();
            self.line += 1;
            if self.read_part(MOST_LINE_BYTES as u64 + 1)? == 0 {
                return Ok(false);
            }
            if self.text.len() > MOST_LINE_BYTES {
                self.skip_line()?;
                return Ok(true);
            }
            if !self.text.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// Skips the rest of a line that is too long.
    fn skip_line(&mut self) -> Result<(), ReadError> {
        while self.text.last() != Some(&b'\n') {
            self.text.clear();
            if self.read_part(MOST_LINE_BYTES as u64)? == 0 {
                break;
            }
        }
        self.text.clear();
        Ok(())
    }

    /// Reads up to the end of the line, at most so many bytes of it. Returns how many.
    fn read_part(&mut self, most: u64) -> Result<usize, ReadError> {
        let read = (&mut self.from).take(most).read_until(b'\n', &mut self.text);
        let read = read.map_err(|source| self.error(source))?;
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or(ReadError::TooLarge { line: self.line, most: self.most })?;
        Ok(read)
    }

    fn error(&self, source: io::Error) -> ReadError {
        let line = self.line;
        match source.kind() {
            io::ErrorKind::UnexpectedEof => ReadError::Incomplete { line, source },
            _ => ReadError::Io { line, source },
        }
    }

    fn entry(&mut self) -> Result<Entry, Reason> {
        /// What distinguishes a header from a claim.
        #[derive(Deserialize)]
        struct Kind {
            #[serde(default)]
            v: Option<u64>,
        }
        let text = self.text.trim_ascii();
        if text.is_empty() {
            self.count_damaged();
            return Err(Reason::TooLong);
        }
        if text.starts_with(signature::START) {
            return self.sign();
        }
        self.lines.add(&self.text);
        let error = match serde_json::from_slice::<ClaimOf>(text) {
            Ok(claim) => {
                return Ok(self
                    .claim(&claim)
                    .map_or_else(|reason| self.refused(&claim, reason), Entry::Claim));
            }
            Err(error) => error,
        };
        if let Ok(Kind { v: Some(version) }) = serde_json::from_slice(text) {
            return self.begin(version);
        }
        if text.starts_with(HEADER_START) {
            // A header that is damaged: what follows is not of the section before.
            self.of = None;
        } else {
            self.count_damaged();
        }
        Err(malformed(&error))
    }

    fn refused(&self, claim: &ClaimOf, reason: Reason) -> Entry {
        Entry::Refused(Refused { line: self.line, revision: Some(claim.r), reason })
    }

    /// Counts a line of the section that is most likely a claim.
    fn count_damaged(&mut self) {
        if let Some(of) = &mut self.of {
            of.found += 1;
        }
    }

    /// Begins a section.
    fn begin(&mut self, version: u64) -> Result<Entry, Reason> {
        let miscounted = self.miscounted();
        let begun = self.section(version).map(Entry::Section);
        self.after(miscounted, begun)
    }

    /// Ends a section, and reads its signature.
    fn sign(&mut self) -> Result<Entry, Reason> {
        let miscounted = self.miscounted();
        let signature = self.signature().map(Entry::Signature);
        self.after(miscounted, signature)
    }

    /// Returns an entry, or first that the section before it has another number of claims than its header says.
    fn after(&mut self, miscounted: Option<Refused>, entry: Result<Entry, Reason>) -> Result<Entry, Reason> {
        let Some(miscounted) = miscounted else { return entry };
        let line = self.line;
        self.next =
            Some(entry.unwrap_or_else(|reason| Entry::Refused(Refused { line, revision: None, reason })));
        Ok(Entry::Refused(miscounted))
    }

    fn signature(&mut self) -> Result<StreamSignature, Reason> {
        let digest = self.lines.end();
        let signature: StreamSignature =
            serde_json::from_slice(&self.text).map_err(|error| malformed(&error))?;
        if signature.sha256 == digest { Ok(signature) } else { Err(Reason::Digest) }
    }

    fn section(&mut self, version: u64) -> Result<Section, Reason> {
        if !READ_VERSIONS.contains(&u32::try_from(version).unwrap_or(u32::MAX)) {
            return Err(Reason::Version(version));
        }
        let header: Header = serde_json::from_slice(&self.text).map_err(|error| malformed(&error))?;
        if header.pepper != self.pepper {
            return Err(Reason::Pepper);
        }
        if header.claims > MOST_CLAIMS {
            return Err(Reason::Value("claims"));
        }
        let section = Section {
            machine: MachineId(bytes(&header.machine).ok_or(Reason::Value("machine"))?),
            name: name("name", header.name)?,
            level: header.level.parse().map_err(|_| Reason::Value("level"))?,
            at_ms: self.time(header.at)?,
            push: push(header.push)?,
        };
        let conversations = header.conversations.into_iter().map(|of| conversation(of.into()));
        let billings = header.billings.into_iter().map(|of| billing(of.into()));
        self.of = Some(Of {
            conversations: conversations.collect::<Result<_, _>>()?,
            billings: billings.collect::<Result<_, _>>()?,
            said: header.claims,
            found: 0,
        });
        Ok(section)
    }

    /// Ends the section. Returns that it has another number of claims than its header says.
    fn miscounted(&mut self) -> Option<Refused> {
        let Of { said, found, .. } = self.of.take()?;
        (said != found).then_some(Refused {
            line: self.line,
            revision: None,
            reason: Reason::Claims { said, found },
        })
    }

    fn claim(&mut self, claim: &ClaimOf) -> Result<MachineClaim, Reason> {
        let at_ms = self.time(claim.at);
        // One more than the header says is of a section whose header is missing.
        let of = self.of.as_mut().filter(|of| of.found < of.said).ok_or(Reason::NoSection)?;
        of.found += 1;
        let rank = claim.rank.parse().ok().and_then(ClaimRank::from_number).ok_or(Reason::Value("rank"))?;
        let conversation = of.conversations.get(claim.c).ok_or(Reason::Reference("c"))?;
        if !(1..=MOST_PARTS).contains(&claim.p.len()) {
            return Err(Reason::Value("p"));
        }
        Ok(MachineClaim {
            key: KeyDigest(bytes(&claim.k).ok_or(Reason::Value("k"))?),
            revision: claim.r,
            rank,
            at_ms: at_ms?,
            parts: claim.p.iter().map(|part| of.part(part)).collect::<Result<_, _>>()?,
            conversation: Arc::clone(conversation),
        })
    }

    fn time(&self, at_ms: i64) -> Result<EpochMs, Reason> {
        let at_ms = EpochMs(at_ms);
        if at_ms <= self.latest { Ok(at_ms) } else { Err(Reason::Future) }
    }
}

fn malformed(error: &serde_json::Error) -> Reason {
    // It quotes texts of the line, of any length.
    Reason::Malformed(error.to_string().chars().take(MOST_MESSAGE_CHARS).collect())
}

fn bytes(digits: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    hex::decode_to_slice(digits, &mut bytes).ok().map(|()| bytes)
}

/// Returns a name of bounded length and without control characters, as facts have them.
fn name(field: &'static str, name: String) -> Result<String, Reason> {
    let is_name = name.len() <= MOST_NAME_BYTES && !name.contains(char::is_control);
    is_name.then_some(name).ok_or(Reason::Value(field))
}

fn push(of: PushOf) -> Result<Option<Push>, Reason> {
    let PushOf { journal: Some(journal), from, to, receipt } = of else { return Ok(None) };
    let from = from.ok_or(Reason::Value("from"))?;
    let is_range = |to: &u64| (from..=Push::MOST_ENTRIES).contains(to);
    Ok(Some(Push {
        journal: JournalId::parse(&journal).ok_or(Reason::Value("journal"))?,
        from,
        to: to.filter(is_range).ok_or(Reason::Value("to"))?,
        receipt: receipt.map(|receipt| name("receipt", receipt)).transpose()?,
    }))
}

fn conversation(of: DisclosedConversation) -> Result<Arc<DisclosedConversation>, Reason> {
    let texts = [("session", &of.session), ("project", &of.project), ("version", &of.version)];
    check(texts)?;
    Ok(Arc::new(of))
}

fn billing(of: Billing) -> Result<Arc<Billing>, Reason> {
    name("model", of.model.clone())?;
    let texts = [
        ("speed", &of.speed),
        ("service_tier", &of.service_tier),
        ("inference_geo", &of.inference_geo),
        ("refusal", &of.refusal),
    ];
    check(texts)?;
    Ok(Arc::new(of))
}

fn check<const N: usize>(texts: [(&'static str, &Option<String>); N]) -> Result<(), Reason> {
    let mut given = texts.into_iter().filter_map(|(field, text)| Some((field, text.clone()?)));
    given.try_for_each(|(field, text)| name(field, text).map(drop))
}

/// A stream, compressed or not.
enum Source<R: Read> {
    Plain(BufReader<R>),
    Packed(Box<MultiGzDecoder<BufReader<R>>>),
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(from) => from.read(into),
            Self::Packed(from) => from.read(into),
        }
    }
}
