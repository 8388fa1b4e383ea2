//! The user that a key belongs to.

use campfire_values::Json;

use crate::messages::reply::Reply;
use crate::model::ledger::ENTITIES;
use crate::operations::call::Call;
use crate::records::placeholder;
use crate::role::Role;
use crate::state::store::Store;

/// The company, as long as it has no entity.
const COMPANY: &str = "Sandbox";

/// Replies with the user of the key and the company: a user per role, and the name and the currency of the first entity.
pub(super) fn reply(call: &Call<'_>, store: &Store) -> Reply {
    let role = call.caller.role;
    let user = Role::ALL.iter().position(|other| *other == role).unwrap_or_default();
    let entity = store.live(ENTITIES).next().map(|(_, entity)| &entity.fields);
    let text = |field: &str| entity.and_then(|entity| entity.text(field)).map(Json::from);
    let known = [
        ("user_id", Json::from(user as i64 + 1)),
        ("email", Json::from(format!("{}@sandbox.invalid", role.name()))),
        ("customer_id", Json::from(1)),
        ("customer_name", text("name").unwrap_or_else(|| Json::from(COMPANY))),
        ("root_entity", text("name").unwrap_or_default()),
        ("root_currency", text("currency").unwrap_or_else(|| Json::from("USD"))),
        ("fiscal_year_month", Json::from(1)),
        ("fiscal_year_day", Json::from(1)),
        ("uncategorized_account", Json::Null),
    ];
    let mut body = placeholder::body(call.api(), &call.operation().response);
    if let Json::Object(fields) = &mut body {
        // The description decides which of them there are.
        for (name, value) in known {
            if fields.contains_key(name) {
                fields.insert(name.to_owned(), value);
            }
        }
    }
    call.reply(&body)
}
