//! The socket under a connection.
//!
//! The server gives no way to end a connection whose client does not read, so that a second
//! handle of every socket is kept with its connection. It costs a file for each (see
//! `open_files`); a limit on unsent data that the system watches over (`TCP_USER_TIMEOUT`) would
//! cost none, but only Linux has one.

use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket};
use std::any::Any;
use std::net::Shutdown;
use std::rc::{Rc, Weak};
use std::time::Duration;

/// What the system may keep for a client that does not read, in bytes.
const SEND_BUFFER: usize = 64 << 10;

/// Keeps a handle of a new connection's socket for as long as there is the connection.
pub(crate) fn keep_line(connection: &dyn Any, kept: &mut Extensions) {
    let stream = connection.downcast_ref::<TcpStream>();
    // Without one more file a connection can do all but be closed by force.
    if let Some(Ok(socket)) = stream.map(|stream| SockRef::from(stream).try_clone()) {
        kept.insert(Rc::new(socket));
    }
}

/// The socket of a connection, as long as there is one.
pub(super) struct Line(Weak<Socket>);

impl Line {
    /// Returns the socket that a request came on, with little room for what is not read.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let Some(socket) = request.conn_data::<Rc<Socket>>() else {
            return Self(Weak::new());
        };
        // More room than wanted does no harm.
        let _ = socket.set_send_buffer_size(SEND_BUFFER);
        Self(Rc::downgrade(socket))
    }

    /// Closes the connection, whatever was not read yet.
    pub(super) fn cut(&self) {
        if let Some(socket) = self.0.upgrade() {
            // Both fail when the client has closed it meanwhile, which is what is wanted. With
            // nothing to wait for, the system too forgets at once what was not read.
            let _ = socket.set_linger(Some(Duration::ZERO));
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}
