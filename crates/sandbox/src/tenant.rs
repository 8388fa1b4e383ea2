//! An organisation of its own in a sandbox.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::demo::Demo;
use super::render::{View, into_object};
use super::store::Store;
use super::{Error, NoSdk, Role, Sdk, Shared, api, demo, idempotency, snapshot};
use campfire_values::{Date, Json, JsonObject, Timestamp};

/// An organisation: its records, its books, its clock, its keys. A cheap handle; clones are the same tenant.
pub struct Tenant<A: Sdk = NoSdk> {
    pub(super) shared: Arc<Shared>,
    pub(super) state: Arc<State>,
    sdk: PhantomData<fn() -> A>,
}

impl<A: Sdk> Clone for Tenant<A> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone(), self.state.clone())
    }
}

pub(super) struct State {
    pub(super) name: String,
    pub(super) store: Mutex<Store>,
    pub(super) answers: idempotency::Answers,
}

impl State {
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: Sdk> Tenant<A> {
    pub(super) fn new(shared: Arc<Shared>, state: Arc<State>) -> Self {
        Self { shared, state, sdk: PhantomData }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// The address of the sandbox: `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.shared.settings.url
    }

    /// The key of its administrator.
    pub fn key(&self) -> String {
        self.key_for(Role::Admin)
    }

    /// The key of a user with a role.
    pub fn key_for(&self, role: Role) -> String {
        self.shared.key(&self.state.name, role)
    }

    /// A client for its administrator.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn client(&self) -> Result<A::Client, Error> {
        self.client_for(Role::Admin)
    }

    /// A client for a user with a role.
    ///
    /// # Errors
    /// When the HTTP client cannot be built.
    pub fn client_for(&self, role: Role) -> Result<A::Client, Error> {
        A::client(self.url(), &self.key_for(role)).map_err(|error| Error::Client(error.into()))
    }

    /// Puts a record into a resource (`contracts`, `contracts.usage`), as if the server had made it; gives its id.
    ///
    /// Fields that only the server sets can be given, too, `id` and `last_modified_at` among them. A record below
    /// another names it by the field that links to it: `{"contract": 42, …}`. Nothing is posted to the books for it.
    ///
    /// # Errors
    /// When there is no such resource.
    pub fn seed(&self, resource: &str, record: impl Into<Json>) -> Result<i64, Error> {
        let model = self.shared.model;
        let resource = model.table(resource);
        let schema = model.record_schema(resource).ok_or_else(|| Error::Resource(resource.to_owned()))?;
        let record: Json = record.into();
        let given = record.as_object().cloned().unwrap_or_default();
        let mut store = self.state.store();
        let made = api::insert(model, &mut store, resource, &given, &[]);
        let Some(mut stored) = store.get(resource, made).cloned() else { return Ok(made) };
        let id = given.get("id").and_then(Json::as_i64).unwrap_or(made);
        store.erase(resource, made);
        let operations = model.operations().iter().filter(|operation| operation.resource() == resource);
        let parameters = operations
            .filter(|operation| ["create", "list", "void"].contains(&operation.name()))
            .flat_map(|operation| operation.path.split('/'))
            .filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'));
        for name in parameters {
            let link = name.strip_suffix("_id").unwrap_or(name);
            if let Some(parent) = given.get(link).or_else(|| given.get(name)).and_then(Json::as_i64) {
                stored.parents.push((name.into(), parent));
            }
        }
        // Seeding is the server's own hand: read-only fields are set as given, and so is what nobody lists.
        for (name, value) in given {
            let time = || value.as_str()?.parse::<Timestamp>().ok().map(Timestamp::unix_seconds);
            match (name.as_str(), time()) {
                ("id", _) => {}
                ("created_at", Some(time)) => stored.created = time,
                ("last_modified_at", Some(time)) => stored.modified = time,
                _ if model.field(schema, &name).is_none_or(|field| field.read_only || field.is_computed()) => {
                    stored.fields.set(name, value);
                }
                _ => {}
            }
        }
        store.put(resource, id, stored);
        Ok(id)
    }

    /// The live records of a resource, as answers show them.
    pub fn records(&self, resource: &str) -> Vec<JsonObject> {
        let store = self.state.store();
        let view = View::new(self.shared.model, &store, self.shared.settings.style);
        let schema = self.shared.model.record_schema(resource).unwrap_or_default();
        let resource = self.shared.model.table(resource);
        let shown = store.live(resource).map(|(id, record)| view.record(resource, schema, id, record));
        shown.filter_map(|record| into_object(record.into_json())).collect()
    }

    /// How many live records a resource has.
    pub fn count(&self, resource: &str) -> usize {
        self.state.store().len(self.shared.model.table(resource))
    }

    /// Moves its clock ahead.
    pub fn advance(&self, time: Duration) {
        self.state.store().ahead += time;
    }

    /// Closes the books through a day: nothing can be posted, changed or deleted up to then. `None` opens them.
    pub fn close_books(&self, through: Option<Date>) {
        self.state.store().closed_until = through;
    }

    /// Adds a made-up company: see [`Demo`].
    ///
    /// # Errors
    /// When it cannot be posted, as when the books are closed.
    pub fn demo(&self, demo: &Demo) -> Result<(), Error> {
        demo::fill(demo, self.shared.model, &mut self.state.store())
            .map_err(|reply| Error::Demo(String::from_utf8_lossy(&reply.body).into_owned()))
    }

    /// All that it has, as JSON that [`restore`](Self::restore) takes.
    pub fn snapshot(&self) -> Json {
        snapshot::take(&self.state.store())
    }

    /// Puts back what a snapshot holds, in place of all that is there.
    ///
    /// # Errors
    /// When it is no snapshot; nothing has changed then.
    pub fn restore(&self, snapshot: &Json) -> Result<(), Error> {
        let restored = snapshot::read(self.shared.model, snapshot).map_err(Error::Snapshot)?;
        *self.state.store() = restored;
        self.state.answers.forget();
        Ok(())
    }
}

impl<A: Sdk> fmt::Debug for Tenant<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("name", &self.state.name).finish_non_exhaustive()
    }
}
