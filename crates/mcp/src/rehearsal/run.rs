//! Performing a write in a sandbox.

use campfire::sandbox::{ResponseStyle, Sandbox, Tenant};
use campfire::{Client, Date, Json, RetryPolicy};
use uuid::Uuid;

use crate::options::Options;
use crate::refusal::Refusal;
use crate::rehearsal::changes::Changes;
use crate::rehearsal::copy::{self, Copy};
use crate::rehearsal::trial_balance::{self, Period, Row};
use crate::request::Request;

/// The status with which the sandbox responds to what it does not model.
const NOT_MODELLED: u16 = 501;

/// What a write does in the sandbox.
pub(crate) struct Rehearsal {
    pub(crate) copy: Copy,
    pub(crate) ending: Ending,
}

/// How a write ends in the sandbox.
pub(crate) enum Ending {
    /// The sandbox does not model the operation.
    NotModelled,
    /// The sandbox refuses it.
    Refused(String),
    /// It changes records.
    Done {
        response: Json,
        changes: Changes,
        /// The rows of the trial balance that change, if anything is posted.
        trial_balance: Option<(Period, Vec<Row>)>,
        /// Why the balances of the server are unknown.
        unknown_balances: Option<String>,
    },
}

/// Performs a write in a sandbox that holds a copy of the records it concerns.
pub(crate) async fn rehearse(client: &Client, request: &Request, options: &Options) -> Result<Rehearsal, Refusal> {
    let copy = copy::read(client, request, options).await?;
    let sandbox = Sandbox::builder().response_style(ResponseStyle::Documented).start().await.map_err(broken)?;
    // The name is part of the API key, so that no other program on this machine can read the copy.
    let tenant = sandbox.add_tenant(&Uuid::new_v4().simple().to_string());
    tenant.adopt(&copy.records).map_err(broken)?;
    let before = tenant.snapshot();
    let in_sandbox = tenant.client().map_err(broken)?;
    let response = match request.call(&in_sandbox)?.retry(RetryPolicy::none()).send().await {
        Ok(response) => response.into_inner(),
        Err(error) if error.status().is_some_and(|status| status == NOT_MODELLED) => {
            return Ok(Rehearsal { copy, ending: Ending::NotModelled });
        }
        Err(error) => return Ok(Rehearsal { copy, ending: Ending::Refused(error.to_string()) }),
    };
    let changes = Changes::between(&before, &tenant.snapshot());
    let (mut trial_balance, mut unknown_balances) = (None, None);
    if let Some(period) = changes.days().map(period) {
        let server = trial_balance::read(client, period).await;
        unknown_balances = server.as_ref().err().map(ToString::to_string);
        let rows = compare(&tenant, &in_sandbox, &before, period, server.ok().as_ref()).await?;
        trial_balance = Some((period, rows));
    }
    Ok(Rehearsal { copy, ending: Ending::Done { response, changes, trial_balance, unknown_balances } })
}

/// Returns the rows of the trial balance that change. The state returns to what it was before the write.
async fn compare(
    tenant: &Tenant,
    in_sandbox: &Client,
    before: &Json,
    period: Period,
    server: Option<&Json>,
) -> Result<Vec<Row>, Refusal> {
    let after = trial_balance::read(in_sandbox, period).await?;
    tenant.restore(before).map_err(broken)?;
    let before = trial_balance::read(in_sandbox, period).await?;
    trial_balance::compare(&before, &after, server)
}

/// Returns the period of the trial balance: from the first day of the year, so that income is that of the year.
fn period((first, last): (Date, Date)) -> Period {
    let from = first.to_string().get(..4).and_then(|year| format!("{year}-01-01").parse().ok()).unwrap_or(first);
    Period { from, to: last }
}

fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(format!("no preview: {error}"))
}
