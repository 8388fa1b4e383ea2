//! The example on the page of each operation: a call as a person would write it, and a line that uses the response.
//!
//! Each example is documentation and, once more, a function that a test calls, so what readers copy compiles and runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};
use serde_json::{Map, Value};

use crate::description::names;
use crate::description::spec::{Api, Field, Operation, Parameter, SchemaKind, Type};
use crate::emit::arguments::{Part, ident, parts, required};
use crate::emit::constructors::MOST_ARGUMENTS;
use crate::emit::forms::{Form, Forms, Presence};
use crate::emit::resources::{Resource, tree};
use crate::emit::rust_type::RustType;
use crate::emit::{samples, source};

/// Writes the examples, by operation id.
///
/// # Errors
/// If an example is not Rust.
pub(crate) fn write(api: &Api, forms: &Forms<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut examples = BTreeMap::new();
    add(api, forms, &tree(api), &quote!(campfire), &mut examples)?;
    Ok(examples)
}

/// Adds the examples of resources and of those below them.
fn add(
    api: &Api,
    forms: &Forms<'_>,
    resources: &BTreeMap<String, Resource<'_>>,
    parent: &TokenStream,
    examples: &mut BTreeMap<String, String>,
) -> Result<(), String> {
    for (name, resource) in resources {
        let accessor = ident(name);
        let ids = resource.binds.iter().map(|id| if id.integer { quote!(1) } else { quote!("1") });
        let handle = quote!(#parent.#accessor(#(#ids),*));
        for (method, operation) in &resource.operations {
            let writer = Writer { api, forms, types: BTreeSet::new(), values: BTreeSet::new() };
            examples.insert(operation.id.clone(), writer.write(&handle, method, operation, resource)?);
        }
        add(api, forms, &resource.children, &handle, examples)?;
    }
    Ok(())
}

/// Returns the source of a function per example, and of one that runs an example by operation id.
pub(crate) fn functions(examples: &BTreeMap<String, String>) -> String {
    let outcome = "Result<(), Box<dyn std::error::Error>>";
    let function = |id: &str| id.replace('.', "_");
    let mut source = format!(
        "/// Runs the example of an operation.\n\
         pub async fn run(operation: &str, campfire: &campfire::Client) -> {outcome} {{\n    match operation {{\n"
    );
    for id in examples.keys() {
        let _ = writeln!(source, "        {id:?} => Box::pin({}(campfire)).await,", function(id));
    }
    source.push_str("        other => panic!(\"no operation `{other}`\"),\n    }\n}\n");
    for (id, example) in examples {
        let name = function(id);
        let _ = write!(source, "\nasync fn {name}(campfire: &campfire::Client) -> {outcome} {{\n{example}Ok(())\n}}\n");
    }
    source
}

/// How a value is passed on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// As a value of its type.
    Exactly,
    /// As anything that turns into its type.
    Into,
}

/// Writes one example, and collects what it has to import.
struct Writer<'a> {
    api: &'a Api,
    forms: &'a Forms<'a>,
    /// The imports from `campfire::types`.
    types: BTreeSet<String>,
    /// The imports from `campfire`.
    values: BTreeSet<String>,
}

impl<'a> Writer<'a> {
    fn write(
        mut self,
        handle: &TokenStream,
        method: &str,
        operation: &Operation,
        resource: &Resource<'_>,
    ) -> Result<String, String> {
        let body = self.body(operation);
        let mut arguments = self.arguments(operation, resource);
        arguments.extend(body.is_some().then(|| quote!(&body)));
        let body = body.map(|body| quote!(let body = #body;));
        let method = ident(method);
        let response = self.response(operation, resource, &quote!(#handle.#method(#(#arguments),*)));
        let statements = lines(&quote!(#body #response))?;
        if self.types.is_empty() && self.values.is_empty() {
            return Ok(statements);
        }
        Ok(format!("{}\n{statements}", lines(&self.imports())?))
    }

    fn imports(&self) -> TokenStream {
        let import = |module: TokenStream, names: &BTreeSet<String>| {
            let names: Vec<Ident> = names.iter().map(|name| format_ident!("{name}")).collect();
            match &names[..] {
                [] => TokenStream::new(),
                [name] => quote!(use #module::#name;),
                names => quote!(use #module::{#(#names),*};),
            }
        };
        let types = import(quote!(campfire::types), &self.types);
        let values = import(quote!(campfire), &self.values);
        quote!(#types #values)
    }

    /// The arguments of a method, except for its JSON body.
    fn arguments(&mut self, operation: &Operation, resource: &Resource<'_>) -> Vec<TokenStream> {
        let ids = operation.path_parameters.iter().enumerate().skip(resource.bound.len());
        let mut arguments: Vec<_> = ids
            .map(|(position, parameter)| match self.forms.path_type(operation, position) {
                RustType::Text => Literal::string(&samples::words(&parameter.name)).into_token_stream(),
                _ => quote!(1),
            })
            .collect();
        arguments.extend(required(operation).map(|parameter| self.query(parameter)));
        let parts = parts(self.api, self.forms, operation);
        arguments.extend(parts.iter().filter(|part| part.is_required).map(|part| self.part(part)));
        arguments
    }

    fn query(&mut self, parameter: &Parameter) -> TokenStream {
        let rust = self.forms.query_type(parameter);
        let value = samples::example(self.api, &parameter.ty, None, 1);
        match (&rust, &parameter.ty, &value) {
            (RustType::List(rust), Type::Array(ty), Value::Array(items)) => {
                let is_plain = matches!(**rust, RustType::Text | RustType::Id(_));
                let taken = if is_plain { Taken::Into } else { Taken::Exactly };
                let items = items.iter().map(|item| self.value(rust, ty, item, taken));
                let items: Vec<_> = items.collect();
                quote!([#(#items),*])
            }
            // A setter takes an exact value of what has only one way to write it.
            (RustType::Sdk(name), ty, value) if name == "Date" => self.value(&rust, ty, value, Taken::Exactly),
            (_, ty, value) => self.value(&rust, ty, value, Taken::Into),
        }
    }

    fn part(&mut self, part: &Part<'_>) -> TokenStream {
        match &part.ty {
            RustType::Sdk(name) => {
                let file = self.import(name);
                quote!(#file::from_bytes("document.pdf", b"%PDF-1.7".as_slice()))
            }
            RustType::Generated(name) => {
                let ty = Type::Named(name.clone());
                let value = samples::example(self.api, &ty, None, 1);
                self.value(&part.ty, &ty, &value, Taken::Exactly)
            }
            RustType::Text => Literal::string(&samples::words(part.name)).into_token_stream(),
            _ => quote!(1),
        }
    }

    fn body(&mut self, operation: &Operation) -> Option<TokenStream> {
        let rust = self.forms.body_type(operation)?;
        let ty = &operation.body.as_ref()?.ty;
        let form = Form::of_body(operation);
        let Some((schema, fields)) = self.object(ty) else {
            let value = samples::example(self.api, ty, None, samples::DEPTH);
            return Some(self.value(&rust, ty, &value, Taken::Into));
        };
        // An update needs no field, except where the schema has only one form.
        let is_update = form == Form::Update && self.forms.name(schema, form) != schema;
        let value = if is_update {
            samples::change(self.api, fields)
        } else {
            samples::example(self.api, ty, None, samples::DEPTH)
        };
        Some(self.construct(schema, form, &value))
    }

    /// The name and the fields of an object schema.
    fn object<'t>(&self, ty: &'t Type) -> Option<(&'t str, &'a [Field])> {
        let Type::Named(name) = ty else { return None };
        match &self.api.schema(name)?.kind {
            SchemaKind::Object { fields, .. } => Some((name, fields)),
            _ => None,
        }
    }

    /// Constructs a value of a type of the SDK from JSON.
    fn value(&mut self, rust: &RustType, ty: &Type, value: &Value, taken: Taken) -> TokenStream {
        let plain = literal(value);
        match (rust, ty) {
            (RustType::Text | RustType::Id(_), _) if taken == Taken::Exactly => quote!(#plain.into()),
            (RustType::Text | RustType::Id(_) | RustType::Integer | RustType::Bool, _) => plain,
            (RustType::Sdk(name), _) => self.parsed(name, value, taken),
            (RustType::List(rust), Type::Array(ty)) => {
                let is_id = matches!(**rust, RustType::Id(_)) && taken == Taken::Into;
                let item = if is_id { Taken::Into } else { Taken::Exactly };
                let items = value.as_array().into_iter().flatten();
                let items: Vec<_> = items.map(|value| self.value(rust, ty, value, item)).collect();
                if is_id { quote!([#(#items),*]) } else { quote!(vec![#(#items),*]) }
            }
            (RustType::Generated(_), Type::Named(name)) if self.object(ty).is_some() => {
                self.construct(name, Form::Create, value)
            }
            (RustType::Generated(name), _) => {
                let (name, variant) =
                    (self.import_type(name), format_ident!("{}", names::variant(value.as_str().unwrap_or_default())));
                quote!(#name::#variant)
            }
            _ => quote!(Default::default()),
        }
    }

    /// Constructs a value of a handwritten type, which is parsed from text.
    fn parsed(&mut self, name: &str, value: &Value, taken: Taken) -> TokenStream {
        if name == "Decimal" && value.is_i64() {
            let integer = literal(value);
            return if taken == Taken::Exactly { quote!(#integer.into()) } else { integer };
        }
        let text = match value {
            Value::String(text) if name != "Json" => text.clone(),
            other => other.to_string(),
        };
        if taken == Taken::Exactly {
            return quote!(#text.parse()?);
        }
        // A day is all that most filters need.
        let name = self.import(if name == "DateOrTimestamp" { "Date" } else { name });
        quote!(#text.parse::<#name>()?)
    }

    /// Constructs an object with `new` or `default`, and sets the other members.
    fn construct(&mut self, schema: &str, form: Form, value: &Value) -> TokenStream {
        let ty = Type::Named(schema.to_owned());
        let (Some((_, fields)), Value::Object(members)) = (self.object(&ty), value) else {
            return quote!(Default::default());
        };
        let name = self.import_type(&self.forms.name(schema, form));
        let fields = self.forms.fields(fields, form);
        let is_required = |field: &Field| self.forms.presence(schema, field, form) == Presence::Required;
        let (required, optional): (Vec<&Field>, Vec<&Field>) = fields.into_iter().partition(|field| is_required(field));
        let start = if required.is_empty() {
            quote!(#name::default())
        } else if required.len() > MOST_ARGUMENTS {
            let fields = required.iter().map(|field| {
                let (ident, value) =
                    (ident(&field.rust_name), self.member(schema, form, field, members, Taken::Exactly));
                quote!(#ident: #value)
            });
            let fields: Vec<_> = fields.collect();
            let required = self.import_type(&format!("{name}Required"));
            quote!(#name::new(#required { #(#fields),* }))
        } else {
            let arguments = required.iter().map(|field| {
                let taken = match self.forms.value_type(schema, field, form) {
                    RustType::Text | RustType::Id(_) => Taken::Into,
                    RustType::List(item) if matches!(*item, RustType::Id(_)) => Taken::Into,
                    _ => Taken::Exactly,
                };
                self.member(schema, form, field, members, taken)
            });
            let arguments: Vec<_> = arguments.collect();
            quote!(#name::new(#(#arguments),*))
        };
        let setters = optional.into_iter().filter(|field| members.contains_key(&field.name)).map(|field| {
            let (setter, value) = (ident(&field.rust_name), self.member(schema, form, field, members, Taken::Into));
            quote!(.#setter(#value))
        });
        let setters: Vec<_> = setters.collect();
        quote!(#start #(#setters)*)
    }

    fn member(
        &mut self,
        schema: &str,
        form: Form,
        field: &Field,
        members: &Map<String, Value>,
        taken: Taken,
    ) -> TokenStream {
        let rust = self.forms.value_type(schema, field, form);
        let value = members.get(&field.name).cloned();
        let value = value.unwrap_or_else(|| samples::example(self.api, &field.ty, Some(field), 1));
        self.value(&rust, &field.ty, &value, taken)
    }

    fn import(&mut self, name: &str) -> Ident {
        self.values.insert(name.to_owned());
        format_ident!("{name}")
    }

    fn import_type(&mut self, name: &str) -> Ident {
        self.types.insert(name.to_owned());
        format_ident!("{name}")
    }

    /// Awaits a call, and uses its response.
    fn response(&self, operation: &Operation, resource: &Resource<'_>, call: &TokenStream) -> TokenStream {
        match self.forms.response_type(operation) {
            RustType::Unit => quote!(#call.await?;),
            RustType::Page(record) if operation.pagination.is_some() => {
                let plural = resource.path.rsplit('.').next().unwrap_or_default();
                let one = variable(&record);
                let all = if one == plural { format_ident!("records") } else { ident(plural) };
                let print = self.print(&record, &one, false);
                quote! {
                    let mut #all = #call.stream();
                    while let Some(#one) = #all.try_next().await? { #print }
                }
            }
            RustType::Page(_) => quote! {
                let page = #call.await?;
                println!("{} records", page.results.len());
            },
            RustType::List(_) | RustType::Map(_) => quote! {
                let records = #call.await?;
                println!("{} records", records.len());
            },
            RustType::Sdk(name) if name == "Download" => quote! {
                let file = #call.await?.into_inner();
                let bytes = file.bytes(10_000_000).await?;
                println!("{} bytes", bytes.len());
            },
            response => {
                let variable = variable(&response);
                let print = self.print(&response, &variable, operation.method == "POST");
                quote!(let #variable = #call.await?; #print)
            }
        }
    }

    /// Prints what is worth knowing of a value: of a new record its id, and of any other what it says.
    fn print(&self, rust: &RustType, variable: &Ident, is_new: bool) -> TokenStream {
        let whole = format!("{{{variable}:?}}");
        let whole = quote!(println!(#whole););
        let name = match rust {
            RustType::Generated(name) => name,
            RustType::Sdk(_) | RustType::Text | RustType::Integer | RustType::Bool => {
                return quote!(println!("{}", *#variable););
            }
            _ => return whole,
        };
        let Some((_, fields)) = self.object(&Type::Named(name.clone())) else { return whole };
        let mut identity = fields.iter().filter(|field| field.identity);
        let id = identity.next().filter(|_| identity.next().is_none());
        let has_type = |field: &&Field, ty: &RustType| {
            let is_shown = !field.identity && !field.write_only && !field.deprecated && field.deviation.is_none();
            is_shown && self.forms.value_type(name, field, Form::Read) == *ty
        };
        let first = |ty| fields.iter().find(move |field| has_type(field, ty));
        let named = fields.iter().find(|field| field.example.is_some() && has_type(field, &RustType::Text));
        let amount = RustType::Sdk("Decimal".to_owned());
        let says = named.or_else(|| first(&RustType::Text)).or_else(|| first(&amount));
        match (id, says) {
            (Some(id), says) if is_new || says.is_none() => {
                let id = ident(&id.rust_name);
                quote!(println!("{}", #variable.#id);)
            }
            (_, Some(field)) => {
                let field = ident(&field.rust_name);
                quote!(println!("{:?}", #variable.#field);)
            }
            _ => whole,
        }
    }
}

/// The name of a variable that holds a value.
fn variable(ty: &RustType) -> Ident {
    match ty {
        RustType::Generated(name) => ident(&names::snake(name)),
        _ => format_ident!("response"),
    }
}

fn literal(value: &Value) -> TokenStream {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Literal::i64_unsuffixed(integer).into_token_stream(),
            None => Literal::string(&number.to_string()).into_token_stream(),
        },
        Value::Bool(flag) => quote!(#flag),
        Value::String(text) => quote!(#text),
        other => Literal::string(&other.to_string()).into_token_stream(),
    }
}

/// Formats statements.
fn lines(statements: &TokenStream) -> Result<String, String> {
    let function = source::format(source::items(quote!(fn example() { #statements }))?);
    let inside = function.lines().skip(1).take_while(|line| *line != "}");
    Ok(inside.map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect())
}
