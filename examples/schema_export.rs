//! Writes JSON Schemas of request bodies and records, for programs in other languages, form builders, or language models.
//!
//!     cargo run -p campfire-examples --example schema_export --features schemas -- schemas
//!
//! Each body has a schema of what the SDK sends, and each record one of what it accepts. Amounts are numbers in a body, and
//! numbers or strings in a record.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use campfire::schemars::generate::SchemaSettings;
use campfire::schemars::{JsonSchema, Schema};
use campfire::types::{
    Bill, BillCreate, Contract, ContractCreate, ContractUsageCreate, Invoice, InvoiceCreate, JournalEntry,
    JournalEntryCreate, PaymentApplication, Transaction, Vendor, VendorCreate,
};

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).map_or_else(|| std::env::temp_dir().join("campfire-schemas"), PathBuf::from);
    fs::create_dir_all(&folder)?;
    println!("{:<22} {:>6} {:>9} {:>7}", "", "fields", "required", "bytes");
    body::<BillCreate>(&folder)?;
    body::<ContractCreate>(&folder)?;
    body::<ContractUsageCreate>(&folder)?;
    body::<InvoiceCreate>(&folder)?;
    body::<JournalEntryCreate>(&folder)?;
    body::<PaymentApplication>(&folder)?;
    body::<VendorCreate>(&folder)?;
    record::<Bill>(&folder)?;
    record::<Contract>(&folder)?;
    record::<Invoice>(&folder)?;
    record::<JournalEntry>(&folder)?;
    record::<Transaction>(&folder)?;
    record::<Vendor>(&folder)?;
    println!("\nwritten to {}", folder.display());
    Ok(())
}

/// Writes the schema of a request body: what the SDK sends.
fn body<T: JsonSchema>(folder: &Path) -> Result<()> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    write(folder, &T::schema_name(), settings.into_generator().into_root_schema_for::<T>())
}

/// Writes the schema of a record: what the SDK accepts.
fn record<T: JsonSchema>(folder: &Path) -> Result<()> {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    write(folder, &T::schema_name(), settings.into_generator().into_root_schema_for::<T>())
}

fn write(folder: &Path, name: &str, schema: Schema) -> Result<()> {
    let text = serde_json::to_string_pretty(&schema)?;
    let fields = schema.get("properties").and_then(|fields| fields.as_object()).map_or(0, |fields| fields.len());
    let required = schema.get("required").and_then(|names| names.as_array()).map_or(0, Vec::len);
    println!("{name:<22} {fields:>6} {required:>9} {:>7}", text.len());
    Ok(fs::write(folder.join(format!("{name}.json")), text + "\n")?)
}
