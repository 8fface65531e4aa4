//! Measures how long it takes from a line in a transcript to the message on a WebSocket.
//!
//! A server runs on a generated home, a session goes on in it response by response, and a client
//! waits for each update. Responses are so far apart that no update waits for the one before, of
//! which there are at most four a second.
//!
//! ```sh
//! cargo run --release --example live_latency
//! ```

use ctm::clock::Clock;
use ctm::ingest::IngestState;
use ctm::server::Server;
use ctm::settings::{Layers, Settings};
use ctm_corpus::{LiveSession, Plan, generate};
use ctm_pricing::PriceBook;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Responses that are appended.
const RESPONSES: usize = 200;

/// Time between two responses.
const RESPONSE_EVERY: Duration = Duration::from_millis(300);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let home = folder.path().join("claude");
    let clock = Clock::system();
    let answer = generate(&Plan::demo(1, clock.now_ms()), &home)?;
    println!("a home of {} MB, {} responses", answer.bytes / 1_000_000, answer.totals.responses);

    let server = serve(folder.path(), &clock).await?;
    let address = server.url().replacen("http", "ws", 1) + "api/v1/ws";
    let (mut socket, _) = connect_async(address).await?;
    let mut known = next_totals(&mut socket).await?;
    let mut session = LiveSession::begin(&home, 1, clock.now_ms())?;
    let mut latencies = Vec::with_capacity(RESPONSES);
    let mut ticks = tokio::time::interval(RESPONSE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..RESPONSES {
        ticks.tick().await;
        let before = Instant::now();
        session.append(clock.now_ms())?;
        let expected = answer.totals.responses + session.answer().totals.responses;
        while known < expected {
            known = next_totals(&mut socket).await?;
        }
        latencies.push(before.elapsed());
    }
    server.stop().await?;

    latencies.sort_unstable();
    let percentile = |percent: usize| latencies[(latencies.len() * percent).div_ceil(100) - 1];
    for percent in [50, 95, 99, 100] {
        println!("p{percent}: {:.1} ms", milliseconds(percentile(percent)));
    }
    Ok(())
}

/// Starts a server on the home in `folder` and waits until it is up to date.
async fn serve(folder: &std::path::Path, clock: &Clock) -> Result<Server, Box<dyn Error>> {
    let path = |name: &str| folder.join(name).display().to_string();
    let flags = [("claude_dir", path("claude")), ("database", path("ctm.db")), ("port", "0".to_owned())];
    let environment = BTreeMap::from([("HOME".to_owned(), folder.into())]);
    let settings = Settings::new(&Layers { flags: flags.into(), environment, directory: folder.to_owned() })?;
    let server = Server::start(settings, PriceBook::builtin(), clock.clone()).await?;
    let mut ingest = server.state().ingest.clone();
    ingest.wait_for(|status| status.state == IngestState::Live).await?;
    Ok(server)
}

/// Waits for the next update and returns the responses that it counts in all.
async fn next_totals(socket: &mut Socket) -> Result<u64, Box<dyn Error>> {
    loop {
        let message = socket.next().await.ok_or("the server closed the connection")??;
        if let Ok(text) = message.to_text()
            && let Ok(message) = serde_json::from_str::<serde_json::Value>(text)
            && let Some(responses) = message["data"]["totals"]["responses"].as_u64()
        {
            return Ok(responses);
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
