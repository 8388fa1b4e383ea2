//! `cargo xtask release-check`: checks that the workspace is ready to be published.

mod changelog;
mod check;
mod manifests;
mod packages;
mod workflow;

pub(crate) use check::check;
