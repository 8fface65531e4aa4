//! Writing responses, as far as they are disclosed.

use crate::signature::Lines;
use crate::wire::{BillingOf, ClaimOf, ConversationOf, Header, PushOf};
use crate::{KnownResponse, Level, MOST_CLAIMS, Pepper, Push, StreamSignature, VERSION};
use ctm_types::{Billing, DisclosedConversation, EpochMs, MachineClaim, MachineId};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use std::collections::HashMap;
use std::hash::Hash;
use std::io::{Result, Write};
use std::sync::Arc;

/// The machine that reports its responses, and how much of them.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The machine.
    pub machine: MachineId,
    /// What it is called.
    pub name: String,
    /// How much leaves it.
    pub level: Level,
    /// The secret that machines which share usage have in common.
    pub pepper: Pepper,
    /// When it reports, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// Which entries of its journal it pushes; absent from a file of facts.
    pub push: Option<Push>,
}

/// Writes responses to a stream, compressed. Only what the level of the sender discloses reaches it.
#[derive(Debug)]
pub struct Writer<W: Write> {
    sender: Sender,
    to: GzEncoder<W>,
    section: Vec<MachineClaim>,
    lines: Lines,
    is_begun: bool,
}

impl<W: Write> Writer<W> {
    /// Begins a stream.
    pub fn new(sender: Sender, to: W) -> Self {
        let to = GzEncoder::new(to, Compression::default());
        Self { sender, to, section: Vec::new(), lines: Lines::default(), is_begun: false }
    }

    /// Writes a response.
    ///
    /// # Errors
    ///
    /// Fails when the stream does.
    pub fn write(&mut self, response: &KnownResponse<'_>) -> Result<()> {
        self.section.push(self.sender.level.disclose(&self.sender.pepper, response));
        if self.section.len() < MOST_CLAIMS { Ok(()) } else { self.end_section() }
    }

    /// Ends the stream, and returns what it was written to.
    ///
    /// # Errors
    ///
    /// Fails when the stream does.
    pub fn finish(mut self) -> Result<W> {
        self.end_sections()?;
        self.to.finish()
    }

    /// Ends the stream with a signature, and returns what it was written to. `sign` takes the digest that is signed.
    ///
    /// # Errors
    ///
    /// Fails when the stream does.
    pub fn finish_signed(mut self, sign: impl FnOnce(String) -> StreamSignature) -> Result<W> {
        self.end_sections()?;
        let signature = sign(self.lines.end());
        self.write_line(&signature)?;
        self.to.finish()
    }

    fn end_sections(&mut self) -> Result<()> {
        // A machine without responses is known by its header.
        if self.is_begun && self.section.is_empty() { Ok(()) } else { self.end_section() }
    }

    fn end_section(&mut self) -> Result<()> {
        let claims = std::mem::take(&mut self.section);
        let (mut conversations, mut billings) = (Positions::default(), Positions::default());
        let lines: Vec<ClaimOf> =
            claims.iter().map(|claim| line(claim, &mut conversations, &mut billings)).collect();
        let Sender { machine, name, level, pepper, at_ms, push } = &self.sender;
        let header = Header {
            v: VERSION,
            machine: machine.to_string(),
            name: name.clone(),
            level: level.to_string(),
            pepper: pepper.check(),
            at: at_ms.0,
            push: push.as_ref().map(PushOf::from).unwrap_or_default(),
            claims: lines.len(),
            conversations: conversations.values.into_iter().map(ConversationOf::from).collect(),
            billings: billings.values.into_iter().map(BillingOf::from).collect(),
        };
        self.is_begun = true;
        self.write_line(&header)?;
        lines.iter().try_for_each(|line| self.write_line(line))
    }

    fn write_line(&mut self, line: &impl Serialize) -> Result<()> {
        let mut line = serde_json::to_vec(line)?;
        line.push(b'\n');
        self.lines.add(&line);
        self.to.write_all(&line)
    }
}

fn line<'c>(
    claim: &'c MachineClaim,
    conversations: &mut Positions<'c, DisclosedConversation>,
    billings: &mut Positions<'c, Billing>,
) -> ClaimOf {
    let conversation = conversations.of(&claim.conversation);
    let of_parts: Vec<usize> = claim.parts.iter().map(|part| billings.of(&part.billing)).collect();
    ClaimOf::of(claim, conversation, &of_parts)
}

/// Values of a section, each once, in the order in which they were met.
struct Positions<'c, T> {
    values: Vec<&'c T>,
    positions: HashMap<&'c T, usize>,
}

impl<T> Default for Positions<'_, T> {
    fn default() -> Self {
        Self { values: Vec::new(), positions: HashMap::new() }
    }
}

impl<'c, T: Eq + Hash> Positions<'c, T> {
    fn of(&mut self, value: &'c Arc<T>) -> usize {
        *self.positions.entry(value).or_insert_with(|| {
            self.values.push(value);
            self.values.len() - 1
        })
    }
}
