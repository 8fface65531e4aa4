//! `ctm mcp`: reports as tools of the Model Context Protocol, on standard input and output.

use super::context::{CommandContext, Flags, UpdateArgs};
use super::invocation::invocation;
use super::output::CommandOutput;
use crate::error::AppError;
use clap::Args;
use ctm_ingest::ingest::Ingestor;
use ctm_mcp::{McpServer, Refresh, Reports};
use ctm_personal::Personal;
use ctm_types::printable::with_causes;
use std::io::IsTerminal;
use std::sync::Arc;
use tokio::sync::Mutex;

#[derive(Debug, Args)]
pub(super) struct McpArgs {
    /// Show the command that adds the server to Claude Code; nothing is changed
    #[arg(long)]
    install: bool,
    #[command(flatten)]
    update: UpdateArgs,
}

/// Serves a client until it closes standard input.
pub(super) async fn run(flags: Flags, args: &McpArgs) -> Result<(), AppError> {
    if args.install {
        let command = invocation(&["mcp"], &flags);
        return CommandOutput::Data(format!("claude mcp add --scope user ctm -- {command}")).print();
    }
    if std::io::stdin().is_terminal() {
        let missing = "standard input is a terminal, not a client of the Model Context Protocol";
        return Err(AppError::Query(format!(
            "{missing}; `ctm mcp --install` shows how Claude Code is set up to be one"
        )));
    }
    let mut ready = CommandContext::from_database(flags, args.update).await?;
    let updates = Updates(Arc::new(Mutex::new(ready.ingestor.take())));
    let reports = Reports {
        reporter: ready.reporter.clone(),
        archive: ready.archive()?,
        personal: Personal::new(ready.store()?.clone()),
        tz: ready.tz(),
    };
    let served = McpServer::new(reports, updates.clone()).serve_stdio().await;
    ready.ingestor = updates.0.lock().await.take();
    ready.close().await?;
    served.map_err(|error| AppError::Query(with_causes(&error)))
}

/// Reads new transcripts before an answer, unless only stored facts are wanted.
#[derive(Clone)]
struct Updates(Arc<Mutex<Option<Ingestor>>>);

impl Refresh for Updates {
    async fn refresh(&self) -> Result<(), String> {
        match &mut *self.0.lock().await {
            Some(ingestor) => ingestor.scan().await.map(drop).map_err(|error| with_causes(&error)),
            None => Ok(()),
        }
    }
}
