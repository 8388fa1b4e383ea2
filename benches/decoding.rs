//! What it costs that a bad record costs only itself: a good page, decoded as the client decodes it and as plain serde
//! does, in one run.
//!
//!     cargo bench --bench decoding --features __fuzz

use bytes::Bytes;
use campfire::fuzz;
use campfire::types::Invoice;
use divan::Bencher;

fn main() {
    divan::main();
}

const ROWS: usize = 1_000;

fn page() -> Bytes {
    let row = include_str!("../tests/payloads/invoice.json");
    let rows = vec![row; ROWS].join(",");
    Bytes::from(format!(r#"{{"count": {ROWS}, "next": null, "previous": null, "results": [{rows}]}}"#))
}

/// A page without isolation: nothing but what serde does.
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
    bencher.bench(|| fuzz::receive_page::<Invoice>(page.clone()).map_err(|error| error.to_string()).unwrap());
}

#[divan::bench(sample_count = 200, sample_size = 1)]
fn without_isolation(bencher: Bencher<'_, '_>) {
    let page = page();
    bencher.bench(|| serde_json::from_slice::<Plain>(&page).unwrap());
}
