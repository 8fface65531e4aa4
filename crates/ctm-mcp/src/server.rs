//! The server.

use crate::answer::Reports;
use crate::documents;
use crate::tools::{TOOLS, Tool};
use ctm_types::printable::one_line;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::transport::io::stdio_pipes;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt};

const INSTRUCTIONS: &str = "Exact token usage and cost of Claude Code on this machine, from its transcripts. Amounts are \
     estimates at API list prices, in US dollars; an unknown cost is null, never 0. Days are in the requested zone. \
     Begin with `now` or `usage`; `why` explains a changed cost.";

/// Brings facts up to date before a tool answers.
pub trait Refresh: Send + Sync + 'static {
    /// Stores what is new. A failure is the answer of the tool.
    fn refresh(&self) -> impl Future<Output = Result<(), String>> + Send;
}

/// Error of a server.
#[derive(Debug, thiserror::Error)]
pub enum McpError {
    /// The client does not speak the protocol.
    #[error("the client does not speak the Model Context Protocol")]
    Client(#[source] Box<ServerInitializeError>),
    /// The server ended by a panic.
    #[error("the server failed")]
    Failed,
}

/// A server of the Model Context Protocol.
#[derive(Debug)]
pub struct McpServer<R> {
    reports: Reports,
    refresh: R,
}

impl<R: Refresh> McpServer<R> {
    /// Creates a server that answers from reports.
    #[must_use]
    pub fn new(reports: Reports, refresh: R) -> Self {
        Self { reports, refresh }
    }

    /// Serves the client on standard input and output until it closes them.
    ///
    /// # Errors
    ///
    /// Fails when the client does not speak the protocol.
    pub async fn serve_stdio(self) -> Result<(), McpError> {
        match self.serve(stdio_pipes()).await {
            Ok(running) => running.waiting().await.map(drop).map_err(|_| McpError::Failed),
            // The client left before it said anything.
            Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
            Err(error) => Err(McpError::Client(Box::new(error))),
        }
    }

    async fn call(&self, tool: &Tool, request: CallToolRequestParams) -> CallToolResult {
        if let Err(message) = self.refresh.refresh().await {
            return failed(message);
        }
        match self.reports.answer(tool, request.arguments.unwrap_or_default()).await {
            Ok(result) => CallToolResult::structured(result),
            Err(problem) => failed(problem.detail(tool.name)),
        }
    }
}

/// Returns an error that the client can correct, or show.
fn failed(message: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(message)])
}

impl<R: Refresh> ServerHandler for McpServer<R> {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        let server = Implementation::new("ctm", env!("CARGO_PKG_VERSION")).with_title("Claude Token Monitor");
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(TOOLS.iter().map(Tool::listed).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = Tool::named(&request.name) else {
            let message = format!("no tool is called `{}`", one_line(&request.name));
            return Err(ErrorData::invalid_params(message, None));
        };
        Ok(self.call(tool, request).await.into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        Ok(ListResourcesResult::with_all_items(documents::all()))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let unknown =
            || ErrorData::resource_not_found(format!("no resource is `{}`", one_line(&request.uri)), None);
        let found = documents::read(&request.uri).ok_or_else(unknown)?;
        Ok(ReadResourceResult::new(vec![found]).into())
    }
}
