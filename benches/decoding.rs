//! The cost of isolating bad records: a good page, decoded by the client and by plain serde, in one run.
//!
//!     cargo bench --bench decoding --features __fuzz

use std::time::{Duration, Instant};

use bytes::Bytes;
use campfire::fuzz;
use campfire::types::Invoice;

const RECORDS: usize = 1_000;
const ROUNDS: usize = 200;

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

fn with_isolation(page: &Bytes) -> usize {
    fuzz::decode_page::<Invoice>(page).map_err(|error| error.to_string()).unwrap().results.len()
}

fn without_isolation(page: &Bytes) -> usize {
    serde_json::from_slice::<Plain>(page).unwrap().results.len()
}

fn main() {
    type Contender = (&'static str, fn(&Bytes) -> usize, Vec<Duration>);
    let page = page();
    let mut contenders: [Contender; 2] =
        [("with isolation", with_isolation, Vec::new()), ("without isolation", without_isolation, Vec::new())];
    for _ in 0..ROUNDS {
        for (_, decode, times) in &mut contenders {
            let started = Instant::now();
            assert_eq!(decode(&page), RECORDS);
            times.push(started.elapsed());
        }
    }
    for (name, _, mut times) in contenders {
        times.sort();
        println!("{name:<18} {:.2?}", times[ROUNDS / 2]);
    }
}
