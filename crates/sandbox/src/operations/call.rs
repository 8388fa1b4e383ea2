//! A call: an operation, its parameters, and its caller.

use campfire_sandbox_model::{Operation, Response, Type};
use campfire_values::Json;

use crate::accounting::books::Books;
use crate::messages::query::Query;
use crate::messages::reply::Reply;
use crate::model::api::Api;
use crate::operations::route::Route;
use crate::records::computed;
use crate::records::shown::Shown;
use crate::records::view::View;
use crate::response_style::ResponseStyle;
use crate::role::Role;
use crate::state::record::Record;
use crate::state::store::Store;

/// The caller of an operation, and the settings that apply to the response.
pub(crate) struct Caller<'a> {
    pub(crate) api: &'static Api,
    /// The URL of the sandbox.
    pub(crate) server: &'a str,
    pub(crate) style: ResponseStyle,
    pub(crate) page_limit: usize,
    pub(crate) role: Role,
    /// `true` if operations that the sandbox does not model get canned responses.
    pub(crate) allow_unmodelled: bool,
}

/// A call of an operation.
pub(super) struct Call<'a> {
    pub(super) caller: &'a Caller<'a>,
    pub(super) route: &'a Route,
    /// The records in the path: the numbers of the records by parameter.
    pub(super) ids: Vec<(&'static str, i64)>,
    pub(super) query: Query,
    pub(super) path: &'a str,
}

impl<'a> Call<'a> {
    pub(super) fn api(&self) -> &'static Api {
        self.caller.api
    }

    pub(super) fn operation(&self) -> &'static Operation {
        self.route.operation
    }

    /// Returns the resource whose records the operation creates and shows.
    pub(super) fn resource(&self) -> &'static str {
        let operation = self.operation();
        operation.effect.records.of.as_deref().unwrap_or(operation.resource())
    }

    /// Returns the id that the path ends with or acts on.
    pub(super) fn subject(&self) -> Option<i64> {
        self.ids.last().map(|(_, id)| *id)
    }

    /// Returns the id of the record that the path names. A resource whose paths have no id has only one record.
    pub(super) fn record_id(&self) -> i64 {
        self.subject().unwrap_or(1)
    }

    pub(super) fn books<'s>(&self, store: &'s mut Store) -> Books<'s> {
        Books { api: self.api(), store, style: self.caller.style }
    }

    pub(super) fn view<'s>(&self, store: &'s Store) -> View<'s> {
        View::new(self.api(), store, self.caller.style)
    }

    /// Returns the schema of the records in the response.
    pub(super) fn response_schema(&self, resource: &str) -> &str {
        match &self.operation().response {
            Response::Value { ty: Type::Object(schema) }
            | Response::Page { ty: Type::Object(schema) }
            | Response::List { ty: Type::Object(schema) } => schema,
            _ => self.api().record_schema(resource).unwrap_or_default(),
        }
    }

    /// Returns a record as the response shows it.
    pub(super) fn shown<'s>(&self, store: &'s Store, resource: &str, id: i64, record: &'s Record) -> Shown<'s> {
        self.view(store).record(resource, self.response_schema(resource), id, record)
    }

    /// Replies with a value.
    pub(super) fn reply(&self, value: &Json) -> Reply {
        Reply::json(self.operation().status, value)
    }

    /// Replies with a value that is computed.
    pub(super) fn reply_with_computed(&self, value: Json) -> Result<Reply, Reply> {
        let shown = |ty: &Type, value: Json| computed::shown(self.api(), self.caller.style, ty, value);
        let value = match (&self.operation().response, value) {
            (Response::Value { ty }, value) => shown(ty, value)?,
            (Response::Page { ty }, Json::Object(mut page)) => {
                if let Some(results) = page.get_mut("results") {
                    *results = shown(&Type::List(Box::new(ty.clone())), std::mem::take(results))?;
                }
                Json::Object(page)
            }
            (_, value) => value,
        };
        Ok(self.reply(&value))
    }

    /// Replies with a record.
    pub(super) fn reply_with_record(&self, store: &Store, resource: &str, id: i64) -> Result<Reply, Reply> {
        let record = store.get(resource, id).ok_or_else(Reply::not_found)?;
        Ok(self.reply(&self.shown(store, resource, id, record).into_json()))
    }
}
