//! Deduplication of copies: the changes of a commit, independent of the storage.
//!
//! # Design
//!
//! The steps are types, so that none is omitted or repeated: stored responses are loaded into [`Loaded`], all
//! copies of a commit are absorbed at once, and [`Absorbed`] holds the new and changed responses.

use ctm_types::{
    Attribution, Billing, Claim, Conversation, EpochMs, EventId, Locus, LoggedCopy, LoggedLine, Response,
    ResponseKey, Slot, UtcDay,
};
use foldhash::{HashMap, HashSet};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::sync::Arc;

/// The time, project and model of new or changed responses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitChange {
    /// When.
    pub slot: Slot,
    /// In which conversation.
    pub conversation: Arc<Conversation>,
    /// Billing terms of the first part.
    pub billing: Arc<Billing>,
}

/// Index of a response within a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(usize);

/// Origin of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseOrigin {
    /// It is new.
    New,
    /// It is stored, in so many parts and with this time, in UTC epoch milliseconds.
    Stored {
        /// Parts.
        parts: usize,
        /// Time.
        at_ms: EpochMs,
    },
}

/// A response that a commit touches.
#[derive(Debug)]
pub struct Touched<'a> {
    /// Its key.
    pub key: &'a ResponseKey,
    /// Its number.
    pub id: EventId,
    /// The response according to all copies.
    pub response: Response,
    /// Origin of the response.
    pub origin: ResponseOrigin,
    /// `true` if it differs from the stored one.
    pub changed: bool,
    /// `true` if several sessions have it.
    contested: bool,
    /// `true` if it has tool calls that are not stored yet.
    has_new_calls: bool,
}

impl Touched<'_> {
    /// Returns how many parts are stored.
    #[must_use]
    pub fn stored_parts(&self) -> usize {
        match self.origin {
            ResponseOrigin::New => 0,
            ResponseOrigin::Stored { parts, .. } => parts,
        }
    }
}

/// A tool call of a touched response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call<'a> {
    /// The response.
    pub response: At,
    /// Id of the call.
    pub id: &'a str,
    /// Name of the tool.
    pub tool: &'a str,
}

/// The stored responses that a commit has copies of.
#[derive(Debug, Default)]
pub struct Loaded<'a> {
    touched: Vec<Touched<'a>>,
    by_key: HashMap<&'a str, At>,
    /// Time and line of the claims that are stored.
    claims: HashMap<(At, String), (EpochMs, Locus)>,
}

impl<'a> Loaded<'a> {
    /// Adds a stored response with its first part.
    pub fn add(&mut self, key: &'a ResponseKey, id: EventId, response: Response) {
        let at_ms = response.attribution.at_ms;
        self.by_key.insert(key.as_str(), At(self.touched.len()));
        self.touched.push(Touched {
            key,
            id,
            response,
            origin: ResponseOrigin::Stored { parts: 1, at_ms },
            changed: false,
            contested: false,
            has_new_calls: false,
        });
    }

    /// Returns a response that was added, to add a further part.
    pub fn further_part(&mut self, key: &str) -> Option<&mut Response> {
        let At(at) = *self.by_key.get(key)?;
        let touched = &mut self.touched[at];
        if let ResponseOrigin::Stored { parts, .. } = &mut touched.origin {
            *parts += 1;
        }
        Some(&mut touched.response)
    }

    /// Returns the numbers of the responses.
    #[must_use]
    pub fn ids(&self) -> Vec<EventId> {
        self.touched.iter().map(|touched| touched.id).collect()
    }

    /// Adds the stored claims of sessions on responses that several sessions have.
    pub fn add_claims(&mut self, claims: impl IntoIterator<Item = StoredClaim>) {
        let places: HashMap<EventId, At> = self.ids().into_iter().zip((0..).map(At)).collect();
        for StoredClaim { event, session, at_ms, locus } in claims {
            if let Some(at) = places.get(&event) {
                self.touched[at.0].contested = true;
                self.claims.insert((*at, session), (EpochMs(at_ms.0), locus));
            }
        }
    }

    /// Absorbs the copies of a commit; new responses are numbered from `next_id`.
    #[must_use]
    pub fn absorb(self, copies: impl IntoIterator<Item = &'a LoggedCopy>, next_id: EventId) -> Absorbed<'a> {
        let Self { touched, by_key, claims } = self;
        let mut absorbed = Absorbed {
            touched,
            superseded: Vec::new(),
            claims: BTreeMap::new(),
            stored_claims: claims,
            calls: BTreeSet::new(),
            refused: BTreeMap::new(),
            next_id,
        };
        let mut by_key = by_key;
        for copy in copies {
            let at = match by_key.entry(copy.key.as_str()) {
                Entry::Occupied(entry) => {
                    let at = *entry.get();
                    absorbed.absorb_copy(at, copy);
                    at
                }
                Entry::Vacant(entry) => *entry.insert(absorbed.insert(copy)),
            };
            absorbed.note_beside(at, copy);
        }
        absorbed
    }
}

/// A claim that is stored: the response, the session, and the line with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredClaim {
    /// The response.
    pub event: EventId,
    /// The session.
    pub session: String,
    /// Time of the line, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The line.
    pub locus: Locus,
}

/// The changes of responses in a commit.
#[derive(Debug)]
pub struct Absorbed<'a> {
    touched: Vec<Touched<'a>>,
    superseded: Vec<(At, LoggedLine)>,
    /// The earliest claim of each session on responses that several sessions have.
    claims: BTreeMap<(At, String), Claim>,
    /// Time and line of the claims that are stored.
    stored_claims: HashMap<(At, String), (EpochMs, Locus)>,
    calls: BTreeSet<Call<'a>>,
    /// Requests that a model refused, by the response.
    refused: BTreeMap<At, &'a str>,
    next_id: EventId,
}

impl<'a> Absorbed<'a> {
    fn insert(&mut self, copy: &'a LoggedCopy) -> At {
        let at = At(self.touched.len());
        self.touched.push(Touched {
            key: &copy.key,
            id: self.next_id,
            response: Response::from_copy(copy),
            origin: ResponseOrigin::New,
            changed: true,
            contested: false,
            has_new_calls: false,
        });
        self.next_id.0 += 1;
        at
    }

    /// Absorbs another copy of a touched response. Where another session has it too, each session has a
    /// claim, and time and place wait until all are known.
    fn absorb_copy(&mut self, at: At, copy: &LoggedCopy) {
        let touched = &mut self.touched[at.0];
        let is_new = !touched.contested && touched.response.is_claimed_by(copy);
        let first = is_new.then(|| touched.response.claim());
        touched.contested |= is_new;
        let [known, claiming] = [&touched.response.attribution, &copy.attribution].map(|of| &of.conversation);
        // Within the session that has it so far, the earliest line holds as ever.
        let absorbed = if !touched.contested || known.session == claiming.session {
            touched.response.absorb(copy)
        } else {
            touched.response.absorb_snapshot(copy)
        };
        touched.changed |= absorbed.changed;
        if touched.contested {
            first.into_iter().for_each(|first| self.claim(at, first));
            self.claim(at, copy.claim());
        }
        self.superseded.extend(absorbed.superseded.map(|line| (at, line)));
    }

    fn claim(&mut self, at: At, claim: Claim) {
        let key = (at, claim.session().to_owned());
        // A later line of the session claims nothing, but may now have another place.
        if let Some((at_ms, locus)) = self.stored_claims.get(&key)
            && (*at_ms, locus) < claim.age()
        {
            return;
        }
        match self.claims.entry(key) {
            btree_map::Entry::Vacant(entry) => {
                entry.insert(claim);
            }
            btree_map::Entry::Occupied(mut entry) => {
                if claim.age() < entry.get().age() {
                    entry.insert(claim);
                }
            }
        }
    }

    /// Notes tool calls and a refused request of a copy.
    fn note_beside(&mut self, at: At, copy: &'a LoggedCopy) {
        let call = |call: &'a ctm_types::ToolCall| Call { response: at, id: &call.id, tool: &call.name };
        self.calls.extend(copy.tool_calls.iter().map(call));
        if let Some(request) = &copy.refused_request {
            let known = self.refused.entry(at).or_insert(request);
            *known = (*known).max(request);
        }
    }

    /// Returns the number of a response.
    #[must_use]
    pub fn id(&self, At(at): At) -> EventId {
        self.touched[at].id
    }

    /// Returns the numbers of the stored responses with tool calls.
    #[must_use]
    pub fn stored_with_calls(&self) -> BTreeSet<EventId> {
        let touched = self.calls.iter().map(|call| &self.touched[call.response.0]);
        touched.filter(|touched| touched.origin != ResponseOrigin::New).map(|touched| touched.id).collect()
    }

    /// Removes stored tool calls, and returns the changes to write.
    #[must_use]
    pub fn without_stored_calls(mut self, is_stored: impl Fn(EventId, &str) -> bool) -> Writes<'a> {
        self.calls.retain(|call| !is_stored(self.touched[call.response.0].id, call.id));
        for call in &self.calls {
            self.touched[call.response.0].has_new_calls = true;
        }
        Writes(self)
    }
}

/// The rows of responses that a commit writes.
#[derive(Debug)]
pub struct Writes<'a>(Absorbed<'a>);

impl<'a> Writes<'a> {
    /// Returns the responses that are new or changed.
    pub fn changed(&self) -> impl Iterator<Item = &Touched<'a>> {
        self.0.touched.iter().filter(|touched| touched.changed)
    }

    /// Returns the responses that are new or changed, or have new tool calls.
    fn changed_or_new_calls(&self) -> impl Iterator<Item = &Touched<'a>> {
        self.0.touched.iter().filter(|touched| touched.changed || touched.has_new_calls)
    }

    /// Returns the keys of the responses that are not stored yet.
    pub fn new_keys(&self) -> impl Iterator<Item = &'a str> {
        self.0.touched.iter().filter(|of| of.origin == ResponseOrigin::New).map(|of| of.key.as_str())
    }

    /// Returns the number that follows those of the new responses.
    #[must_use]
    pub fn next_id(&self) -> EventId {
        self.0.next_id
    }

    /// Returns the lines that do not count, each with its response.
    pub fn superseded(&self) -> impl Iterator<Item = (EventId, &LoggedLine)> {
        self.0.superseded.iter().map(|(at, line)| (self.0.id(*at), line))
    }

    /// Returns the earliest claim of each session on responses that several sessions have.
    pub fn claims(&self) -> impl Iterator<Item = (EventId, &Claim)> {
        self.0.claims.iter().map(|((at, _), claim)| (self.0.id(*at), claim))
    }

    /// Returns the tool calls that are not stored, each with its response.
    pub fn calls(&self) -> impl Iterator<Item = (EventId, Call<'a>)> {
        self.0.calls.iter().map(|call| (self.0.id(call.response), *call))
    }

    /// Returns the requests that a model refused, by the response.
    #[must_use]
    pub fn refused(&self) -> BTreeMap<EventId, &'a str> {
        self.0.refused.iter().map(|(at, request)| (self.0.id(*at), *request)).collect()
    }

    /// Returns the sessions of responses that are new, changed or claimed.
    #[must_use]
    pub fn sessions(&self) -> BTreeSet<&str> {
        let changed = self.changed().map(|of| of.response.attribution.conversation.session.as_str());
        changed.chain(self.0.claims.values().map(Claim::session)).collect()
    }

    /// Returns where responses are new or changed, each place once.
    #[must_use]
    pub fn commit_changes(&self) -> Vec<CommitChange> {
        let changes = self.changed_or_new_calls().map(|Touched { response, .. }| {
            let Attribution { at_ms, conversation } = &response.attribution;
            CommitChange {
                slot: Slot::of(*at_ms),
                conversation: Arc::clone(conversation),
                billing: Arc::clone(&response.parts[0].billing),
            }
        });
        let changes: HashSet<CommitChange> = changes.collect();
        changes.into_iter().collect()
    }

    /// Returns the UTC days that responses changed on, came to or left.
    #[must_use]
    pub fn days(&self) -> BTreeSet<UtcDay> {
        let times = self.changed_or_new_calls().flat_map(|touched| {
            let stored = match touched.origin {
                ResponseOrigin::New => None,
                ResponseOrigin::Stored { at_ms, .. } => Some(at_ms),
            };
            [Some(touched.response.attribution.at_ms), stored]
        });
        times.flatten().map(UtcDay::of).collect()
    }
}
