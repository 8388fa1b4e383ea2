//! The public types: progenitor's structs with our documentation and our (de)serialization, and the open enums.
//!
//! Progenitor's own `derive(Deserialize)` fails a page for one null and drops what it does not know, so the structs
//! get a table for `crate::wire::object!` instead, which is where decoding is written down, once, by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::description::names;
use crate::description::spec::{Api, Field, Schema, SchemaKind};
use crate::emit::docs;
use crate::emit::forms::{Form, Forms, Presence};

/// Rust source of the public types module.
///
/// `structs` are the struct definitions that progenitor made, by name.
///
/// # Errors
/// A sentence for each struct that should be there and is not.
pub fn generate(
    selected: &Api,
    forms: &Forms<'_>,
    structs: &BTreeMap<String, syn::ItemStruct>,
) -> Result<String, String> {
    let mut source = String::new();
    for (name, schema) in &selected.schemas {
        match &schema.kind {
            SchemaKind::Enum(values) => open_enum(&mut source, schema, values),
            SchemaKind::Object { fields, additional } => {
                for form in forms.of(name) {
                    let type_name = forms.name(name, form);
                    let item = structs
                        .get(&type_name)
                        .ok_or_else(|| format!("progenitor made no struct `{type_name}` ({})", schema.location))?;
                    let object = Object {
                        schema,
                        form,
                        type_name: &type_name,
                        fields: forms.fields(fields, form),
                        additional: additional.is_some(),
                    };
                    object.write(&mut source, forms, item)?;
                }
            }
            SchemaKind::Page(_) | SchemaKind::Scalar(_) => {}
        }
    }
    Ok(source)
}

fn open_enum(source: &mut String, schema: &Schema, values: &[(String, Option<String>)]) {
    let _ = writeln!(source, "crate::wire::open_enum::open_enum! {{");
    docs::write(source, 4, &schema.description);
    let _ = writeln!(source, "    {} {{", schema.name);
    for (value, meaning) in values {
        let sentence = match meaning {
            Some(meaning) => format!("`{value}`: {meaning}"),
            None => format!("`{value}`"),
        };
        docs::write(source, 8, &sentence);
        let _ = writeln!(source, "        {} = {value:?},", names::variant(value));
    }
    let _ = writeln!(source, "    }}\n}}\n");
}

struct Object<'a> {
    schema: &'a Schema,
    form: Form,
    type_name: &'a str,
    fields: Vec<&'a Field>,
    additional: bool,
}

impl Object<'_> {
    fn write(&self, source: &mut String, forms: &Forms<'_>, item: &syn::ItemStruct) -> Result<(), String> {
        let presence = |field: &Field| forms.presence(&self.schema.name, field, self.form);
        let required: Vec<&Field> =
            self.fields.iter().copied().filter(|field| presence(field) == Presence::Required).collect();
        self.document(source, forms, !required.is_empty());
        let default = if required.is_empty() { ", Default" } else { "" };
        let _ = writeln!(source, "#[derive(Clone, Debug, PartialEq{default})]");
        let _ = writeln!(source, "#[cfg_attr(feature = \"schemars\", derive(schemars::JsonSchema))]");
        if self.form == Form::Read {
            let _ = writeln!(source, "#[non_exhaustive]");
        }
        let _ = writeln!(source, "pub struct {} {{", self.type_name);
        for field in &self.fields {
            docs::write(source, 4, &field_docs(field, self.form));
            if field.deprecated {
                let _ = writeln!(source, "    #[deprecated]");
            }
            let mut says = Vec::new();
            if field.rust_name != field.name {
                says.push(format!("rename = {:?}", field.name));
            }
            // What the reference gives another type may come as that type.
            if self.form == Form::Read && field.deviation.is_some() {
                says.push("schema_with = \"crate::wire::schema::anything\", default".to_owned());
            }
            if !matches!(presence(field), Presence::Required | Presence::Nullable) {
                says.push("skip_serializing_if = \"Option::is_none\"".to_owned());
            }
            if !says.is_empty() {
                schema_says(source, &says.join(", "));
            }
            let _ = writeln!(source, "    pub {}: {},", field.rust_name, self.field_type(item, &field.rust_name)?);
        }
        if self.additional {
            docs::write(source, 4, "The members whose keys are data, by key.");
            schema_says(source, "skip");
            let _ = writeln!(source, "    pub additional: {},", self.field_type(item, "additional")?);
        }
        docs::write(
            source,
            4,
            if self.form == Form::Read {
                "Members that the description does not know, custom fields (`custom_field_…`) among them."
            } else {
                "Further members to send, custom fields (`custom_field_…`) among them."
            },
        );
        schema_says(source, "flatten");
        let _ = writeln!(source, "    pub extra: {},\n}}\n", self.field_type(item, "extra")?);
        if !required.is_empty() {
            self.constructor(source, item, &required)?;
        }
        let _ = writeln!(source, "crate::wire::object::object! {{\n    {} {{", self.type_name);
        for field in &self.fields {
            let kind = match presence(field) {
                Presence::Required => "required",
                // What the reference gives another type may come as that type.
                Presence::Optional if self.form == Form::Read && field.deviation.is_some() => "loose",
                Presence::Optional => "optional",
                Presence::Nullable => "nullable",
                Presence::Patch => "patch",
            };
            let _ = writeln!(source, "        {kind} {} = {:?},", field.rust_name, field.name);
        }
        let additional = if self.additional { " additional" } else { "" };
        let _ = writeln!(source, "    }}{additional}\n}}\n");
        if self.form == Form::Read {
            let _ = writeln!(source, "crate::wire::decode::json_response! {{ {} }}\n", self.type_name);
            self.row(source, forms);
        } else {
            self.limits(source, &presence);
        }
        Ok(())
    }

    fn document(&self, source: &mut String, forms: &Forms<'_>, has_required: bool) {
        let mut text = self.schema.description.clone();
        let name = &self.schema.name;
        match self.form {
            Form::Read => {
                let written: Vec<String> = forms
                    .of(name)
                    .into_iter()
                    .filter(|form| *form != Form::Read)
                    .map(|form| format!("[`{}`]", forms.name(name, form)))
                    .collect();
                if !written.is_empty() {
                    let _ = write!(text, "\n\nWritten as {}.", written.join(" and "));
                }
            }
            Form::Create if self.type_name != name => {
                let _ = write!(text, "\n\nThe form in which [`{name}`] is created or replaced");
                text.push_str(if has_required {
                    ": `new` takes what is required, `..` fills the rest."
                } else {
                    ". Nothing is required; begin with `default()`."
                });
            }
            Form::Update if self.type_name != name => {
                let _ = write!(
                    text,
                    "\n\nA change to [`{name}`]: what is `None` stays as it is, and what may be null is set or emptied \
                     by a [`Patch`](crate::Patch)."
                );
            }
            Form::Create | Form::Update => {}
        }
        docs::write(source, 0, &text);
    }

    fn field_type(&self, item: &syn::ItemStruct, field: &str) -> Result<String, String> {
        item.fields
            .iter()
            .find(|candidate| candidate.ident.as_ref().is_some_and(|ident| ident == field))
            .map(|candidate| {
                let ty = &candidate.ty;
                // `quote` sets a space around everything.
                quote::quote!(#ty)
                    .to_string()
                    .replace(" :: ", "::")
                    .replace(" < ", "<")
                    .replace(" >", ">")
                    .replace(" ,", ",")
            })
            .ok_or_else(|| format!("progenitor renamed or dropped the field `{field}` of `{}`", self.type_name))
    }

    fn constructor(&self, source: &mut String, item: &syn::ItemStruct, required: &[&Field]) -> Result<(), String> {
        let mut parameters = Vec::new();
        for field in required {
            let ty = self.field_type(item, &field.rust_name)?;
            // Texts are taken in any form.
            let ty = if ty == "String" { "impl Into<String>".to_owned() } else { ty };
            parameters.push(format!("{}: {ty}", field.rust_name));
        }
        let _ = writeln!(source, "impl {} {{", self.type_name);
        docs::write(source, 4, "With what must be there; everything else is left out.");
        if parameters.len() > 7 {
            let _ = writeln!(source, "    #[allow(clippy::too_many_arguments)]");
        }
        let _ = writeln!(source, "    pub fn new({}) -> Self {{\n        Self {{", parameters.join(", "));
        for field in &self.fields {
            let name = &field.rust_name;
            if required.iter().any(|required| required.rust_name == *name) {
                let text = self.field_type(item, name)? == "String";
                let _ = writeln!(
                    source,
                    "            {name}{},",
                    if text { format!(": {name}.into()") } else { String::new() }
                );
            } else {
                let _ = writeln!(source, "            {name}: None,");
            }
        }
        if self.additional {
            let _ = writeln!(source, "            additional: Default::default(),");
        }
        let _ = writeln!(source, "            extra: Default::default(),\n        }}\n    }}\n}}\n");
        Ok(())
    }

    /// What tells rows of this type apart in a list.
    fn row(&self, source: &mut String, forms: &Forms<'_>) {
        let field = |name: &str, ty: &str| {
            let of_type = |field: &&&Field| forms.rust_type(&field.ty, Form::Read) == ty;
            self.fields.iter().find(|field| field.name == name).filter(of_type).map(|field| field.rust_name.as_str())
        };
        let identity = match self.fields.iter().filter(|field| field.identity).collect::<Vec<_>>().as_slice() {
            [id] if forms.rust_type(&id.ty, Form::Read) == "i64" => format!("Some(self.{})", id.rust_name),
            _ => "None".to_owned(),
        };
        let or_extra = |name: &str, ty: &str, extra: &str| match field(name, ty) {
            Some(field) => format!("self.{field}"),
            None => format!("crate::list::record::{extra}(&self.extra, {name:?})"),
        };
        let _ = writeln!(
            source,
            "impl crate::list::record::Record for {} {{\n    fn identity(&self) -> Option<i64> {{\n        {identity}\n    }}\n\n    \
             fn last_modified_at(&self) -> Option<crate::Timestamp> {{\n        {}\n    }}\n\n    \
             fn deleted_at(&self) -> Option<crate::Timestamp> {{\n        {}\n    }}\n\n    \
             fn is_deleted(&self) -> Option<bool> {{\n        {}\n    }}\n}}\n",
            self.type_name,
            or_extra("last_modified_at", "crate::Timestamp", "extra_time"),
            or_extra("deleted_at", "crate::Timestamp", "extra_time"),
            or_extra("is_deleted", "bool", "extra_flag"),
        );
    }

    /// The limits that `crate::limits` checks before anything is sent.
    fn limits(&self, source: &mut String, presence: &dyn Fn(&Field) -> Presence) {
        let _ = writeln!(source, "crate::wire::limits::check! {{\n    {} {{", self.type_name);
        for field in &self.fields {
            let limits = &field.limits;
            let mut rules = Vec::new();
            let bound = |bound: &Option<(String, bool)>| match bound {
                Some((value, exclusive)) => format!("Some(({value:?}, {exclusive}))"),
                None => "None".to_owned(),
            };
            if limits.minimum.is_some() || limits.maximum.is_some() {
                rules.push(format!("range({}, {})", bound(&limits.minimum), bound(&limits.maximum)));
            }
            if limits.min_length.is_some() || limits.max_length.is_some() {
                rules.push(format!("length({:?}, {:?})", limits.min_length, limits.max_length));
            }
            let min_items = limits.min_items;
            if min_items.is_some() || limits.max_items.is_some() {
                rules.push(format!("items({min_items:?}, {:?})", limits.max_items));
            }
            let _ = presence;
            let _ = writeln!(source, "        {} = {:?}: [{}],", field.rust_name, field.name, rules.join(", "));
        }
        let _ = writeln!(source, "    }}\n}}\n");
    }
}

/// What the derived JSON Schema is to know of a field.
fn schema_says(source: &mut String, what: &str) {
    let _ = writeln!(source, "    #[cfg_attr(feature = \"schemars\", schemars({what}))]");
}

/// The documentation of a field: what the description says, its limits, and where it differs from the reference.
fn field_docs(field: &Field, form: Form) -> String {
    let mut text = field.description.clone();
    let limits = &field.limits;
    let mut notes = Vec::new();
    if form != Form::Read {
        if let Some(length) = limits.max_length {
            notes.push(format!("At most {length} characters."));
        }
        let bound = |bound: &Option<(String, bool)>, below: bool| {
            bound.as_ref().map(|(value, exclusive)| {
                let word = match (below, exclusive) {
                    (false, true) => "above",
                    (false, false) => "at least",
                    (true, true) => "below",
                    (true, false) => "at most",
                };
                format!("{word} {value}")
            })
        };
        let range: Vec<String> =
            [bound(&limits.minimum, false), bound(&limits.maximum, true)].into_iter().flatten().collect();
        // The bounds of a 32- or 64-bit integer tell a reader nothing.
        if !range.is_empty()
            && !range.iter().any(|bound| bound.contains("2147483647") || bound.contains("9223372036854775807"))
        {
            notes.push(format!("Range: {}.", range.join(", ")));
        }
    }
    if let Some(reason) = &field.untyped {
        notes.push(format!("Open JSON: {reason}"));
    }
    if let Some(deviation) = &field.deviation {
        notes.push(docs::deviation(deviation));
    }
    for note in notes {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&note);
    }
    text
}
