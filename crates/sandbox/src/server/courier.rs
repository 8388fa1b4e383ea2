//! The task that delivers the events of all tenants.

use std::sync::Arc;
use std::time::Duration;

use crate::server::shared::{Shared, TenantState};
use crate::webhooks::delivery;

/// Delivers events when they occur and when a further attempt is due, until the task is aborted.
pub(crate) async fn run(shared: Arc<Shared>) {
    loop {
        let tenants: Vec<Arc<TenantState>> = shared.tenants().values().cloned().collect();
        for tenant in &tenants {
            deliver(tenant).await;
        }
        // Without an attempt to come, there is no timer: one that runs would keep a paused clock of tokio going.
        match tenants.iter().filter_map(|tenant| delivery::wait(&tenant.store)).min() {
            Some(wait) => {
                let _ = tokio::time::timeout(wait.max(Duration::from_secs(1)), shared.events.notified()).await;
            }
            None => shared.events.notified().await,
        }
    }
}

/// Delivers the events of a tenant that are due. Waits for a delivery that is under way.
pub(crate) async fn deliver(tenant: &TenantState) {
    let _turn = tenant.delivering.lock().await;
    delivery::deliver(&tenant.store).await;
}
