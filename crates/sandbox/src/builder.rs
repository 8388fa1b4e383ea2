//! The settings of a sandbox that has not been started.

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::demo::options::Demo;
use crate::response_style::ResponseStyle;
use crate::sdk::{NoSdk, Sdk};

/// The settings of a sandbox that has not been started.
#[derive(Clone, Debug)]
#[must_use]
pub struct SandboxBuilder<A: Sdk = NoSdk> {
    pub(crate) style: ResponseStyle,
    pub(crate) page_limit: usize,
    pub(crate) allow_unmodelled: bool,
    pub(crate) host: IpAddr,
    pub(crate) host_names: Vec<String>,
    pub(crate) port: u16,
    pub(crate) seed: u64,
    pub(crate) per_second: Option<u32>,
    pub(crate) control: bool,
    pub(crate) data: Option<PathBuf>,
    pub(crate) demo: Option<Demo>,
    sdk: PhantomData<fn() -> A>,
}

impl<A: Sdk> Default for SandboxBuilder<A> {
    fn default() -> Self {
        Self {
            style: ResponseStyle::default(),
            page_limit: 1000,
            allow_unmodelled: false,
            host: Ipv4Addr::LOCALHOST.into(),
            host_names: Vec::new(),
            port: 0,
            seed: 1,
            per_second: None,
            control: false,
            data: None,
            demo: None,
            sdk: PhantomData,
        }
    }
}

impl<A: Sdk> SandboxBuilder<A> {
    /// Sets the style of responses. Default: [`ResponseStyle::Observed`].
    pub fn response_style(mut self, style: ResponseStyle) -> Self {
        self.style = style;
        self
    }

    /// Sets the maximum number of records on a page, whatever a request asks for. Default: 1000.
    pub fn page_limit(mut self, records: usize) -> Self {
        self.page_limit = records.max(1);
        self
    }

    /// Responds to calls that the sandbox does not model with a canned response and the header `x-sandbox: canned`, instead of
    /// 501. Nothing happens in either case. Default: off.
    pub fn allow_unmodelled(mut self, allow: bool) -> Self {
        self.allow_unmodelled = allow;
        self
    }

    /// Sets the address to listen on. Default: 127.0.0.1, which only this machine reaches. On any other address, everyone
    /// who reaches the port can try API keys, which are easy to guess.
    pub fn host(mut self, address: IpAddr) -> Self {
        self.host = address;
        self
    }

    /// Responds also to requests that name this host, such as the name of a container, in the header `Host`. Others are
    /// refused, unless they name the machine itself by `localhost` or an address: otherwise a web page could reach the
    /// sandbox by a name of its own (DNS rebinding).
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.host_names.push(name.into());
        self
    }

    /// Sets the port. Default: a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets the seed for [faults](crate::FaultRule) with a probability, and for UUIDs. Ids and numbers rise from 1. The
    /// same calls to a frozen clock therefore lead to the same state on every run. Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Limits the requests per second over all tenants. Others get a 429 with `Retry-After`. Default: no limit.
    pub fn requests_per_second(mut self, requests: u32) -> Self {
        self.per_second = Some(requests);
        self
    }

    /// Turns on the control interface: everyone who reaches the port can control the sandbox over HTTP, under
    /// `/__sandbox/`, and see its state in a browser at `/`. Default: off.
    pub fn control(mut self, control: bool) -> Self {
        self.control = control;
        self
    }

    /// Keeps the state of all tenants in a JSON file. It is read at the start if it exists, and written by
    /// [`Sandbox::save`](crate::Sandbox::save) and when the sandbox is dropped.
    pub fn data(mut self, file: impl Into<PathBuf>) -> Self {
        self.data = Some(file.into());
        self
    }

    /// Adds a demo company to the first tenant at the start, unless the data file has ledger lines. A
    /// [reset](crate::Sandbox::reset) brings it back. Default: none.
    pub fn demo(mut self, demo: Demo) -> Self {
        self.demo = Some(demo);
        self
    }
}
