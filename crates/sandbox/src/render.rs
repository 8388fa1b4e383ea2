//! From what is stored to what is answered.

use std::borrow::Cow;

use super::ResponseStyle;
use super::accounting::document;
use super::fields::Fields;
use super::files;
use super::model::Model;
use super::store::{Record, Seconds, Store, wire_time};
use campfire_sandbox_model::{Field, FieldPath, RelatedField, Response, SumTerm, Type};
use campfire_values::{Date, Decimal, Json, JsonObject, Timestamp};

/// How deep schema-shaped fillings and sums of sums go: schemas may contain themselves.
const DEPTH: usize = 4;

/// One in so many answers of [`ResponseStyle::Observed`] has a surprise.
const SURPRISES: i64 = 32;

/// What answers are made from.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) model: &'static Model,
    pub(crate) store: &'a Store,
    pub(crate) style: ResponseStyle,
    pub(crate) today: Date,
}

/// A record, or an object inside of one.
#[derive(Clone, Copy)]
struct Source<'a> {
    members: Members<'a>,
    id: i64,
    times: Option<(Seconds, Seconds)>,
}

#[derive(Clone, Copy)]
enum Members<'a> {
    Stored(&'a Fields),
    Nested(&'a JsonObject),
}

impl<'a> Members<'a> {
    fn get(self, name: &str) -> Option<&'a Json> {
        match self {
            Members::Stored(fields) => fields.get(name),
            Members::Nested(object) => object.get(name).filter(|value| !value.is_null()),
        }
    }

    /// A member, or the one of which it is another name: `invoice_id` is `invoice`.
    fn get_or_alias(self, name: &str) -> Option<&'a Json> {
        self.get(name).or_else(|| self.get(name.strip_suffix("_id")?).filter(|value| value.as_i64().is_some()))
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(model: &'static Model, store: &'a Store, style: ResponseStyle) -> Self {
        View { model, store, style, today: store.today() }
    }

    /// A record of a resource, with the members that a schema lists.
    pub(crate) fn record(self, resource: &str, schema: &str, id: i64, record: &Record) -> Shown {
        let own = self.model.record_schema(resource).unwrap_or(schema);
        let source =
            Source { members: Members::Stored(&record.fields), id, times: Some((record.created, record.modified)) };
        let mut shown = self.object(schema, own, source, DEPTH);
        // Custom fields and what else no schema lists.
        for (name, value) in record.fields.iter() {
            // A name that begins with an underscore is the sandbox's own.
            if !name.starts_with('_')
                && self.model.field(own, name).is_none()
                && self.model.field(schema, name).is_none()
            {
                shown.0.push((Cow::Owned(name.to_owned()), value.clone()));
            }
        }
        if self.style == ResponseStyle::Observed {
            self.surprise(schema, id, &mut shown);
        }
        shown
    }

    /// The value of one member of a record, as it is shown; null where there is none.
    pub(crate) fn member(self, resource: &str, id: i64, record: &Record, name: &str) -> Json {
        let schema = self.model.record_schema(resource).unwrap_or_default();
        let source =
            Source { members: Members::Stored(&record.fields), id, times: Some((record.created, record.modified)) };
        match self.model.field(schema, name) {
            Some(field) => self.value(schema, field, source, DEPTH),
            None => source.members.get_or_alias(name).cloned().unwrap_or(Json::Null),
        }
    }

    /// The members that `shown` lists, valued as `own` defines them.
    fn object(self, shown: &str, own: &str, source: Source<'_>, depth: usize) -> Shown {
        let mut members = Vec::with_capacity(self.model.fields(shown).len());
        for field in self.model.fields(shown).iter().filter(|field| !field.write_only) {
            let own_field = if shown == own { None } else { self.model.field(own, &field.name) };
            let value = match own_field {
                Some(own_field) => self.value(own, own_field, source, depth),
                None => self.value(shown, field, source, depth),
            };
            if value.is_null() && !field.nullable && !field.identity {
                match self.style {
                    // Fields that are documented as always there are left out when the link behind them is null.
                    ResponseStyle::Observed if field.read_only => continue,
                    ResponseStyle::Observed => {}
                    ResponseStyle::Documented => {
                        let filling = filling(self.model, &field.ty, field.format.as_deref(), depth);
                        members.push((Cow::Borrowed(field.name.as_str()), filling));
                        continue;
                    }
                }
            }
            members.push((Cow::Borrowed(field.name.as_str()), value));
        }
        Shown(members)
    }

    fn value(self, schema: &str, field: &'static Field, source: Source<'_>, depth: usize) -> Json {
        if field.identity && field.name == "id" {
            return Json::from(source.id);
        }
        if let Some(path) = &field.collects {
            return self.collected(path, &field.ty, source.id);
        }
        if let Some(kind) = self.model.schema_document(schema)
            && let Some(value) = document::shown(kind, &field.name, self, |name| {
                self.model.field(schema, name).map_or(Json::Null, |field| self.value(schema, field, source, depth))
            })
        {
            return value;
        }
        if let Some(value) = source.members.get_or_alias(&field.name) {
            return self.sent_as(field, value, depth);
        }
        if !field.sum.is_empty() {
            let sum = self.sum(schema, field, source, depth);
            return sum.map_or(Json::Null, |sum| self.sent_as(field, &Json::from(sum), depth));
        }
        if let Some(derived) = &field.derived {
            return self.derive(schema, source, derived, depth);
        }
        match (field.name.as_str(), source.times) {
            ("created_at", Some((created, _))) => self.time(created),
            ("last_modified_at", Some((_, modified))) => self.time(modified),
            _ if field.read_only => initial(field),
            _ => Json::Null,
        }
    }

    /// An instant: as the live server writes it, or as the reference has it.
    pub(crate) fn time(self, time: Seconds) -> Json {
        match (self.style, Timestamp::from_unix_seconds(time)) {
            (ResponseStyle::Documented, Some(time)) => Json::from(time.to_string().as_str()),
            _ => wire_time(time),
        }
    }

    /// A stored value in the form in which it is sent.
    fn sent_as(self, field: &Field, value: &Json, depth: usize) -> Json {
        match (&field.ty, value) {
            (Type::Timestamp, Json::String(text)) if self.style == ResponseStyle::Documented => {
                match text.parse::<Timestamp>() {
                    Ok(time) => Json::from(time.to_string().as_str()),
                    Err(_) => value.clone(),
                }
            }
            // Some ids are texts.
            (Type::String, Json::Number(number)) => Json::from(number.as_str()),
            (ty, value) => self.nested(ty, value, depth),
        }
    }

    /// Objects inside of a record: they have links and sums of their own.
    fn nested(self, ty: &Type, value: &Json, depth: usize) -> Json {
        match (ty, value) {
            (Type::List(inner), Json::Array(items)) => {
                Json::Array(items.iter().map(|item| self.nested(inner, item, depth)).collect())
            }
            (Type::Object(schema), Json::Object(members)) if depth > 0 => {
                let id = members.get("id").and_then(Json::as_i64).unwrap_or_default();
                let source = Source { members: Members::Nested(members), id, times: None };
                let mut shown = self.object(schema, schema, source, depth - 1);
                for (name, value) in members {
                    if self.model.field(schema, name).is_none() {
                        shown.0.push((Cow::Owned(name.clone()), value.clone()));
                    }
                }
                shown.into_json()
            }
            _ => value.clone(),
        }
    }

    /// The records that name this one.
    fn collected(self, path: &FieldPath, ty: &Type, id: i64) -> Json {
        let (resource, by) = (&path.owner, &path.field);
        let schema = match ty {
            Type::List(inner) => match &**inner {
                Type::Object(schema) => schema,
                _ => return Json::Null,
            },
            _ => return Json::Null,
        };
        let rows = self.store.linked(resource, by, id);
        Json::Array(rows.map(|(id, record)| self.record(resource, schema, id, record).into_json()).collect())
    }

    /// The property of the record that a sibling references.
    fn derive(self, schema: &str, source: Source<'_>, derived: &FieldPath, depth: usize) -> Json {
        let (sibling, property) = (&derived.owner, &derived.field);
        let Some(field) = self.model.field(schema, sibling) else { return Json::Null };
        let Some(resource) = field.references.as_deref() else { return Json::Null };
        let id = match source.members.get_or_alias(sibling) {
            Some(value) => value.as_i64(),
            None if depth > 0 && field.is_computed() => self.value(schema, field, source, depth - 1).as_i64(),
            None => None,
        };
        match id.and_then(|id| Some((id, self.store.get(resource, id)?))) {
            Some((id, record)) => self.member(resource, id, record, property),
            None => Json::Null,
        }
    }

    fn sum(self, schema: &str, field: &Field, source: Source<'_>, depth: usize) -> Option<Decimal> {
        let depth = depth.checked_sub(1)?;
        let mut total = Decimal::ZERO;
        for term in &field.sum {
            let (value, minus) = match term {
                SumTerm::Own(path) => {
                    let (minus, path) = path.strip_prefix('-').map_or((false, path.as_str()), |path| (true, path));
                    let value = match path.split_once('.') {
                        Some((list, member)) => {
                            let items = source.members.get(list).and_then(Json::as_array).unwrap_or_default();
                            Decimal::checked_sum(items.iter().filter_map(|item| item.get(member)?.as_decimal()))?
                        }
                        None => {
                            let field = self.model.field(schema, path)?;
                            self.value(schema, field, source, depth).as_decimal().unwrap_or_default()
                        }
                    };
                    (value, minus)
                }
                SumTerm::Related(RelatedField { of, resource, by, unless, minus }) => {
                    let counted =
                        |record: &&Record| unless.as_deref().is_none_or(|unless| record.fields.get(unless).is_none());
                    let rows = self.store.linked(resource, by, source.id).filter(|(_, record)| counted(record));
                    let values = rows.filter_map(|(id, record)| match record.fields.decimal(of) {
                        Some(value) => Some(value),
                        None => self.member(resource, id, record, of).as_decimal(),
                    });
                    (Decimal::checked_sum(values)?, *minus)
                }
            };
            total = if minus { total.checked_sub(value)? } else { total.checked_add(value)? };
        }
        Some(total)
    }

    /// What the live server now and then sends and no reference lists: an unknown key, and an enum value that nobody
    /// knows. Only where nothing was set, so that no test reads something else than it wrote.
    fn surprise(self, schema: &str, id: i64, shown: &mut Shown) {
        if id % SURPRISES != SURPRISES - 1 {
            return;
        }
        let unset = |(name, value): &&mut (Cow<'static, str>, Json)| {
            let is_enum = |field: &Field| field.nullable && matches!(field.ty, Type::Enum(_));
            value.is_null() && self.model.field(schema, name).is_some_and(is_enum)
        };
        if let Some((_, value)) = shown.0.iter_mut().find(unset) {
            *value = Json::from("VALUE_OF_TOMORROW");
        }
        let unlisted = "the reference does not list every key";
        shown.0.push((Cow::Borrowed("unlisted_key"), Json::from(unlisted)));
    }
}

/// A record as it is shown: a list, since a map would cost more than all the rest.
pub(crate) struct Shown(Vec<(Cow<'static, str>, Json)>);

impl Shown {
    pub(crate) fn into_json(self) -> Json {
        Json::Object(self.0.into_iter().map(|(name, value)| (name.into_owned(), value)).collect())
    }

    /// Writes it as JSON.
    pub(crate) fn write(&self, text: &mut Vec<u8>) {
        text.push(b'{');
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            // Texts and JSON values can always be written to memory.
            let _ = serde_json::to_writer(&mut *text, name);
            text.push(b':');
            let _ = serde_json::to_writer(&mut *text, value);
        }
        text.push(b'}');
    }
}

/// Makes the members of the record that a body creates: what the caller sent, and what the server sets.
pub(crate) fn new_record(model: &'static Model, store: &mut Store, schema: &str, body: &JsonObject) -> Fields {
    let mut fields = Fields::default();
    for field in model.fields(schema) {
        if field.read_only || field.identity || field.is_computed() || field.collects.is_some() {
            continue;
        }
        match body.get(&field.name) {
            Some(value) => fields.set(field.name.as_str(), sent_value(model, store, &field.ty, value)),
            None => fields.set(field.name.as_str(), initial(field)),
        }
    }
    keep_unlisted(model, schema, body, &mut fields);
    fields
}

/// Changes a record as a body says. `whole` bodies (PUT) reset what they leave out.
pub(crate) fn change(
    model: &'static Model,
    store: &mut Store,
    schema: &str,
    body: &JsonObject,
    fields: &mut Fields,
    whole: bool,
) {
    for field in model.fields(schema) {
        if field.read_only || field.identity || field.is_computed() || field.collects.is_some() {
            continue;
        }
        match body.get(&field.name) {
            Some(value) => fields.set(field.name.as_str(), sent_value(model, store, &field.ty, value)),
            // Django REST Framework keeps what a PUT leaves out, unless the field has a default.
            None if whole && field.default.is_some() => fields.set(field.name.as_str(), initial(field)),
            None => {}
        }
    }
    keep_unlisted(model, schema, body, fields);
}

/// Custom fields are top-level members that no schema lists.
fn keep_unlisted(model: &'static Model, schema: &str, body: &JsonObject, fields: &mut Fields) {
    for (key, value) in body.iter().filter(|(key, _)| key.starts_with("custom_field_") || *key == files::CONTENT) {
        if model.field(schema, key).is_none() {
            fields.set(key.clone(), value.clone());
        }
    }
}

/// What was sent, with what the server adds to nested objects.
fn sent_value(model: &'static Model, store: &mut Store, ty: &Type, value: &Json) -> Json {
    match (ty, value) {
        (Type::List(inner), Json::Array(items)) => {
            Json::Array(items.iter().map(|item| sent_value(model, store, inner, item)).collect())
        }
        (Type::Object(name), Json::Object(members)) => {
            let mut kept = JsonObject::new();
            for field in model.fields(name).iter().filter(|field| !field.is_computed()) {
                let value = match (field.name.as_str(), &field.ty) {
                    ("id", Type::Integer) if field.identity => Json::from(store.new_id()),
                    ("created_at" | "last_modified_at", Type::Timestamp) if field.read_only => wire_time(store.now()),
                    _ if field.read_only => continue,
                    _ => match members.get(&field.name) {
                        Some(value) => sent_value(model, store, &field.ty, value),
                        None => initial(field),
                    },
                };
                if !value.is_null() {
                    kept.insert(field.name.clone(), value);
                }
            }
            for (key, value) in members.iter().filter(|(key, _)| key.starts_with("custom_field_")) {
                kept.insert(key.clone(), value.clone());
            }
            Json::Object(kept)
        }
        // Numbers may be sent as texts, and texts as numbers; the server stores what the field is.
        (Type::String, Json::Number(number)) => Json::from(number.as_str()),
        (Type::Integer, Json::String(text)) => text.parse::<i64>().map_or_else(|_| value.clone(), Json::from),
        (Type::Decimal, Json::String(_)) => value.as_decimal().map_or_else(|| value.clone(), Json::from),
        _ => value.clone(),
    }
}

/// What a field holds before anybody has set it.
fn initial(field: &Field) -> Json {
    match (field.name.as_str(), &field.ty) {
        // The tenant.
        ("customer", Type::Integer) if field.read_only => Json::from(1),
        ("is_deleted", _) => Json::Bool(false),
        _ => match (&field.default, &field.ty) {
            (Some(default), _) => Json::from(default.clone()),
            (None, Type::List(_)) if !field.nullable => Json::Array(Vec::new()),
            (None, Type::Boolean) if !field.nullable => Json::Bool(false),
            // Django's JSON fields that may not be null begin as an empty object.
            (None, Type::Json) if !field.nullable && !field.read_only => Json::Object(JsonObject::new()),
            _ => Json::Null,
        },
    }
}

/// What a deleted row still has: four members, as the reference says; all of them for the style of its schemas, which know
/// no other form.
pub(crate) fn deleted_row(view: View<'_>, resource: &str, schema: &str, id: i64, record: &Record) -> Json {
    let time = record.deleted.map_or(Json::Null, |time| view.time(time));
    let mut row = match view.style {
        ResponseStyle::Documented => {
            into_object(view.record(resource, schema, id, record).into_json()).unwrap_or_default()
        }
        ResponseStyle::Observed => JsonObject::from([("id".to_owned(), Json::from(id))]),
    };
    row.insert("is_deleted".to_owned(), Json::Bool(true));
    row.insert("deleted_at".to_owned(), time.clone());
    row.insert("last_modified_at".to_owned(), time);
    Json::Object(row)
}

/// A valid answer where the sandbox does not know what the operation does.
pub(crate) fn shaped(model: &Model, answer: &Response) -> Json {
    match answer {
        Response::Value { ty } => filling(model, ty, None, DEPTH),
        Response::List { .. } => Json::Array(Vec::new()),
        Response::Page { .. } | Response::Nothing | Response::Bytes { .. } => Json::Null,
    }
}

/// A value of a type that says nothing.
fn filling(model: &Model, ty: &Type, format: Option<&str>, depth: usize) -> Json {
    match ty {
        Type::String | Type::File => match format {
            Some("uuid") => Json::from("00000000-0000-4000-8000-000000000000"),
            Some("uri") => Json::from("https://sandbox.invalid/"),
            Some("email") => Json::from("nobody@sandbox.invalid"),
            _ => Json::from(""),
        },
        Type::Integer | Type::Decimal => Json::from(0),
        Type::Boolean => Json::Bool(false),
        Type::Date => Json::from("2025-01-01"),
        Type::Timestamp => Json::from("2025-01-01T00:00:00Z"),
        Type::List(_) => Json::Array(Vec::new()),
        Type::Json | Type::Map(_) => Json::Object(JsonObject::new()),
        Type::Enum(name) => model.enum_values(name).first().map_or(Json::Null, |value| Json::from(value.as_str())),
        Type::Object(_) if depth == 0 => Json::Null,
        Type::Object(name) => {
            let mut members = JsonObject::new();
            for field in model.fields(name).iter().filter(|field| !field.write_only) {
                let value = if field.nullable {
                    Json::Null
                } else {
                    filling(model, &field.ty, field.format.as_deref(), depth - 1)
                };
                members.insert(field.name.clone(), value);
            }
            Json::Object(members)
        }
    }
}

/// A small file that is valid for its type.
pub(crate) fn file(media: &str) -> Vec<u8> {
    match media {
        "application/pdf" => PDF.into(),
        "text/csv" => b"id,note\r\n1,sandbox\r\n".into(),
        // An empty ZIP archive, which is what an XLSX file is at least.
        _ => b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".into(),
    }
}

/// One empty page.
const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n\
0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n";

/// Returns the fields of an object, or `None` for any other value.
pub(crate) fn into_object(json: Json) -> Option<JsonObject> {
    match json {
        Json::Object(fields) => Some(fields),
        _ => None,
    }
}
