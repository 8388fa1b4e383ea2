//! The [Campfire](https://docs.campfire.ai/) API as a tool server for agents, over the Model Context Protocol (MCP).
//!
//! An agent finds operations with `search`, reads about them with `describe`, and reads data with `call`. Every write is first
//! tried in a sandbox that holds a copy of the records it concerns: `preview` shows what it would do to the trial balance, and
//! returns a token with which `confirm` makes exactly that write, once. Writes must be [allowed](Options::allow_writes).
//!
//! ```no_run
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let campfire = campfire::Client::from_env()?;
//! campfire_mcp::serve_stdio(campfire, campfire_mcp::Options::default()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! `docs/mcp.md` shows how to set it up in an agent, and says what it can and cannot do.
//!
//! # Layout
//!
//! Modules depend only on modules above them:
//!
//! | module | holds |
//! | --- | --- |
//! | `options`, `error`, `refusal`, `json` | settings, and what a call can end in |
//! | `arguments`, `request` | what an agent asks for |
//! | `confirmations`, `cursors`, `session` | what is kept between calls |
//! | `shape`, `links` | results within limits, and the kinds of ids in them |
//! | `index` | finding operations by words |
//! | `rehearsal` | trying a write in a sandbox |
//! | `tools` | a file per tool |
//! | `handler`, `exact`, `serve` | the protocol |

#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod arguments;
mod confirmations;
mod cursors;
mod error;
mod exact;
mod handler;
mod index;
mod json;
mod links;
mod options;
mod refusal;
mod rehearsal;
mod request;
mod serve;
mod session;
mod shape;
mod tools;

pub use error::Error;
pub use options::Options;
pub use serve::{serve, serve_stdio};
