//! A tool server over standard input and output, for a sandbox with a demo company:
//! `cargo run -p campfire-mcp --example stdio -- [--allow-writes] [--live]`
//!
//! With `--live`, it serves the company that the key in `CAMPFIRE_API_KEY` belongs to.

use campfire::sandbox::{Demo, Sandbox};
use campfire_mcp::Options;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let is_set = |name: &str| std::env::args().any(|argument| argument == name);
    let options = Options::default().allow_writes(is_set("--allow-writes"));
    let sandbox = Sandbox::start().await?;
    let client = match is_set("--live") {
        true => campfire::Client::from_env()?,
        false => {
            sandbox.demo(&Demo::default().rows(300))?;
            sandbox.client()?
        }
    };
    campfire_mcp::serve_stdio(client, options).await?;
    // The thread that reads standard input cannot be stopped.
    std::process::exit(0)
}
