//! The connections of clients: how many there are, what is read from them when, and what the server keeps
//! for them.
//!
//! - [`door`]: how many connections an address may have;
//! - [`turns`]: which bytes are read when;
//! - [`stream`]: the socket, of which no more is read than that;
//! - [`turn`]: the guard that says when a request is answered;
//! - [`room`], [`bounds`]: what all clients together may have the server keep;
//! - [`listen`]: the server that all of it is put together in.
//!
//! # Design
//!
//! **What is sent is bounded before it is answered.** The HTTP server below reads everything that is there,
//! takes it apart at once, and keeps a request of forty bytes in some kilobytes. It continues with requests
//! that were sent together, whether or not their answers are taken, and after an answer that closes the
//! connection. None of that can be set. So it gets a [`stream::Stream`] in place of the socket, from which
//! comes one request at a time: the next one is read when the answer to the last one is sent. What a client
//! sends meanwhile stays in the system, which stops the client.
//!
//! To find the end of a request, nothing is parsed twice. A head ends with an empty line, which is all that
//! is looked for; what it announces is said by [`turn::take_turn`], which is handed the parsed request.
//!
//! A server of our own in place of the library's was rejected for what else it would have to get right.
//!
//! A handler cannot close its connection: actix-web hands the socket out by reference, and only when the
//! connection begins (<https://github.com/actix/actix-net/issues/474>). [`ClientConnection`] does it for them.

mod bounds;
mod door;
mod listen;
mod room;
mod stream;
mod turn;
mod turns;

pub(crate) use bounds::{Packers, bound};
pub(crate) use door::Door;
pub(crate) use listen::{Listener, Timing, listen};
pub(crate) use room::{Charge, FREE, Room, Rooms};
pub(crate) use turn::{is_websocket, take_turn};

use actix_web::HttpRequest;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};
use tokio::sync::Notify;
use turns::Turns;

/// What a connection and those who answer its requests know of each other. All of them are on one thread.
pub(crate) struct ClientConnection {
    turns: RefCell<Turns>,
    /// What the answer takes of the room, until it is sent.
    charge: RefCell<Option<Charge>>,
    /// Whether something was written and not sent.
    is_unsent: Cell<bool>,
    /// Whether the connection is to be closed, whatever was not sent.
    is_cut: Cell<bool>,
    /// Whether the server wanted to read more than it may.
    is_held_back: Cell<bool>,
    /// The server's task for this connection.
    task: RefCell<Option<Waker>>,
    sent: Notify,
}

impl ClientConnection {
    fn new() -> Self {
        Self {
            turns: RefCell::new(Turns::new()),
            charge: RefCell::default(),
            is_unsent: Cell::new(false),
            is_cut: Cell::new(false),
            is_held_back: Cell::new(false),
            task: RefCell::default(),
            sent: Notify::new(),
        }
    }

    /// Returns the line that a request came on.
    pub(crate) fn of(request: &HttpRequest) -> Option<Rc<Self>> {
        request.conn_data::<Rc<Self>>().cloned()
    }

    /// Takes note that the whole body of the request was read.
    pub(crate) fn body_was_read(&self) {
        self.change(Turns::body_was_read);
    }

    /// Takes note that so many bytes of frames were taken.
    pub(crate) fn frames_were_taken(&self, bytes: usize) {
        self.change(|turns| turns.frames_were_taken(bytes));
    }

    /// Takes note that nobody reads frames any more. Those that come are dropped.
    pub(crate) fn frames_are_ignored(&self) {
        self.change(Turns::frames_are_ignored);
    }

    /// Takes note that something is about to be written.
    pub(crate) fn will_write(&self) {
        self.is_unsent.set(true);
    }

    /// Waits until everything that was written is sent, or cannot be.
    pub(crate) async fn all_sent(&self) {
        while self.is_unsent.get() {
            self.sent.notified().await;
        }
    }

    /// Closes the connection, whatever was not sent yet.
    pub(crate) fn cut(&self) {
        self.is_cut.set(true);
        self.wake();
    }

    /// Sets what the answer takes of the room.
    fn charge(&self, charge: Charge) {
        self.charge.replace(Some(charge));
    }

    /// Sets how many bytes the answer takes of the room.
    fn charge_bytes(&self, bytes: usize) {
        if let Some(charge) = &mut *self.charge.borrow_mut() {
            charge.set(bytes);
        }
    }

    /// Returns whether others need what the answer takes of the room.
    fn is_wanted(&self) -> bool {
        self.charge.borrow().as_ref().is_some_and(Charge::is_wanted)
    }

    /// Returns how many bytes may be read now. The task is woken when there are more.
    fn most(&self, context: &Context<'_>) -> usize {
        self.remember(context);
        let most = self.turns.borrow().most();
        self.is_held_back.set(most == 0);
        most
    }

    /// Takes note that everything that was written is sent.
    fn was_sent(&self) {
        if !self.turns.borrow().is_answering() {
            self.charge.take();
        }
        self.is_unsent.set(false);
        self.sent.notify_waiters();
        self.change(Turns::all_sent);
    }

    /// Changes what may be read, and has it read if that was waited for.
    fn change(&self, change: impl FnOnce(&mut Turns)) {
        change(&mut self.turns.borrow_mut());
        if self.is_held_back.get() && self.turns.borrow().most() > 0 {
            self.is_held_back.set(false);
            self.wake();
        }
    }

    fn remember(&self, context: &Context<'_>) {
        let mut task = self.task.borrow_mut();
        if !task.as_ref().is_some_and(|task| task.will_wake(context.waker())) {
            *task = Some(context.waker().clone());
        }
    }

    fn wake(&self) {
        if let Some(task) = &*self.task.borrow() {
            task.wake_by_ref();
        }
    }
}
