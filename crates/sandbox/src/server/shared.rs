//! The state that the handles of a sandbox and its connections share.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use campfire_values::Timestamp;
use tokio::sync::watch;

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
    /// `true` while connections are to be refused.
    pub(crate) refusing: watch::Sender<bool>,
    /// `true` while the sandbox listens.
    pub(crate) listening: watch::Sender<bool>,
}

/// The settings of a running sandbox.
pub(crate) struct Settings {
    pub(crate) url: String,
    /// The prefix of all API keys.
    pub(crate) key_prefix: String,
    pub(crate) style: ResponseStyle,
    pub(crate) page_limit: usize,
    pub(crate) allow_unmodelled: bool,
    /// `true` if the control interface is on.
    pub(crate) control: bool,
    pub(crate) data: Option<PathBuf>,
}

/// The state of a tenant.
pub(crate) struct TenantState {
    pub(crate) name: String,
    pub(crate) store: Mutex<Store>,
    pub(crate) replies: Replies,
}

impl TenantState {
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    pub(crate) fn new(api: &'static Api, settings: Settings, seed: u64, throttle: Option<Throttle>) -> Self {
        Shared {
            api,
            settings,
            tenants: Mutex::default(),
            faults: Faults::new(seed),
            throttle,
            log: Log::default(),
            responses: AtomicU64::new(0),
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
            let store = Mutex::new(Store::new(self.api.links()));
            Arc::new(TenantState { name: name.to_owned(), store, replies: Replies::default() })
        };
        self.tenants().entry(name.to_owned()).or_insert_with(new).clone()
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
