//! The server of all connections.

use super::bounds::PIECE;
use super::stream::{FAREWELL, Stream};
use super::{Door, Rooms};
use actix_http::error::DispatchError;
use actix_http::{HttpServiceBuilder, Request, Response};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Server};
use actix_web::rt::net::TcpStream;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::future::ready;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Maximum number of connections that wait to be accepted.
const BACKLOG: i32 = 1_024;

/// Send buffer of the system for a client that does not read, in bytes.
const SEND_BUFFER: usize = 64 << 10;

/// Receive buffer of the system for a client that is not read, in bytes.
const RECEIVE_BUFFER: usize = 32 << 10;

/// Threads of each worker for compression.
const BLOCKING_THREADS: usize = 4;

/// Response to a client whose address has its maximum number of connections.
const ENOUGH: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n";

/// The server before it runs.
pub(crate) struct Listener {
    /// The listening socket.
    pub(crate) socket: TcpListener,
    /// Limits of connections per address.
    pub(crate) door: Arc<Door>,
    /// Memory for requests and responses.
    pub(crate) rooms: Arc<Rooms>,
    /// Threads for requests.
    pub(crate) workers: usize,
    /// Maximum number of connections; others wait to be accepted.
    pub(crate) connections: usize,
    /// Timeouts of clients.
    pub(crate) timing: Timing,
}

/// Times that clients are given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// Between two requests.
    pub(crate) keep_alive: Duration,
    /// For the head of a request.
    pub(crate) head: Duration,
    /// For requests in progress when the server stops.
    pub(crate) shutdown: Duration,
}

/// Listens on an address. The buffers of the system are small, because they are not part of any limit.
///
/// # Errors
///
/// Fails when the address cannot be listened on.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if cfg!(unix) {
        socket.set_reuse_address(true)?;
    } else if address.is_ipv6() {
        // As elsewhere, `::` is for both versions.
        socket.set_only_v6(false)?;
    }
    // Connections inherit both. Larger buffers do no harm.
    let _ = socket.set_send_buffer_size(SEND_BUFFER);
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Listener {
    /// Runs the server: an app on each of its threads, and a [`Stream`] for each connection.
    ///
    /// # Errors
    ///
    /// Fails when the socket cannot be used.
    pub(crate) fn serve<I, A, B>(self, app: impl Fn() -> I + Send + Clone + 'static) -> io::Result<Server>
    where
        I: IntoServiceFactory<A, Request>,
        A: ServiceFactory<Request, Config = AppConfig, Error = actix_web::Error, InitError = ()> + 'static,
        A::Response: Into<Response<B>> + 'static,
        A::Service: 'static,
        B: MessageBody + 'static,
    {
        let Self { socket, door, rooms, workers, connections, timing } = self;
        let builder = Server::build();
        let stopping = builder.graceful_shutdown_signal();
        let server = builder
            .workers(workers)
            .worker_max_blocking_threads(BLOCKING_THREADS)
            .max_concurrent_connections(connections.div_ceil(workers))
            .shutdown_timeout(timing.shutdown.as_secs())
            .disable_signals()
            .listen("ctm", socket, move || {
                let (door, rooms, stopping) = (Arc::clone(&door), Arc::clone(&rooms), stopping.clone());
                let app = app().into_factory().map_err(|error: actix_web::Error| error.error_response());
                let http = HttpServiceBuilder::default()
                    .keep_alive(timing.keep_alive)
                    .client_request_timeout(timing.head)
                    .client_disconnect_timeout(FAREWELL)
                    .h1_write_buffer_size(PIECE)
                    .graceful_shutdown_signal(move || {
                        let stopping = stopping.clone();
                        async move { stopping.notified().await }
                    })
                    .on_connect_ext(|stream: &Stream, kept| {
                        kept.insert(stream.line());
                    })
                    .h1(map_config(app, |()| AppConfig::default()));
                let open =
                    move |socket| ready(open(socket, &door, &rooms, timing).map_err(DispatchError::Io));
                fn_service(open).and_then(http)
            })?;
        Ok(server.run())
    }
}

/// Opens a connection, unless its address has reached the limit.
fn open(
    socket: TcpStream,
    door: &Arc<Door>,
    rooms: &Rooms,
    timing: Timing,
) -> io::Result<(Stream, Option<SocketAddr>)> {
    let peer = socket.peer_addr()?;
    // The rest of a response would wait for the client to acknowledge its beginning, for up to 40 ms.
    socket.set_nodelay(true)?;
    let Some(place) = door.enter(peer.ip()) else {
        tracing::debug!(peer = %peer.ip(), "the address has enough connections (connections_per_address)");
        // It is sent at once or not at all.
        let _ = SockRef::from(&socket).send(ENOUGH);
        return Err(ErrorKind::ConnectionRefused.into());
    };
    Ok((Stream::new(socket, place, timing.head, Arc::clone(&rooms.requests)), Some(peer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctm_config::networks::Networks;

    #[actix_web::test]
    async fn no_part_of_a_response_waits_for_an_acknowledgement() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let socket = listener.accept().unwrap().0;
        socket.set_nonblocking(true).unwrap();
        let same = socket.try_clone().unwrap();
        assert!(!same.nodelay().unwrap());
        let door = Arc::new(Door::new(1, Networks::parse("").unwrap()));
        let second = Duration::from_secs(1);
        let timing = Timing { keep_alive: second, head: second, shutdown: second };
        let opened = open(TcpStream::from_std(socket).unwrap(), &door, &Rooms::default(), timing);
        assert!(same.nodelay().unwrap());
        drop((opened, client));
    }
}
