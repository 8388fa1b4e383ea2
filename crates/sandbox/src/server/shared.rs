//! The state that the handles of a sandbox and its connections share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use campfire_values::Timestamp;
use tokio::sync::{Notify, watch};

use crate::demo::options::Demo;
use crate::messages::origin::Hosts;
use crate::model::api::Api;
use crate::response_style::ResponseStyle;
use crate::role::Role;
use crate::server::fault::Faults;
use crate::server::idempotency::Replies;
use crate::server::log::Log;
use crate::server::throttle::Throttle;
use crate::state::store::Store;

/// The tenant that a sandbox starts with.
pub(crate) const FIRST_TENANT: &str = "main";

/// The state of a running sandbox.
pub(crate) struct Shared {
    pub(crate) api: &'static Api,
    pub(crate) settings: Settings,
    tenants: Mutex<BTreeMap<String, Arc<TenantState>>>,
    pub(crate) faults: Faults,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) log: Log,
    /// The number of responses so far.
    responses: AtomicU64,
    /// Notified when there may be events to deliver.
    pub(crate) events: Notify,
    /// `true` while connections are to be refused.
    pub(crate) refusing: watch::Sender<bool>,
    /// `true` while the sandbox listens.
    pub(crate) listening: watch::Sender<bool>,
}

/// The settings of a running sandbox.
pub(crate) struct Settings {
    pub(crate) url: String,
    pub(crate) hosts: Hosts,
    /// The prefix of all API keys.
    pub(crate) key_prefix: String,
    pub(crate) style: ResponseStyle,
    pub(crate) page_limit: usize,
    pub(crate) allow_unmodelled: bool,
    /// `true` if the control interface is on.
    pub(crate) control: bool,
    pub(crate) data: Option<PathBuf>,
    pub(crate) demo: Option<Demo>,
    /// The description of the API as an OpenAPI document.
    pub(crate) description: Option<&'static str>,
    /// The seed for faults with a probability, and for UUIDs.
    pub(crate) seed: u64,
}

/// The state of a tenant.
pub(crate) struct TenantState {
    pub(crate) name: String,
    pub(crate) store: Mutex<Store>,
    pub(crate) replies: Replies,
    /// Held while events are delivered, so that they arrive in order.
    pub(crate) delivering: tokio::sync::Mutex<()>,
}

impl TenantState {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the whole state.
    pub(crate) fn replace(&self, store: Store) {
        *self.store() = store;
        self.replies.forget();
    }
}

impl Shared {
    pub(crate) fn new(api: &'static Api, settings: Settings, throttle: Option<Throttle>) -> Self {
        let seed = settings.seed;
        Shared {
            api,
            settings,
            tenants: Mutex::default(),
            faults: Faults::new(seed),
            throttle,
            log: Log::default(),
            responses: AtomicU64::new(0),
            events: Notify::new(),
            refusing: watch::Sender::new(false),
            listening: watch::Sender::new(true),
        }
    }

    /// Returns the tenants by name.
    pub(crate) fn tenants(&self) -> MutexGuard<'_, BTreeMap<String, Arc<TenantState>>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the tenant of that name, and creates it if there is none.
    pub(crate) fn tenant_or_new(&self, name: &str) -> Arc<TenantState> {
        let new = || {
            let store = Mutex::new(self.new_store(name));
            Arc::new(TenantState {
                name: name.to_owned(),
                store,
                replies: Replies::default(),
                delivering: tokio::sync::Mutex::default(),
            })
        };
        self.tenants().entry(name.to_owned()).or_insert_with(new).clone()
    }

    /// Returns an empty store for a tenant.
    pub(crate) fn new_store(&self, tenant: &str) -> Store {
        Store::new(self.api.links(), self.seed(tenant))
    }

    /// Returns the seed of a tenant, so that no two tenants share a UUID.
    pub(crate) fn seed(&self, tenant: &str) -> u64 {
        tenant.bytes().fold(self.settings.seed, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)))
    }

    /// Removes a tenant, unless it is the first. Returns `false` if there is none.
    pub(crate) fn remove_tenant(&self, name: &str) -> bool {
        name != FIRST_TENANT && self.tenants().remove(name).is_some()
    }

    /// Begins with these tenants, no faults, and an empty log.
    pub(crate) fn begin(&self, stores: BTreeMap<String, Store>) {
        self.tenants().retain(|name, _| stores.contains_key(name));
        for (name, store) in stores {
            self.tenant_or_new(&name).replace(store);
        }
        self.faults.reset(self.settings.seed);
        self.log.clear();
        self.responses.store(0, Ordering::Relaxed);
    }

    /// Returns the time by the clock of a tenant, by default of the first.
    pub(crate) fn time(&self, tenant: Option<&TenantState>) -> Timestamp {
        let first = || self.tenants().get(FIRST_TENANT).cloned();
        let seconds = match tenant {
            Some(tenant) => Some(tenant.store().now()),
            None => first().map(|tenant| tenant.store().now()),
        };
        seconds.and_then(Timestamp::from_unix_seconds).unwrap_or_else(Timestamp::now)
    }

    /// Returns the API key of a user of a tenant.
    pub(crate) fn key(&self, tenant: &str, role: Role) -> String {
        let prefix = &self.settings.key_prefix;
        match (tenant, role) {
            (FIRST_TENANT, Role::Admin) => prefix.clone(),
            (tenant, role) => format!("{prefix}-{tenant}-{}", role.name()),
        }
    }

    /// Returns the number of the next response.
    pub(crate) fn next_response(&self) -> u64 {
        self.responses.fetch_add(1, Ordering::Relaxed) + 1
    }
}
