//! The books of a tenant.

use campfire_sandbox_model::SumTerm;
use campfire_values::Decimal;

use crate::messages::reply::Reply;
use crate::model::api::Api;
use crate::model::ledger::ENTITIES;
use crate::records::validate;
use crate::records::view::View;
use crate::response_style::ResponseStyle;
use crate::state::store::Store;

/// The books of a tenant: its store, and the model that tells documents from other records.
pub(crate) struct Books<'a> {
    pub(crate) api: &'static Api,
    pub(crate) store: &'a mut Store,
    pub(crate) style: ResponseStyle,
}

impl Books<'_> {
    pub(crate) fn view(&self) -> View<'_> {
        View::new(self.api, self.store, self.style)
    }

    /// Returns the currency of an entity, unless it is unknown.
    pub(crate) fn entity_currency(&self, entity: Option<i64>) -> Option<&str> {
        self.store.get(ENTITIES, entity?)?.fields.text("currency")
    }

    /// Returns the currency of the root entity, unless there are no entities.
    pub(crate) fn root_currency(&self) -> Option<&str> {
        let mut entities = self.store.live(ENTITIES).map(|(_, entity)| &entity.fields);
        entities.find(|entity| entity.integer("parent").is_none())?.text("currency")
    }

    /// Returns a decimal field of a record as it is shown.
    pub(crate) fn amount(&self, resource: &str, id: i64, name: &str) -> Decimal {
        let view = View::new(self.api, self.store, ResponseStyle::Documented);
        let record = self.store.get(resource, id);
        record.and_then(|record| view.field(resource, id, record, name).as_decimal()).unwrap_or_default()
    }

    /// Refuses a record that takes a total out of its documented range: its own, or one of a record that it references.
    pub(crate) fn check_totals(&self, resource: &str, id: i64) -> Result<(), Reply> {
        let Some(record) = self.store.get(resource, id) else { return Ok(()) };
        for (owner, field) in self.api.sums() {
            let referenced = field.sum.iter().filter_map(|term| match term {
                SumTerm::Related(related) if related.resource == resource => record.fields.integer(&related.by),
                _ => None,
            });
            let own = (owner == resource).then_some(id);
            for id in referenced.chain(own) {
                let amount = self.amount(owner, id, &field.name);
                if validate::bounds(field, amount).is_err() {
                    return Err(Reply::out_of_range(&field.name, amount));
                }
            }
        }
        Ok(())
    }
}
