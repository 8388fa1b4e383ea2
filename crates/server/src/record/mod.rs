//! Recording a session: a proxy between a client and the server.

mod pages;
mod proxy;
mod upstream;

pub(crate) use proxy::run;
