//! Pages of the three shapes that the benchmarks decode, made from the payloads in `tests/payloads`.

/// The number of records on a page.
pub(crate) const RECORDS: usize = 1_000;

pub(crate) fn contracts() -> Vec<u8> {
    page(include_str!("../tests/payloads/contract.json"))
}

pub(crate) fn invoices() -> Vec<u8> {
    page(include_str!("../tests/payloads/invoice.json"))
}

pub(crate) fn ledger_rows() -> Vec<u8> {
    page(include_str!("../tests/payloads/transaction.json"))
}

/// Passes each shape to a macro: the function that returns its page, its name, the client's type, and the type written by hand.
macro_rules! for_each_shape {
    ($compare:ident) => {
        $compare!(contracts, "contracts", campfire::types::Contract, crate::shapes::Contract);
        $compare!(invoices, "invoices with lines", campfire::types::Invoice, crate::shapes::Invoice);
        $compare!(ledger_rows, "ledger rows", campfire::types::Transaction, crate::shapes::LedgerRow);
    };
}
pub(crate) use for_each_shape;

/// Returns a page of records without white space between the values, as servers send it.
fn page(record: &str) -> Vec<u8> {
    let compact: String = record.lines().map(str::trim_start).collect::<Vec<_>>().join("").replace("\": ", "\":");
    let records: Vec<String> =
        (1..=RECORDS).map(|id| compact.replacen("{\"id\":", &format!("{{\"id\":{}", id % 9 + 1), 1)).collect();
    let records = records.join(",");
    format!(r#"{{"count":{RECORDS},"next":null,"previous":null,"results":[{records}]}}"#).into_bytes()
}
