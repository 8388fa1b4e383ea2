//! From stored records to the records in responses.

use std::borrow::Cow;

use campfire_sandbox_model::{Field, FieldPath, LedgerValue, RelatedField, Schema, SumTerm, Type};
use campfire_values::{Date, Decimal, Json, JsonObject, Timestamp};

use crate::model::api::{Api, is_integer_id};
use crate::model::ledger::ACCOUNTS;
use crate::records::ledger_value::{self, Found};
use crate::records::placeholder::{self, DEPTH};
use crate::records::shown::Shown;
use crate::records::unmodelled::asks_for_something;
use crate::records::{document_fields, key, surprise};
use crate::response_style::ResponseStyle;
use crate::state::fields::Fields;
use crate::state::markers;
use crate::state::record::{Record, Seconds, server_time};
use crate::state::store::Store;

/// The store as responses show it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) api: &'static Api,
    pub(crate) store: &'a Store,
    pub(crate) style: ResponseStyle,
    pub(crate) today: Date,
    /// `true` for records that another one lists.
    pub(super) is_within: bool,
}

/// A record, or an object inside a record.
#[derive(Clone, Copy)]
struct Source<'a> {
    values: Values<'a>,
    id: i64,
    /// Creation and modification; nested objects have none.
    times: Option<(Seconds, Seconds)>,
}

#[derive(Clone, Copy)]
enum Values<'a> {
    Record(&'a Fields),
    Nested(&'a JsonObject),
}

/// Returns the items of a list, or the value itself; nothing for null.
fn flat(value: Json) -> Vec<Json> {
    match value {
        Json::Null => Vec::new(),
        Json::Array(items) => items,
        value => vec![value],
    }
}

impl<'a> Source<'a> {
    fn record(id: i64, record: &'a Record) -> Self {
        Source { values: Values::Record(&record.fields), id, times: Some((record.created, record.modified)) }
    }

    fn nested(object: &'a JsonObject) -> Self {
        let id = object.get("id").and_then(Json::as_i64).unwrap_or_default();
        Source { values: Values::Nested(object), id, times: None }
    }

    fn get(self, name: &str) -> Option<&'a Json> {
        match self.values {
            Values::Record(fields) => fields.get(name),
            Values::Nested(object) => object.get(name).filter(|value| !value.is_null()),
        }
    }

    /// Returns a field, or the link that it is another name for: `invoice` for `invoice_id`.
    fn get_or_link(self, name: &str) -> Option<&'a Json> {
        self.get(name).or_else(|| self.get(name.strip_suffix("_id")?).filter(|value| value.as_i64().is_some()))
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(api: &'static Api, store: &'a Store, style: ResponseStyle) -> Self {
        View { api, store, style, today: store.today(), is_within: false }
    }

    /// Returns a record of a resource with the fields of a schema.
    pub(crate) fn record(self, resource: &str, schema: &str, id: i64, record: &'a Record) -> Shown<'a> {
        let shown_schema = self.api.schema(schema);
        let own_schema = self.api.record_schema(resource).filter(|own| *own != schema).map(|own| self.api.schema(own));
        let mut shown = self.object(shown_schema, own_schema, Source::record(id, record), DEPTH);
        // Custom fields, and fields that a test has seeded.
        for (name, value) in record.fields.iter() {
            let mut schemas = own_schema.into_iter().chain([shown_schema]);
            if !markers::is_marker(name) && schemas.all(|schema| schema.field(name).is_none()) {
                shown.0.push((name, Cow::Borrowed(value)));
            }
        }
        if self.style == ResponseStyle::Observed {
            surprise::add(self.api, schema, id, &mut shown);
        }
        shown
    }

    /// Returns one field of a record as it is shown, null if it has no value.
    pub(crate) fn field(self, resource: &str, id: i64, record: &'a Record, name: &str) -> Cow<'a, Json> {
        let schema = self.api.records_of(resource);
        let source = Source::record(id, record);
        match schema.field(name) {
            Some(field) => self.value(schema, field, source, DEPTH),
            None => match source.get_or_link(name) {
                Some(value) => Cow::Borrowed(value),
                None => Cow::Owned(self.undocumented(schema, source, name)),
            },
        }
    }

    /// Returns a field that the schema of a document does not have, but that follows from those it has.
    fn undocumented(self, schema: Schema<'static>, source: Source<'a>, name: &str) -> Json {
        let other = |name: &str| self.sibling(schema, source, name, DEPTH);
        let value = |kind| document_fields::value(kind, name, self.today, self.style, other);
        schema.document().and_then(value).unwrap_or_default()
    }

    /// Returns a field as it is stored, or as it is shown if it is not stored. Filters and sort keys use this.
    pub(crate) fn stored_or_computed(self, resource: &str, id: i64, record: &Record, name: &str) -> Json {
        let value =
            record.fields.get(name).cloned().unwrap_or_else(|| self.field(resource, id, record, name).into_owned());
        if !value.is_null() || self.style != ResponseStyle::Documented {
            return value;
        }
        // Responses show a state even where nothing is stored, and filters must find it. Other placeholders mean nothing.
        let field = self.api.records_of(resource).field(name);
        let state = field.filter(|field| !field.nullable && matches!(field.ty, Type::Enum(_)));
        state.map_or(Json::Null, |field| placeholder::value(self.api, &field.ty, None, DEPTH))
    }

    /// Returns the values at a path: of a field (`posted_at`), of the items of a list (`lines.tag_ids`), or of a referenced
    /// record (`client.parent`).
    pub(crate) fn values(self, resource: &str, id: i64, record: &Record, path: &str) -> Vec<Json> {
        let Some((name, rest)) = path.split_once('.') else {
            return flat(self.stored_or_computed(resource, id, record, path));
        };
        let target = self.api.records_of(resource).field(name).and_then(|field| field.references.as_deref());
        let values = flat(self.field(resource, id, record, name).into_owned()).into_iter();
        let values = values.flat_map(|value| match (value.as_i64(), target) {
            (Some(id), Some(target)) => {
                self.store.get(target, id).map_or_else(Vec::new, |record| self.values(target, id, record, rest))
            }
            _ => rest.split('.').fold(vec![value], |values, name| {
                values.iter().filter_map(|value| value.get(name).cloned()).flat_map(flat).collect()
            }),
        });
        values.collect()
    }

    /// Returns a time in the form of the live server or of the reference.
    pub(crate) fn time(self, time: Seconds) -> Json {
        match (self.style, Timestamp::from_unix_seconds(time)) {
            (ResponseStyle::Documented, Some(time)) => Json::from(time.to_string()),
            _ => server_time(time),
        }
    }

    /// Returns the fields of the schema `shown`, with values as the schema `own` defines them, if it is another one.
    fn object(
        self,
        shown: Schema<'static>,
        own: Option<Schema<'static>>,
        source: Source<'a>,
        depth: usize,
    ) -> Shown<'a> {
        let mut fields = Vec::with_capacity(shown.fields().len());
        for field in shown.fields().iter().filter(|field| !field.write_only) {
            let value = match own.and_then(|own| Some((own, own.field(&field.name)?))) {
                Some((own, own_field)) => self.value(own, own_field, source, depth),
                None => self.value(shown, field, source, depth),
            };
            if let Some(value) = self.present(field, value, depth) {
                fields.push((field.name.as_str(), value));
            }
        }
        Shown(fields)
    }

    /// Handles a null in a field that is documented as not null. `None` leaves the field out.
    fn present(self, field: &Field, value: Cow<'a, Json>, depth: usize) -> Option<Cow<'a, Json>> {
        if !value.is_null() || field.nullable || field.identity {
            return Some(value);
        }
        match self.style {
            // The live server leaves out fields that it reads through a null link.
            ResponseStyle::Observed if field.read_only => None,
            ResponseStyle::Observed => Some(value),
            ResponseStyle::Documented => {
                Some(Cow::Owned(placeholder::value(self.api, &field.ty, field.format.as_deref(), depth)))
            }
        }
    }

    /// Returns a field as it is shown: what a rule says, or else what is stored, or else what it is computed from.
    fn value(self, schema: Schema<'static>, field: &'static Field, source: Source<'a>, depth: usize) -> Cow<'a, Json> {
        if let Some(value) = self.ruled(schema, field, source, depth) {
            return Cow::Owned(value);
        }
        match source.get_or_link(&field.name) {
            Some(value) => self.formatted(field, value, depth),
            None => self.computed(schema, field, source, depth),
        }
    }

    /// Returns another field of the same record, null if its schema does not have it.
    fn sibling(self, schema: Schema<'static>, source: Source<'a>, name: &str, depth: usize) -> Json {
        schema.field(name).map_or(Json::Null, |field| self.value(schema, field, source, depth).into_owned())
    }

    /// Returns a field whose stored value, if there is any, is not what is shown.
    fn ruled(self, schema: Schema<'static>, field: &'static Field, source: Source<'a>, depth: usize) -> Option<Json> {
        if is_integer_id(field) {
            return Some(Json::from(source.id));
        }
        if field.identity && source.times.is_some() && source.get(&field.name).is_none() {
            return Some(key::made(field, source.id));
        }
        if let Some(path) = &field.collects {
            return Some(self.collected(path, field, source.id));
        }
        if field.read_only
            && field.name == "tags"
            && let Some(ids) = source.get("tag_ids")
        {
            return Some(self.tags(&field.ty, ids));
        }
        let other = |name: &str| self.sibling(schema, source, name, depth);
        document_fields::value(schema.document()?, &field.name, self.today, self.style, other)
    }

    /// Returns a field of which nothing is stored.
    fn computed(
        self,
        schema: Schema<'static>,
        field: &'static Field,
        source: Source<'a>,
        depth: usize,
    ) -> Cow<'a, Json> {
        // A copy of another server lacks the lines that these add up.
        if let Some(value) = field.ledger.filter(|_| !self.store.is_copy) {
            return self.ledger(value, source.id);
        }
        if let Some(parent) = &field.lineage {
            return Cow::Owned(self.lineage(schema, parent, source));
        }
        if !field.sum.is_empty() {
            let sum = self.sum(schema, field, source, depth);
            let sum = sum.map(|sum| if field.nonnegative { sum.max(Decimal::ZERO) } else { sum });
            return Cow::Owned(match &field.ty {
                Type::String => sum.map_or(Json::Null, |sum| Json::from(sum.to_string())),
                _ => sum.map_or(Json::Null, Json::from),
            });
        }
        if let Some(path) = &field.derived {
            return self.derived(schema, source, path, depth);
        }
        Cow::Owned(match (field.name.as_str(), source.times) {
            ("created_at", Some((created, _))) => self.time(created),
            ("last_modified_at", Some((_, modified))) => self.time(modified),
            _ if field.read_only => placeholder::initial(field),
            _ => Json::Null,
        })
    }

    /// Returns a stored value in the form in which it is sent.
    fn formatted(self, field: &Field, value: &'a Json, depth: usize) -> Cow<'a, Json> {
        match (&field.ty, value) {
            (Type::Timestamp, Json::String(text)) if self.style == ResponseStyle::Documented => {
                match text.parse::<Timestamp>() {
                    Ok(time) => Cow::Owned(Json::from(time.to_string())),
                    Err(_) => Cow::Borrowed(value),
                }
            }
            // Some ids are strings.
            (Type::String, Json::Number(number)) => Cow::Owned(Json::from(number.as_str())),
            (ty, value) => self.nested(ty, value, depth),
        }
    }

    /// Returns a value with its nested objects, which have computed fields of their own.
    fn nested(self, ty: &Type, value: &'a Json, depth: usize) -> Cow<'a, Json> {
        match (ty, value) {
            (Type::List(inner), Json::Array(items)) if matches!(**inner, Type::List(_) | Type::Object(_)) => {
                let items = items.iter().map(|item| self.nested(inner, item, depth).into_owned());
                Cow::Owned(Json::Array(items.collect()))
            }
            (Type::Object(schema), Json::Object(object)) if depth > 0 => {
                let schema = self.api.schema(schema);
                let mut shown = self.object(schema, None, Source::nested(object), depth - 1);
                let others = object.iter().filter(|(name, _)| schema.field(name).is_none());
                shown.0.extend(others.map(|(name, value)| (name.as_str(), Cow::Borrowed(value))));
                Cow::Owned(shown.into_json())
            }
            _ => Cow::Borrowed(value),
        }
    }

    /// Returns the records that reference this one.
    fn collected(self, path: &FieldPath, field: &Field, id: i64) -> Json {
        let Type::List(items) = &field.ty else { return Json::Null };
        let Type::Object(schema) = &**items else { return Json::Null };
        let view = View { is_within: true, ..self };
        let is_wanted = |record: &Record| {
            let has_any = |(name, texts): (&String, &Vec<String>)| {
                record.fields.text(name).is_some_and(|text| texts.iter().any(|allowed| allowed == text))
            };
            field.filter.iter().all(has_any)
        };
        let records = self.store.linked(&path.owner, &path.field, id).filter(|(_, record)| is_wanted(record));
        Json::Array(records.map(|(id, record)| view.record(&path.owner, schema, id, record).into_json()).collect())
    }

    /// Returns what the ledger says of an account or a line.
    fn ledger(self, value: LedgerValue, id: i64) -> Cow<'a, Json> {
        match ledger_value::find(self.store, self.today, value, id) {
            Found::Amount(amount) => Cow::Owned(amount.map_or(Json::Null, Json::from)),
            // Lines within their entry do not show the other side.
            Found::Account(Some(account), name) if !self.is_within => match self.store.get(ACCOUNTS, account) {
                Some(record) => self.field(ACCOUNTS, account, record, name),
                None => Cow::Owned(Json::Null),
            },
            Found::Account(..) | Found::Report(None, _) => Cow::Owned(Json::Null),
            Found::Report(Some(report), name) => report.get(name).map_or(Cow::Owned(Json::Null), Cow::Borrowed),
        }
    }

    /// Returns the ids from the topmost record to this one, as text.
    fn lineage(self, schema: Schema<'static>, parent: &str, source: Source<'a>) -> Json {
        let resource = schema.field(parent).and_then(|field| field.references.as_deref()).unwrap_or_default();
        let mut ids = vec![source.id];
        let mut above = source.get(parent).and_then(Json::as_i64);
        // Records may be above each other.
        while let Some(id) = above.filter(|id| !ids.contains(id)) {
            ids.push(id);
            above = self.store.get(resource, id).and_then(|record| record.fields.integer(parent));
        }
        Json::Array(ids.iter().rev().map(|id| Json::from(id.to_string())).collect())
    }

    /// Returns the tags that `tag_ids` names.
    fn tags(self, ty: &Type, ids: &Json) -> Json {
        let Type::List(items) = ty else { return Json::Null };
        let Type::Object(schema) = &**items else { return ids.clone() };
        let ids = ids.as_array().unwrap_or_default().iter().filter_map(Json::as_i64);
        let tags = ids.filter_map(|id| Some((id, self.store.get("tags", id)?)));
        Json::Array(tags.map(|(id, tag)| self.record("tags", schema, id, tag).into_json()).collect())
    }

    /// Returns a field of the record that a sibling references.
    fn derived(self, schema: Schema<'static>, source: Source<'a>, path: &FieldPath, depth: usize) -> Cow<'a, Json> {
        let Some(sibling) = schema.field(&path.owner) else { return Cow::Owned(Json::Null) };
        let Some(resource) = sibling.references.as_deref() else { return Cow::Owned(Json::Null) };
        let id = match source.get_or_link(&path.owner) {
            Some(value) => value.as_i64(),
            None if depth > 0 && sibling.is_computed() => self.value(schema, sibling, source, depth - 1).as_i64(),
            None => None,
        };
        match id.and_then(|id| Some((id, self.store.get(resource, id)?))) {
            Some((id, record)) => self.field(resource, id, record, &path.field),
            None => Cow::Owned(Json::Null),
        }
    }

    fn sum(self, schema: Schema<'static>, field: &Field, source: Source<'a>, depth: usize) -> Option<Decimal> {
        let depth = depth.checked_sub(1)?;
        let mut total = Decimal::ZERO;
        for term in &field.sum {
            let (value, is_subtracted) = match term {
                SumTerm::Own(path) => {
                    let (path, is_subtracted) = path.strip_prefix('-').map_or((&**path, false), |path| (path, true));
                    (self.own_term(schema, path, source, depth)?, is_subtracted)
                }
                SumTerm::Related(related) => (self.related_term(related, source.id)?, related.minus),
            };
            total = if is_subtracted { total.checked_sub(value)? } else { total.checked_add(value)? };
        }
        Some(total)
    }

    /// Returns `total_amount`, or the sum of `lines.amount`, of the record itself.
    fn own_term(self, schema: Schema<'static>, path: &str, source: Source<'a>, depth: usize) -> Option<Decimal> {
        match path.split_once('.') {
            Some((list, name)) => {
                let items = source.get(list).and_then(Json::as_array).unwrap_or_default();
                Decimal::checked_sum(items.iter().filter_map(|item| item.get(name)?.as_decimal()))
            }
            None => {
                let field = schema.field(path)?;
                Some(self.value(schema, field, source, depth).as_decimal().unwrap_or_default())
            }
        }
    }

    /// Returns the sum of a field over the records that reference this one.
    fn related_term(self, term: &RelatedField, id: i64) -> Option<Decimal> {
        let counts = |id: i64, record: &Record| {
            let is_set = |unless: &str| match unless.contains('.') {
                true => self.values(&term.resource, id, record, unless).iter().any(asks_for_something),
                false => record.fields.contains(unless),
            };
            let is_due = |until: &str| record.fields.date(until).is_none_or(|date| date <= self.today);
            !term.unless.as_deref().is_some_and(is_set) && term.until.as_deref().is_none_or(is_due)
        };
        let records = self.store.linked(&term.resource, &term.by, id).filter(|(id, record)| counts(*id, record));
        let amount = |(id, record): (i64, &Record)| match (term.of.split_once('.'), record.fields.decimal(&term.of)) {
            (Some((list, name)), _) => {
                Decimal::checked_sum(record.fields.items(list).iter().filter_map(|item| item.get(name)?.as_decimal()))
            }
            (None, Some(value)) => Some(value),
            (None, None) => self.field(&term.resource, id, record, &term.of).as_decimal(),
        };
        Decimal::checked_sum(records.filter_map(amount))
    }
}
