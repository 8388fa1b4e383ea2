//! The data file.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;

use campfire_values::{Json, JsonObject};

use crate::accounting::audit;
use crate::accounting::books::Books;
use crate::error::Error;
use crate::server::shared::Shared;
use crate::state::snapshot;
use crate::state::store::Store;

/// Writes all tenants to the data file, if there is one.
pub(crate) fn save(shared: &Shared) -> Result<(), Error> {
    let Some(path) = &shared.settings.data else { return Ok(()) };
    let tenants = shared.tenants();
    let snapshots = tenants.iter().map(|(name, tenant)| (name.clone(), snapshot::take(&tenant.store())));
    let snapshots = Json::Object(snapshots.collect());
    let text = Json::Object(JsonObject::from([("tenants".to_owned(), snapshots)])).to_string();
    // Renamed into place, so that a crash leaves no partial file.
    let temporary = path.with_extension("part");
    let written = fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| Error::Data(path.display().to_string(), error.to_string()))
}

/// Reads all tenants from the data file, if there is one.
pub(crate) fn read(shared: &Shared) -> Result<BTreeMap<String, Store>, Error> {
    let Some(path) = &shared.settings.data else { return Ok(BTreeMap::new()) };
    let invalid = |reason: String| Error::Data(path.display().to_string(), reason);
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(invalid(error.to_string())),
    };
    let data = Json::from_slice(&text).map_err(|error| invalid(error.to_string()))?;
    let tenants = data.get("tenants").and_then(Json::as_object);
    let tenants = tenants.ok_or_else(|| invalid("`tenants` is missing".to_owned()))?;
    let stores = tenants.iter().map(|(name, snapshot)| Ok((name.clone(), restored(shared, name, snapshot)?)));
    stores.collect::<Result<_, String>>().map_err(invalid)
}

/// Reads a snapshot of a tenant, whose books must balance.
///
/// # Errors
/// The reason why it is not a snapshot, or the entry that does not balance.
pub(crate) fn restored(shared: &Shared, tenant: &str, json: &Json) -> Result<Store, String> {
    let mut store = snapshot::read(shared.api, json, shared.seed(tenant))?;
    audit::check(&Books { api: shared.api, store: &mut store, style: shared.settings.style })?;
    Ok(store)
}
