//! What a sandbox begins with: the tenants of its data file, and its demo company.

use std::collections::BTreeMap;

use crate::demo::history;
use crate::error::Error;
use crate::model::ledger::LINES;
use crate::server::persistence;
use crate::server::shared::{FIRST_TENANT, Shared, TenantState};
use crate::state::store::Store;

/// Begins anew with all tenants. Changes nothing if that fails.
pub(crate) fn all(shared: &Shared) -> Result<(), Error> {
    shared.begin(stores(shared)?);
    Ok(())
}

/// Begins anew with one tenant. Changes nothing if that fails.
pub(crate) fn one(shared: &Shared, tenant: &TenantState) -> Result<(), Error> {
    let store = stores(shared)?.remove(&tenant.name);
    tenant.replace(store.unwrap_or_else(|| shared.new_store(&tenant.name)));
    Ok(())
}

fn stores(shared: &Shared) -> Result<BTreeMap<String, Store>, Error> {
    let mut stores = persistence::read(shared)?;
    let first = stores.entry(FIRST_TENANT.to_owned()).or_insert_with(|| shared.new_store(FIRST_TENANT));
    if let Some(demo) = &shared.settings.demo
        && first.live(LINES).next().is_none()
    {
        history::create(demo, shared.api, first)?;
    }
    Ok(stores)
}
