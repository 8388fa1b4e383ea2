//! Tenants.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use campfire_values::{Date, Json, JsonObject, Timestamp};

use crate::accounting::books::Books;
use crate::accounting::due;
use crate::adopt;
use crate::beginning;
use crate::demo::history;
use crate::demo::options::Demo;
use crate::error::Error;
use crate::records::view::View;
use crate::role::Role;
use crate::sdk::{NoSdk, Sdk};
use crate::seed;
use crate::server::shared::{Shared, TenantState};
use crate::server::{courier, persistence};
use crate::state::clock::Clock;
use crate::state::snapshot;

/// An organization: its records, books, clock, and API keys.
///
/// A cheap handle; clones refer to the same tenant.
pub struct Tenant<A: Sdk = NoSdk> {
    shared: Arc<Shared>,
    state: Arc<TenantState>,
    sdk: PhantomData<fn() -> A>,
}

impl<A: Sdk> Tenant<A> {
    pub(crate) fn new(shared: Arc<Shared>, state: Arc<TenantState>) -> Self {
        Self { shared, state, sdk: PhantomData }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Returns the URL of the sandbox: `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.shared.settings.url
    }

    /// Returns the API key of the administrator.
    pub fn key(&self) -> String {
        self.key_for(Role::Admin)
    }

    /// Returns the API key of a user with this role.
    pub fn key_for(&self, role: Role) -> String {
        self.shared.key(&self.state.name, role)
    }

    /// Returns a client for the administrator.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn client(&self) -> Result<A::Client, Error> {
        self.client_for(Role::Admin)
    }

    /// Returns a client for a user with this role.
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn client_for(&self, role: Role) -> Result<A::Client, Error> {
        A::client(self.url(), &self.key_for(role)).map_err(|error| Error::Client(error.into()))
    }

    /// Adds a record to a resource, such as `contracts` or `contracts.usage`, as if the server had created it. Returns
    /// its id.
    ///
    /// The record may contain read-only fields, including `id` and `last_modified_at`. A record below another one names
    /// it in the field that links to it: `{"contract": 42, …}`. Nothing is posted to the books.
    ///
    /// # Errors
    /// If there is no such resource.
    pub fn seed(&self, resource: &str, record: impl Into<Json>) -> Result<i64, Error> {
        seed::seed(self.shared.api, &mut self.state.store(), resource, record.into())
    }

    /// Adds records as another server has shown them, each with its resource. Unlike [`seed`](Self::seed), it leaves what the
    /// sandbox computes to the sandbox, adds the records that a record lists, such as the lines of a journal entry and the
    /// payments of an invoice, and infers which entries belong to which documents and payments. Nothing is posted.
    ///
    /// # Errors
    /// If there is no such resource. Nothing is added then.
    pub fn adopt(&self, records: &[(String, Json)]) -> Result<(), Error> {
        let mut store = self.state.store();
        adopt::adopt(&mut Books { api: self.shared.api, store: &mut store, style: self.shared.settings.style }, records)
    }

    /// Returns the live records of a resource as responses show them.
    pub fn records(&self, resource: &str) -> Vec<JsonObject> {
        let api = self.shared.api;
        let store = self.state.store();
        let view = View::new(api, &store, self.shared.settings.style);
        let schema = api.record_schema(resource).unwrap_or_default();
        let resource = api.table(resource);
        store.live(resource).map(|(id, record)| view.record(resource, schema, id, record).into_object()).collect()
    }

    /// Returns the number of live records of a resource.
    pub fn count(&self, resource: &str) -> usize {
        self.state.store().len(self.shared.api.table(resource))
    }

    /// Returns the time by the clock.
    pub fn time(&self) -> Timestamp {
        self.state.store().clock.now().into()
    }

    /// Sets the clock, which may also go back. A frozen clock stays frozen. Times before 1970 or after 9999 are replaced by
    /// the nearest time between.
    pub fn set_time(&self, time: Timestamp) {
        self.move_clock(|clock| clock.set(time.into()));
    }

    /// Stops the clock (`true`), or lets it run on from where it stands (`false`). To stop it at a certain time, freeze it
    /// before you set it.
    pub fn freeze(&self, frozen: bool) {
        self.state.store().clock.freeze(frozen);
    }

    /// Returns `true` if the clock is stopped.
    pub fn is_frozen(&self) -> bool {
        self.state.store().clock.is_frozen()
    }

    /// Moves the clock forward, at most to the end of the year 9999. What falls due meanwhile happens in the order of its
    /// dates: evergreen contracts begin billing periods, prepaid commits expire, and fixed assets depreciate.
    pub fn advance(&self, time: Duration) {
        self.move_clock(|clock| clock.advance(time));
    }

    /// Moves the clock, and does what falls due by that.
    fn move_clock(&self, moved: impl FnOnce(&mut Clock)) {
        let store = &mut *self.state.store();
        moved(&mut store.clock);
        due::catch_up(&mut Books { api: self.shared.api, store, style: self.shared.settings.style });
        self.shared.events.notify_one();
    }

    /// Returns `true` if the clock can be moved that far.
    pub(crate) fn can_advance(&self, time: Duration) -> bool {
        time <= self.state.store().clock.farthest_advance()
    }

    /// Delivers the events of webhooks that are due by the clock, and returns when none is left. The sandbox also does so by
    /// itself; a test calls this to wait for it.
    pub async fn deliver_webhooks(&self) {
        courier::deliver(&self.state).await;
    }

    /// Closes the books through a day: nothing can be posted, changed, or deleted up to then. `None` opens them.
    pub fn close_books(&self, through: Option<Date>) {
        self.state.store().closed_through = through;
    }

    /// Adds a demo company: see [`Demo`].
    ///
    /// # Errors
    /// If it cannot be posted, for example because the books are closed.
    pub fn demo(&self, demo: &Demo) -> Result<(), Error> {
        history::create(demo, self.shared.api, &mut self.state.store())
    }

    /// Returns the state as JSON, for [`restore`](Self::restore).
    pub fn snapshot(&self) -> Json {
        snapshot::take(&self.state.store())
    }

    /// Replaces the state by a snapshot.
    ///
    /// # Errors
    /// If the JSON is not a snapshot, or an entry in it does not balance. Nothing changes then.
    pub fn restore(&self, snapshot: &Json) -> Result<(), Error> {
        let restored = persistence::restored(&self.shared, self.name(), snapshot).map_err(Error::Snapshot)?;
        self.state.replace(restored);
        Ok(())
    }

    /// Returns to the state after the start: the records of the [data file](crate::SandboxBuilder::data) and the
    /// [demo company](crate::SandboxBuilder::demo), if this tenant had them. Everything else is removed: records, closed books,
    /// and changes to the clock. The API keys stay.
    ///
    /// # Errors
    /// If the data file can no longer be read. Nothing changes then.
    pub fn reset(&self) -> Result<(), Error> {
        beginning::one(&self.shared, &self.state)
    }
}

impl<A: Sdk> Clone for Tenant<A> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone(), self.state.clone())
    }
}

impl<A: Sdk> fmt::Debug for Tenant<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("name", &self.state.name).finish_non_exhaustive()
    }
}
