//! The running sandbox.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use campfire_values::{Date, Json, JsonObject, Timestamp};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::beginning;
use crate::builder::SandboxBuilder;
use crate::connection::serve;
use crate::demo::options::Demo;
use crate::error::Error;
use crate::expectation::{self, Expectation};
use crate::messages::origin::Hosts;
use crate::role::Role;
use crate::sdk::{NoSdk, Sdk};
use crate::server::fault::FaultRule;
use crate::server::log::LoggedRequest;
use crate::server::shared::{FIRST_TENANT, Settings, Shared};
use crate::server::throttle::Throttle;
use crate::server::{courier, persistence};
use crate::tenant::Tenant;

/// A running sandbox. It stops when dropped.
///
/// It starts with one [tenant](Tenant). Methods that concern records, API keys, or clients act on that tenant.
pub struct Sandbox<A: Sdk = NoSdk> {
    shared: Arc<Shared>,
    tenant: Tenant<A>,
    server: JoinHandle<()>,
    courier: JoinHandle<()>,
}

impl<A: Sdk> SandboxBuilder<A> {
    /// Starts the sandbox.
    ///
    /// # Errors
    /// If the port is in use, the data file cannot be read, or the demo company cannot be posted.
    pub async fn start(self) -> Result<Sandbox<A>, Error> {
        let api = A::model().read().map_err(Error::Model)?;
        let listener = TcpListener::bind((self.host, self.port)).await.map_err(Error::Listen)?;
        let address = listener.local_addr().map_err(Error::Listen)?;
        let settings = Settings {
            url: format!("http://{}", reachable(address)),
            hosts: Hosts { names: self.host_names, any_address: !self.host.is_loopback() },
            key_prefix: format!("sandbox-{}", address.port()),
            style: self.style,
            page_limit: self.page_limit,
            allow_unmodelled: self.allow_unmodelled,
            control: self.control,
            data: self.data,
            demo: self.demo,
            description: A::description(),
            seed: self.seed,
        };
        let shared = Arc::new(Shared::new(api, settings, self.per_second.map(Throttle::new)));
        let tenant = Tenant::new(shared.clone(), shared.tenant_or_new(FIRST_TENANT));
        beginning::all(&shared)?;
        let server = tokio::spawn(serve::serve(listener, address, shared.clone()));
        let courier = tokio::spawn(courier::run(shared.clone()));
        Ok(Sandbox { shared, tenant, server, courier })
    }
}

/// Returns an address by which this machine reaches the sandbox. All addresses are no address to connect to.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

impl<A: Sdk> Sandbox<A> {
    /// Starts an empty sandbox on a free port.
    ///
    /// # Errors
    /// If the sandbox cannot listen on any port.
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Returns a builder.
    pub fn builder() -> SandboxBuilder<A> {
        SandboxBuilder::default()
    }

    /// Returns the tenant of that name, and creates it if there is none. Tenants are isolated from each other.
    pub fn add_tenant(&self, name: &str) -> Tenant<A> {
        Tenant::new(self.shared.clone(), self.shared.tenant_or_new(name))
    }

    /// Returns all tenants, by name.
    pub fn tenants(&self) -> Vec<Tenant<A>> {
        self.shared.tenants().values().map(|state| Tenant::new(self.shared.clone(), state.clone())).collect()
    }

    /// Removes a tenant: its API keys are no longer valid. Returns `false` if there is none, or if it is the one that the
    /// sandbox starts with.
    pub fn remove_tenant(&self, name: &str) -> bool {
        self.shared.remove_tenant(name)
    }

    /// Returns to the state after the start: the tenants of the [data file](SandboxBuilder::data), the
    /// [demo company](SandboxBuilder::demo), no faults, and an empty log. Without either, there is one tenant without records.
    ///
    /// # Errors
    /// If the data file can no longer be read. Nothing changes then.
    pub fn reset(&self) -> Result<(), Error> {
        beginning::all(&self.shared)
    }

    /// Adds a fault, and returns its number.
    ///
    /// # Errors
    /// If it could never do what it says: its operation does not exist, its status is none, or its body is no JSON.
    pub fn inject(&self, rule: FaultRule) -> Result<u64, Error> {
        self.shared.faults.add(self.shared.api, rule).map_err(Error::Fault)
    }

    /// Responds to every further request to an operation with this status and body: see [`FaultRule::stub`], which can
    /// be limited. Returns the number of the fault that does it.
    ///
    /// # Errors
    /// As [`inject`](Self::inject).
    pub fn stub(&self, operation: impl Into<String>, status: u16, body: impl Serialize) -> Result<u64, Error> {
        self.inject(FaultRule::stub(operation, status, body))
    }

    /// Returns the faults by number, those that have happened often enough included.
    pub fn faults(&self) -> Vec<(u64, FaultRule)> {
        self.shared.faults.list()
    }

    /// Removes the fault of this number. Returns `false` if there is none.
    pub fn remove_fault(&self, number: u64) -> bool {
        self.shared.faults.remove(|known, _| known == number) > 0
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.faults.remove(|_, _| true);
    }

    /// Refuses all connections and closes the open ones (`true`), or accepts connections again (`false`). Returns once
    /// it has taken effect.
    pub async fn refuse_connections(&self, refuse: bool) {
        let mut listening = self.shared.listening.subscribe();
        self.shared.refusing.send_replace(refuse);
        // The wait ends early only if the server has stopped, and then nobody listens anyway.
        let _ = listening.wait_for(|listening| *listening != refuse).await;
    }

    /// Returns the requests so far, in order.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.shared.log.requests()
    }

    /// Starts an expectation about the requests so far to an operation, such as `invoices.create`, or to all operations
    /// of a resource, such as `invoices.*`.
    ///
    /// ```
    /// # use campfire_sandbox::{NoSdk, Sandbox};
    /// # async fn run(sandbox: &Sandbox<NoSdk>) {
    /// sandbox.expect("invoices.create").times(1);
    /// sandbox.expect("invoices.*").at_least(2);
    /// # }
    /// ```
    ///
    /// # Panics
    /// If there is no such operation.
    #[track_caller]
    pub fn expect(&self, operation: &str) -> Expectation {
        Expectation::new(self.shared.api, self.requests(), operation)
    }

    /// Checks that the requests so far are exactly these, in order. Each is an operation or a method and a path, with or
    /// without a status: `invoices.create`, `contracts.list 200`, `GET /rr/api/v1/contracts`.
    ///
    /// # Panics
    /// If they are not. The message shows the difference line by line.
    #[track_caller]
    pub fn assert_requests(&self, expected: &[&str]) {
        expectation::require(expectation::check_requests(self.shared.api, &self.requests(), expected));
    }

    /// Clears the log of requests.
    pub fn forget_requests(&self) {
        self.shared.log.clear();
    }

    /// Writes the state of all tenants to the [data file](SandboxBuilder::data), if there is one.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self) -> Result<(), Error> {
        persistence::save(&self.shared)
    }

    /// Returns the tenant that the sandbox starts with.
    pub fn tenant(&self) -> &Tenant<A> {
        &self.tenant
    }

    /// Returns the URL of the sandbox, by default `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        self.tenant.url()
    }

    /// Returns the API key of the first tenant's administrator.
    pub fn key(&self) -> String {
        self.tenant.key()
    }

    /// Returns the API key of a user of the first tenant with this role.
    pub fn key_for(&self, role: Role) -> String {
        self.tenant.key_for(role)
    }

    /// Returns a client for the first tenant's administrator.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn client(&self) -> Result<A::Client, Error> {
        self.tenant.client()
    }

    /// Returns a client for a user of the first tenant with this role.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn client_for(&self, role: Role) -> Result<A::Client, Error> {
        self.tenant.client_for(role)
    }

    /// Adds a record to the first tenant: see [`Tenant::seed`].
    ///
    /// # Errors
    /// If there is no such resource.
    pub fn seed(&self, resource: &str, record: impl Into<Json>) -> Result<i64, Error> {
        self.tenant.seed(resource, record)
    }

    /// Adds records as another server has shown them: see [`Tenant::adopt`].
    ///
    /// # Errors
    /// If there is no such resource. Nothing is added then.
    pub fn adopt(&self, records: &[(String, Json)]) -> Result<(), Error> {
        self.tenant.adopt(records)
    }

    /// Returns the first tenant's live records of a resource: see [`Tenant::records`].
    pub fn records(&self, resource: &str) -> Vec<JsonObject> {
        self.tenant.records(resource)
    }

    /// Returns the number of live records that the first tenant has of a resource.
    pub fn count(&self, resource: &str) -> usize {
        self.tenant.count(resource)
    }

    /// Returns the time by the first tenant's clock.
    pub fn time(&self) -> Timestamp {
        self.tenant.time()
    }

    /// Sets the first tenant's clock: see [`Tenant::set_time`].
    pub fn set_time(&self, time: Timestamp) {
        self.tenant.set_time(time);
    }

    /// Stops the first tenant's clock (`true`), or lets it run on from where it stands (`false`).
    pub fn freeze(&self, frozen: bool) {
        self.tenant.freeze(frozen);
    }

    /// Moves the first tenant's clock forward.
    pub fn advance(&self, time: Duration) {
        self.tenant.advance(time);
    }

    /// Delivers the events of the first tenant's webhooks that are due: see [`Tenant::deliver_webhooks`].
    pub async fn deliver_webhooks(&self) {
        self.tenant.deliver_webhooks().await;
    }

    /// Closes the first tenant's books through a day: see [`Tenant::close_books`].
    pub fn close_books(&self, through: Option<Date>) {
        self.tenant.close_books(through);
    }

    /// Adds a demo company to the first tenant: see [`Demo`].
    ///
    /// # Errors
    /// If it cannot be posted, for example because the books are closed.
    pub fn demo(&self, demo: &Demo) -> Result<(), Error> {
        self.tenant.demo(demo)
    }

    /// Returns the first tenant's state as JSON: see [`Tenant::snapshot`].
    pub fn snapshot(&self) -> Json {
        self.tenant.snapshot()
    }

    /// Replaces the first tenant's state with a snapshot: see [`Tenant::restore`].
    ///
    /// # Errors
    /// If the JSON is not a snapshot, or an entry in it does not balance. Nothing changes then.
    pub fn restore(&self, snapshot: &Json) -> Result<(), Error> {
        self.tenant.restore(snapshot)
    }
}

impl<A: Sdk> Drop for Sandbox<A> {
    fn drop(&mut self) {
        self.server.abort();
        self.courier.abort();
        // An error cannot be returned here; `save` returns it.
        let _ = persistence::save(&self.shared);
    }
}

impl<A: Sdk> fmt::Debug for Sandbox<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.tenant.url()).finish_non_exhaustive()
    }
}
