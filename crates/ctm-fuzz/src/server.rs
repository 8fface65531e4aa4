//! A server that runs in this process, on a small home.

use ctm_config::settings::{Layers, Settings};
use ctm_ingest::conditions::LogStatus;
use ctm_ingest::ingest::IngestState;
use ctm_pricing::PriceBook;
use ctm_report::clock::Clock;
use ctm_server::server::Server;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The session of the home with the most responses.
pub(crate) const SESSION: &str = "11111111-1111-4111-8111-111111111111";

/// The server's time, on the last day of the home.
const NOW: &str = "2026-03-11T23:00:00Z";

static SERVER: LazyLock<Running> = LazyLock::new(Running::start);

/// Returns the host and the port of the server, starting it if necessary.
pub(crate) fn host() -> &'static str {
    &SERVER.host
}

/// The running server and its address.
struct Running {
    host: String,
    _server: Server,
    _runtime: Runtime,
    _folder: TempDir,
}

impl Running {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/claude/everyday");
        let flags = [
            ("claude_dir", home.display().to_string()),
            ("database", folder.path().join("ctm.db").display().to_string()),
            ("tz", "UTC".to_owned()),
            ("port", "0".to_owned()),
            ("rate_limit", "0".to_owned()),
            // Nothing changes, so the behaviour only depends on the input.
            ("watch", "poll".to_owned()),
            ("poll_interval", "3600".to_owned()),
            ("ws_heartbeat", "3600".to_owned()),
            // A change of rules is parsed, and then refused.
            ("project_edits", "refuse".to_owned()),
        ];
        let mut layers = Layers::default();
        layers.environment.insert("HOME".to_owned(), folder.path().into());
        layers.flags.extend(flags);
        let runtime = Runtime::new().unwrap();
        let clock = Clock::frozen(NOW.parse().unwrap());
        let server = runtime.block_on(async {
            let settings = Settings::new(&layers).unwrap();
            let server = Server::start(
                settings,
                PriceBook::builtin(),
                clock,
                LogStatus::default,
                Arc::default(),
                None,
            )
            .await
            .unwrap();
            let mut ingest = server.state().ingest.clone();
            ingest.wait_for(|status| status.state == IngestState::Live).await.unwrap();
            server
        });
        let url = server.url();
        let host = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { host, _server: server, _runtime: runtime, _folder: folder }
    }
}
