//! The socket of a client, of which no more is read than [`turns`] allows.

use super::door::ConnectionPermit;
use super::room::{Charge, FREE, Room};
use super::{ClientConnection, turns};
use actix_web::rt::net::TcpStream;
use actix_web::web::{Buf, BytesMut};
use socket2::SockRef;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 64 << 10;

/// Write timeout of a client.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same where others need the room that its answer takes.
const HASTE: Duration = Duration::from_secs(1);

/// How long a client may still send what nobody reads, so that it gets to read why.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

const TOO_LONG: &[u8] =
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// The socket of a client.
pub(super) struct Stream {
    socket: TcpStream,
    line: Rc<ClientConnection>,
    /// What was read of the socket and is not of this turn.
    ahead: BytesMut,
    /// Whether nothing more is read.
    is_over: bool,
    /// When the rest of a head has to be there, or the connection is closed for good.
    deadline: Option<Pin<Box<Sleep>>>,
    /// Since when nothing could be sent, and when that is looked at again.
    stall: Option<(Instant, Pin<Box<Sleep>>)>,
    /// How long a head may take.
    patience: Duration,
    requests: Arc<Room>,
    /// What a long head takes of the room.
    head: Option<Charge>,
    is_closing: bool,
    _place: ConnectionPermit,
}

impl Stream {
    pub(super) fn new(
        socket: TcpStream,
        place: ConnectionPermit,
        patience: Duration,
        requests: Arc<Room>,
    ) -> Self {
        Self {
            socket,
            line: Rc::new(ClientConnection::new()),
            ahead: BytesMut::new(),
            is_over: false,
            deadline: None,
            stall: None,
            patience,
            requests,
            head: None,
            is_closing: false,
            _place: place,
        }
    }

    pub(super) fn line(&self) -> Rc<ClientConnection> {
        Rc::clone(&self.line)
    }

    /// Reads what is there of the socket, and returns whether it is something, which it is until the end.
    fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.ahead.is_empty() {
            // Nothing is set aside for a connection that sends nothing more.
            let mut piece = [const { MaybeUninit::uninit() }; turns::PIECE];
            let mut piece = ReadBuf::uninit(&mut piece);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut piece))?;
            self.ahead = BytesMut::from(piece.filled());
        }
        Poll::Ready(Ok(!self.ahead.is_empty()))
    }

    /// Waits for more of what was begun, which has to come in time.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (is_begun, is_rest) = {
            let turns = self.line.turns.borrow();
            (turns.head() > 0, turns.is_rest())
        };
        if !is_begun && !is_rest {
            return Poll::Pending;
        }
        let patience = if is_rest { FAREWELL } else { self.patience };
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(deadline.as_mut().poll(context));
        self.end(if is_rest { b"" } else { TOO_SLOW });
        Poll::Ready(Ok(()))
    }

    /// Returns whether there is room for the head that is read. A head of up to [`FREE`] bytes takes
    /// none of the shared room.
    fn has_room(&mut self) -> bool {
        let head = self.line.turns.borrow().head();
        if head > LONGEST_HEAD {
            return false;
        }
        if head > FREE && self.head.is_none() {
            self.head = self.requests.take(LONGEST_HEAD);
            return self.head.is_some();
        }
        true
    }

    /// Reads nothing more. Between two answers, something is said that the server below cannot say.
    fn end(&mut self, last_words: &[u8]) {
        if !last_words.is_empty() {
            // They go out at once or not at all.
            let _ = SockRef::from(&self.socket).send(last_words);
        }
        self.is_over = true;
        self.ahead = BytesMut::new();
    }

    /// Waits for a client that takes nothing, but not for ever.
    fn poll_stall(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let (since, next_look) = self.stall.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(HASTE))));
        while next_look.as_mut().poll(context).is_ready() {
            let stalled = since.elapsed();
            if stalled >= PATIENCE || (stalled >= HASTE && self.line.is_wanted()) {
                self.line.is_cut.set(true);
                return Poll::Ready(ErrorKind::TimedOut.into());
            }
            next_look.as_mut().reset(Instant::now() + HASTE);
        }
        Poll::Pending
    }

    fn check(&self) -> io::Result<()> {
        if self.line.is_cut.get() { Err(ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check()?;
        if this.is_over {
            return Poll::Ready(Ok(()));
        }
        if this.line.turns.borrow().is_answering() {
            this.deadline = None;
        }
        let most = this.line.most(context).min(buffer.remaining());
        if most == 0 {
            return Poll::Pending;
        }
        match this.poll_ahead(context)? {
            Poll::Pending => return this.poll_more(context),
            Poll::Ready(false) => return Poll::Ready(Ok(())),
            Poll::Ready(true) => {}
        }
        let most = most.min(this.ahead.len());
        let taken = this.line.turns.borrow_mut().take(&this.ahead[..most]);
        if !this.has_room() {
            this.end(TOO_LONG);
            return Poll::Ready(Ok(()));
        }
        buffer.put_slice(&this.ahead[..taken]);
        this.ahead.advance(taken);
        if this.ahead.is_empty() {
            this.ahead = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.check()?;
        this.line.remember(context);
        this.line.will_write();
        match Pin::new(&mut this.socket).poll_write(context, bytes) {
            Poll::Pending => this.poll_stall(context).map(Err),
            written => {
                this.stall = None;
                written
            }
        }
    }

    /// The server below calls this when everything was written.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check()?;
        this.line.was_sent();
        if this.line.turns.borrow().head() == 0 {
            this.head = None;
        }
        Poll::Ready(Ok(()))
    }

    /// Closes the connection in both directions, but gives the client the time to read: to close it while
    /// the client sends makes its system drop what was not read.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check()?;
        if !this.is_closing {
            ready!(Pin::new(&mut this.socket).poll_shutdown(context))?;
            this.is_closing = true;
            this.deadline = Some(Box::pin(sleep(FAREWELL)));
        }
        loop {
            this.ahead = BytesMut::new();
            match this.poll_ahead(context) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => break,
            }
        }
        let Some(deadline) = &mut this.deadline else { return Poll::Ready(Ok(())) };
        deadline.as_mut().poll(context).map(Ok)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.line.is_cut.get() {
            // With nothing to wait for, the system too forgets at once what was not read.
            let _ = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        }
        self.line.is_unsent.set(false);
        self.line.sent.notify_waiters();
    }
}
