//! Decoding pages of contracts, invoices with lines, and ledger rows: by the client, by structs as they would be written by
//! hand, and as untyped JSON. All take turns in one run.
//!
//!     cargo bench -p campfire-benches --bench decoding

mod pages;
mod shapes;

use std::hint::black_box;
use std::time::{Duration, Instant};

use campfire::{Json, fuzz};
use serde::de::DeserializeOwned;

use pages::RECORDS;

const ROUNDS: usize = 40;

/// A way of decoding. It returns the number of records.
type Decode<'a> = (&'static str, &'a dyn Fn() -> usize);

/// Compares the ways of decoding one shape.
macro_rules! compare_shape {
    ($page:ident, $name:literal, $ours:ty, $by_hand:ty) => {
        let page = pages::$page();
        println!("{}, {} bytes per record", $name, page.len() / RECORDS);
        let ours = || fuzz::decode_page::<$ours>(&page).map_err(|error| error.to_string()).unwrap();
        let by_hand = || serde_json::from_slice::<shapes::Page<$by_hand>>(&page).unwrap();
        compare(&[
            ("by hand, f64", &|| by_hand().results.len()),
            ("campfire", &|| ours().results.len()),
            ("sonic-rs, f64", &|| sonic::<$by_hand>(&page)),
            ("simd-json, f64", &|| simd::<$by_hand>(&page)),
            ("serde_json::Value", &|| value(&page)),
            ("campfire::Json", &|| json(&page)),
        ]);
    };
}

fn main() {
    println!("medians of {ROUNDS} rounds, relative to structs written by hand\n");
    pages::for_each_shape!(compare_shape);
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

/// Prints the median time of each way, relative to the first.
///
/// Each turn decodes twice, and only the second time counts: the first finds the heap as another way left it, and may have to get
/// memory from the system that the other has given back.
fn compare(ways: &[Decode<'_>]) {
    let mut times = vec![Vec::with_capacity(ROUNDS); ways.len()];
    for _ in 0..ROUNDS {
        for ((_, decode), times) in ways.iter().zip(&mut times) {
            black_box(decode());
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
