//! The socket of a client, read only as far as [`turns`] permits.

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

/// Write timeout when others need the share of the response in the room.
const HASTE: Duration = Duration::from_secs(1);

/// Time during which a client may send ignored data, so that it can read the reason.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

const TOO_LONG: &[u8] =
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// The socket of a client.
pub(super) struct Stream {
    socket: TcpStream,
    line: Rc<ClientConnection>,
    /// Data that was read from the socket and does not belong to this turn.
    ahead: BytesMut,
    /// `true` if reading has ended.
    is_over: bool,
    /// Deadline for the rest of a head, or for the final close of the connection.
    deadline: Option<Pin<Box<Sleep>>>,
    /// Time since which nothing could be sent, and the timer of the next check.
    stall: Option<(Instant, Pin<Box<Sleep>>)>,
    /// Maximum time to receive a head.
    patience: Duration,
    requests: Arc<Room>,
    /// The share of a long head in the room.
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

    /// Reads available data from the socket, and returns whether there is any, which is the case until the
    /// end.
    fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.ahead.is_empty() {
            // No memory is reserved for a connection that sends nothing.
            let mut piece = [const { MaybeUninit::uninit() }; turns::PIECE];
            let mut piece = ReadBuf::uninit(&mut piece);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut piece))?;
            self.ahead = BytesMut::from(piece.filled());
        }
        Poll::Ready(Ok(!self.ahead.is_empty()))
    }

    /// Waits for the rest of started input, up to its deadline.
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

    /// Returns whether there is room for the head that is read. A head of up to [`FREE`] bytes takes none of
    /// the shared room.
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

    /// Ends reading. Between two responses, a message is sent that the server below cannot send.
    fn end(&mut self, last_words: &[u8]) {
        if !last_words.is_empty() {
            // It is sent at once or not at all.
            let _ = SockRef::from(&self.socket).send(last_words);
        }
        self.is_over = true;
        self.ahead = BytesMut::new();
    }

    /// Waits for a client that does not read, up to a time limit.
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

    /// The server below calls this after it has written everything.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.check()?;
        this.line.was_sent();
        if this.line.turns.borrow().head() == 0 {
            this.head = None;
        }
        Poll::Ready(Ok(()))
    }

    /// Closes the connection in both directions, but gives the client time to read: closing it while the
    /// client sends makes the client's system drop unread data.
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
            // Without a wait, the system also drops unread data at once.
            let _ = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        }
        self.line.is_unsent.set(false);
        self.line.sent.notify_waiters();
    }
}
