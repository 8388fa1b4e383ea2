//! Decoding pages of contracts, invoices with lines, and ledger rows: by the client, by structs as they would be written by
//! hand, and as untyped JSON. The contenders take turns in one run.
//!
//!     cargo bench -p campfire-benches --bench decoding

mod shapes;

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

use campfire::{Json, fuzz, types};
use serde::de::DeserializeOwned;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const RECORDS: usize = 1_000;
const ROUNDS: usize = 40;

/// A way of decoding. It returns the number of records.
type Decode<'a> = (&'static str, &'a dyn Fn() -> usize);

fn main() {
    println!("medians of {ROUNDS} rounds, relative to structs written by hand\n");
    contracts();
    invoices();
    ledger_rows();
}

/// Compares the ways of decoding one shape.
macro_rules! shape {
    ($function:ident, $name:literal, $payload:literal, $ours:ty, $by_hand:ty) => {
        fn $function() {
            let page = page(include_str!(concat!("../tests/payloads/", $payload)));
            println!("{}, {} bytes per record", $name, page.len() / RECORDS);
            let ours = || fuzz::decode_page::<$ours>(&page).map_err(|error| error.to_string()).unwrap();
            let by_hand = || serde_json::from_slice::<shapes::Page<$by_hand>>(&page).unwrap();
            memory("campfire", ours);
            memory("by hand, f64", by_hand);
            compare(&[
                ("by hand, f64", &|| by_hand().results.len()),
                ("campfire", &|| ours().results.len()),
                ("sonic-rs, f64", &|| sonic::<$by_hand>(&page)),
                ("simd-json, f64", &|| simd::<$by_hand>(&page)),
                ("serde_json::Value", &|| value(&page)),
                ("campfire::Json", &|| json(&page)),
            ]);
        }
    };
}
shape!(contracts, "contracts", "contract.json", types::Contract, shapes::Contract);
shape!(invoices, "invoices with lines", "invoice.json", types::Invoice, shapes::Invoice);
shape!(ledger_rows, "ledger rows", "transaction.json", types::Transaction, shapes::LedgerRow);

/// Returns a page of records without white space between the values, as servers send it.
fn page(record: &str) -> Vec<u8> {
    let compact: String = record.lines().map(str::trim_start).collect::<Vec<_>>().join("").replace("\": ", "\":");
    let records: Vec<String> =
        (1..=RECORDS).map(|id| compact.replacen("{\"id\":", &format!("{{\"id\":{}", id % 9 + 1), 1)).collect();
    let records = records.join(",");
    format!(r#"{{"count":{RECORDS},"next":null,"previous":null,"results":[{records}]}}"#).into_bytes()
}

fn sonic<T: DeserializeOwned>(page: &[u8]) -> usize {
    sonic_rs::from_slice::<shapes::Page<T>>(page).unwrap().results.len()
}

/// It changes the text that it decodes, so it gets a copy each time.
fn simd<T: DeserializeOwned>(page: &[u8]) -> usize {
    simd_json::serde::from_slice::<shapes::Page<T>>(&mut page.to_vec()).unwrap().results.len()
}

fn value(page: &[u8]) -> usize {
    serde_json::from_slice::<serde_json::Value>(page).unwrap()["results"].as_array().unwrap().len()
}

fn json(page: &[u8]) -> usize {
    Json::from_slice(page).unwrap()["results"].as_array().unwrap().len()
}

/// Prints what decoded records hold.
fn memory<T>(name: &str, decode: impl Fn() -> T) {
    let region = Region::new(ALLOCATOR);
    let decoded = decode();
    let change = region.change();
    drop(decoded);
    let per_record = |number: usize| number as f64 / RECORDS as f64;
    let kept = change.bytes_allocated - change.bytes_deallocated;
    println!("  {name:<18} {:>5.1} allocations, {:>5.0} bytes held", per_record(change.allocations), per_record(kept));
}

/// Prints the median time of each way, relative to the first.
fn compare(ways: &[Decode<'_>]) {
    let mut times = vec![Vec::with_capacity(ROUNDS); ways.len()];
    for _ in 0..ROUNDS {
        for ((_, decode), times) in ways.iter().zip(&mut times) {
            let started = Instant::now();
            assert_eq!(black_box(decode()), RECORDS);
            times.push(started.elapsed());
        }
    }
    let medians: Vec<Duration> = times.iter_mut().map(|times| median(times)).collect();
    for ((name, _), time) in ways.iter().zip(&medians) {
        println!("  {name:<18} {time:>8.2?}  {:.2}", time.as_secs_f64() / medians[0].as_secs_f64());
    }
    println!();
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
