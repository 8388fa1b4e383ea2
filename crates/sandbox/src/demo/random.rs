//! Names and amounts of the demo company.

use campfire_values::{Decimal, Json};
use fastrand::Rng;

const WORDS: [&str; 12] =
    ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Maple", "Oak", "Rowan"];
const TRADES: [&str; 8] = ["Foods", "Labs", "Freight", "Textiles", "Energy", "Studios", "Optics", "Mills"];

/// Returns the name of a customer or a vendor.
pub(super) fn party(random: &mut Rng) -> String {
    let (word, trade) = (WORDS[random.usize(..WORDS.len())], TRADES[random.usize(..TRADES.len())]);
    format!("{word} {trade} {}", random.u16(100..1_000))
}

/// Returns the name of a deal.
pub(super) fn deal(random: &mut Rng) -> String {
    format!("{} {}", WORDS[random.usize(..WORDS.len())], random.u16(100..1_000))
}

/// Returns an amount from 10 to 5,000.
pub(super) fn amount(random: &mut Rng) -> Decimal {
    Decimal::new(random.i64(1_000..500_000), 2)
}

/// Returns one of several ids.
pub(super) fn pick(random: &mut Rng, ids: &[i64]) -> Json {
    Json::from(ids[random.usize(..ids.len())])
}
