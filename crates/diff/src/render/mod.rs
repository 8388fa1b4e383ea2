//! Renders a diff for terminals, browsers, machines, pull requests, workflow annotations and changelogs.

mod changelog;
mod github;
mod html;
mod json;
mod markdown;
mod phrases;
mod text;

pub use changelog::changelog;
pub use github::github;
pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use text::text;
