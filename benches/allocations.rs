//! Memory that a record takes, in the client's types and in structs as they would be written by hand.
//!
//! It is a benchmark of its own, because an allocator that counts takes a good part of the time that decoding does.
//!
//!     cargo bench -p campfire-benches --bench allocations

mod pages;
mod shapes;

use std::alloc::System;

use campfire::fuzz;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use pages::RECORDS;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Compares the types of one shape.
macro_rules! compare_shape {
    ($page:ident, $name:literal, $ours:ty, $by_hand:ty) => {
        let page = pages::$page();
        println!("{}", $name);
        measure("campfire", || fuzz::decode_page::<$ours>(&page).map_err(|error| error.to_string()).unwrap());
        measure("by hand, f64", || serde_json::from_slice::<shapes::Page<$by_hand>>(&page).unwrap());
        println!();
    };
}

fn main() {
    println!("per record, on a page of {RECORDS}\n");
    pages::for_each_shape!(compare_shape);
}

/// Prints what decoded records hold.
fn measure<T>(name: &str, decode: impl Fn() -> T) {
    let region = Region::new(ALLOCATOR);
    let decoded = decode();
    let change = region.change();
    drop(decoded);
    let per_record = |number: usize| number as f64 / RECORDS as f64;
    let kept = change.bytes_allocated - change.bytes_deallocated;
    let (allocations, moves) = (per_record(change.allocations), per_record(change.reallocations));
    println!(
        "  {name:<14} {allocations:>5.1} allocations, {moves:>4.1} reallocations, {:>5.0} bytes held",
        per_record(kept)
    );
}
