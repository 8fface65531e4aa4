//! The connections of clients: their number, the order of reading, and the memory that the server uses for
//! them.
//!
//! - [`door`]: the connection limit per address;
//! - [`turns`]: the order in which bytes are read;
//! - [`stream`]: the socket, read in that order;
//! - [`turn`]: the middleware that detects the end of a request;
//! - [`room`], [`bounds`]: the memory for all clients;
//! - [`listen`]: the assembled server.
//!
//! # Design
//!
//! **Input is bounded before it is handled.** The HTTP server below reads all available data, parses it at
//! once, and stores a request of forty bytes in some kilobytes. It continues with pipelined requests, whether
//! or not their responses are read, and after a response that closes the connection. None of this can be
//! configured. It therefore gets a [`stream::Stream`] in place of the socket, which yields one request at a
//! time: the next one is read when the response to the last one is sent. Further data stays in the system,
//! which throttles the client.
//!
//! Nothing is parsed twice to find the end of a request. The stream only searches for the empty line at the
//! end of a head; [`turn::take_turn`] gets the parsed request and determines its body.
//!
//! A custom HTTP server was rejected because of everything else that it would have to implement correctly.
//!
//! A handler cannot close its connection: actix-web only passes the socket by reference, and only at the
//! beginning of the connection (<https://github.com/actix/actix-net/issues/474>). [`ClientConnection`] closes
//! it.

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

/// State shared by a connection and its handlers, all on one thread.
pub(crate) struct ClientConnection {
    turns: RefCell<Turns>,
    /// The share of the response in the room, until it is sent.
    charge: RefCell<Option<Charge>>,
    /// `true` if written data was not sent.
    is_unsent: Cell<bool>,
    /// `true` if the connection is to be closed regardless of unsent data.
    is_cut: Cell<bool>,
    /// `true` if the server tried to read more than permitted.
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

    /// Returns the connection of a request.
    pub(crate) fn of(request: &HttpRequest) -> Option<Rc<Self>> {
        request.conn_data::<Rc<Self>>().cloned()
    }

    /// Records that the whole body of the request was read.
    pub(crate) fn body_was_read(&self) {
        self.change(Turns::body_was_read);
    }

    /// Records the number of consumed frame bytes.
    pub(crate) fn frames_were_taken(&self, bytes: usize) {
        self.change(|turns| turns.frames_were_taken(bytes));
    }

    /// Records that frames are no longer read. Further ones are dropped.
    pub(crate) fn frames_are_ignored(&self) {
        self.change(Turns::frames_are_ignored);
    }

    /// Records a pending write.
    pub(crate) fn will_write(&self) {
        self.is_unsent.set(true);
    }

    /// Waits until all written data is sent, or cannot be.
    pub(crate) async fn all_sent(&self) {
        while self.is_unsent.get() {
            self.sent.notified().await;
        }
    }

    /// Closes the connection regardless of unsent data.
    pub(crate) fn cut(&self) {
        self.is_cut.set(true);
        self.wake();
    }

    /// Sets the share of the response in the room.
    fn charge(&self, charge: Charge) {
        self.charge.replace(Some(charge));
    }

    /// Sets the share of the response in the room, in bytes.
    fn charge_bytes(&self, bytes: usize) {
        if let Some(charge) = &mut *self.charge.borrow_mut() {
            charge.set(bytes);
        }
    }

    /// Returns whether other connections need the share of the response in the room.
    fn is_wanted(&self) -> bool {
        self.charge.borrow().as_ref().is_some_and(Charge::is_wanted)
    }

    /// Returns how many bytes may be read now. The task is woken when the number increases.
    fn most(&self, context: &Context<'_>) -> usize {
        self.remember(context);
        let most = self.turns.borrow().most();
        self.is_held_back.set(most == 0);
        most
    }

    /// Records that all written data was sent.
    fn was_sent(&self) {
        if !self.turns.borrow().is_answering() {
            self.charge.take();
        }
        self.is_unsent.set(false);
        self.sent.notify_waiters();
        self.change(Turns::all_sent);
    }

    /// Changes the permitted input, and wakes the reader if it waited for that.
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
