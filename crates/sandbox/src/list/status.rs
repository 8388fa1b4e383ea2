//! The `status` filter of invoices and bills.

use crate::records::document_fields::SETTLED;
use crate::records::view::View;
use crate::state::record::Record;

/// Returns `true` if an invoice or bill has a status, or belongs to an age bucket such as `31_60` or `over_120`.
pub(super) fn matches(view: View<'_>, resource: &str, id: i64, record: &Record, wanted: &str) -> bool {
    let field = |name: &str| view.field(resource, id, record, name);
    let status = field("status");
    let days_past_due = field("past_due_days").as_i64().unwrap_or_default();
    match wanted {
        "current" => days_past_due == 0,
        "unpaid" => !SETTLED.iter().any(|settled| *status == **settled),
        "past_due" => days_past_due > 0,
        "over_120" => days_past_due > 120,
        other => match other.split_once('_').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?))) {
            Some((from, to)) => (from..=to).contains(&days_past_due),
            None => *status == *other,
        },
    }
}
