//! Progress of the first reading: a bar on a terminal, log lines elsewhere.

use ctm_ingest::ingest::{IngestState, IngestStatus};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, interval_at};

/// Work that ends sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Time between two log lines.
const LOG_EVERY: Duration = Duration::from_secs(2);

/// State of a progress bar.
const BAR: &str = "reading transcripts {bar:30} {bytes} of {total_bytes}";

/// Runs `work` and shows a progress bar on a terminal if it takes long.
pub async fn with_bar<T>(status: watch::Receiver<IngestStatus>, work: impl Future<Output = T>) -> T {
    let bar = show_bar(status);
    tokio::pin!(work);
    tokio::select! {
        result = &mut work => result,
        never = bar => match never {},
    }
}

/// Shows a bar until the future is dropped.
async fn show_bar(mut status: watch::Receiver<IngestStatus>) -> std::convert::Infallible {
    tokio::time::sleep(PATIENCE).await;
    let bar = Bar::new();
    loop {
        bar.show(*status.borrow_and_update());
        if status.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Follows the first reading of a server to its end: with a bar on a terminal, with log
/// lines otherwise.
pub async fn follow(mut status: watch::Receiver<IngestStatus>) {
    let looking = std::io::stderr().is_terminal();
    let period = if looking { PATIENCE } else { LOG_EVERY };
    let mut ticks = interval_at(Instant::now() + period, period);
    let mut bar = None;
    loop {
        tokio::select! {
            changed = status.wait_for(|status| status.state == IngestState::Live) => {
                drop(bar);
                if let Ok(status) = changed {
                    tracing::info!(files = status.files_done, bytes = status.bytes_done, "up to date");
                }
                return;
            }
            _ = ticks.tick() => {}
        }
        let now = *status.borrow();
        if looking {
            bar.get_or_insert_with(Bar::new).show(now);
        } else {
            tracing::info!(
                files = now.files_done,
                of_files = now.files_total,
                bytes = now.bytes_done,
                of_bytes = now.bytes_total,
                "reading transcripts"
            );
        }
    }
}

/// A bar on standard error; indicatif draws it only on terminals.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let style = ProgressStyle::with_template(BAR).expect("the template is a constant");
        Self(ProgressBar::new(0).with_style(style))
    }

    fn show(&self, status: IngestStatus) {
        self.0.set_length(status.bytes_total);
        self.0.set_position(status.bytes_done.min(status.bytes_total));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
