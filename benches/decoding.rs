//! The cost of isolating bad records: a good page, decoded by the client and by plain serde, in one run.
//!
//!     cargo bench --bench decoding --features __fuzz

use bytes::Bytes;
use campfire::fuzz;
use campfire::types::Invoice;
use divan::Bencher;

fn main() {
    divan::main();
}

const RECORDS: usize = 1_000;

fn page() -> Bytes {
    let record = include_str!("../tests/payloads/invoice.json");
    let records = vec![record; RECORDS].join(",");
    Bytes::from(format!(r#"{{"count": {RECORDS}, "next": null, "previous": null, "results": [{records}]}}"#))
}

/// A page without isolation, decoded by plain serde.
#[derive(serde::Deserialize)]
#[allow(dead_code)]
struct Plain {
    count: Option<i64>,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<Invoice>,
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn with_isolation(bencher: Bencher<'_, '_>) {
    let page = page();
    bencher.bench(|| fuzz::decode_page::<Invoice>(&page).map_err(|error| error.to_string()).unwrap());
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn without_isolation(bencher: Bencher<'_, '_>) {
    let page = page();
    bencher.bench(|| serde_json::from_slice::<Plain>(&page).unwrap());
}
