//! [`Handler`]: the tools as the protocol sees them.

use std::sync::Arc;

use campfire::Json;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio::sync::Semaphore;

use crate::arguments::Arguments;
use crate::exact::TEXT;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::tools;

/// The number of tools that run at the same time.
const MAX_RUNNING: usize = 8;

/// The tools as the protocol sees them.
pub(crate) struct Handler {
    session: Arc<Session>,
    running: Semaphore,
}

impl Handler {
    pub(crate) fn new(session: Arc<Session>) -> Self {
        Self { session, running: Semaphore::new(MAX_RUNNING) }
    }

    async fn run(&self, request: CallToolRequestParams) -> Result<Json, Refusal> {
        let arguments = read_arguments(request.arguments)?;
        // The semaphore is never closed.
        let _turn = self.running.acquire().await.ok();
        tools::run(&self.session, &request.name, arguments).await
    }
}

/// Reads the arguments from the text that they were replaced by.
fn read_arguments(arguments: Option<JsonObject>) -> Result<Arguments, Refusal> {
    match arguments {
        None => Arguments::read("{}"),
        Some(members) => match members.get(TEXT).and_then(|text| text.as_str()) {
            Some("null") => Arguments::read("{}"),
            Some(text) if members.len() == 1 => Arguments::read(text),
            _ => Err(Refusal::new("the arguments cannot be read")),
        },
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let about = Implementation::new("campfire", env!("CARGO_PKG_VERSION"));
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(about.with_title("Campfire accounting"))
            .with_instructions(tools::instructions(&self.session.options))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::definitions(&self.session.options)))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        // Structured content would pass through `f64`, so results are text.
        let result = match self.run(request).await {
            Ok(result) => CallToolResult::success(vec![ContentBlock::text(result.to_string())]),
            Err(refusal) => CallToolResult::error(vec![ContentBlock::text(refusal.to_string())]),
        };
        Ok(result.into())
    }
}
