//! `cargo xtask weigh`: compares what the SDK costs its users to build with a crate that progenitor generates from the same
//! description.

mod budget;
mod crates;
pub(crate) mod measure;
mod stock;

use std::path::{Path, PathBuf};

use crate::project::{self, Result};
use budget::Budgets;
use crates::Subject;
use measure::Weight;

/// The file with the budgets.
const BUDGETS: &str = "xtask/budgets.json";

/// Weighs all feature sets and prints a table.
///
/// # Errors
/// If something cannot be built, or, with `check`, if a figure is over its budget.
pub(crate) fn weigh(check: bool) -> Result<()> {
    let root = project::root();
    let budgets = Budgets::read(&root.join(BUDGETS))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from).join("weigh");
    let stock = stock::write(&project::load()?, &root, &target.join("stock"))?;
    println!("| crate | CPU | memory | crates | functions | library |");
    println!("| --- | ---: | ---: | ---: | ---: | ---: |");
    let weigh_stock = || row("stock progenitor", &Subject::stock(&stock), &target);
    let mut yardstick = weigh_stock()?;
    let mut exceeded = Vec::new();
    for (name, features) in budgets.feature_sets() {
        let weigh_ours = || row(&format!("campfire, {name}"), &Subject::sdk(&root, features), &target);
        let mut over = budgets.exceeded(name, &weigh_ours()?, &yardstick);
        if !over.is_empty() {
            // CPU time also depends on what else the machine does, so both are weighed again.
            yardstick = weigh_stock()?;
            over = budgets.exceeded(name, &weigh_ours()?, &yardstick);
        }
        exceeded.extend(over);
    }
    println!("\nA budget is a ratio to the stock crate; a figure may exceed it by {} %.", budget::TOLERANCE);
    if check && !exceeded.is_empty() {
        return Err(format!("{}\nSee {BUDGETS}.", exceeded.join("\n")).into());
    }
    exceeded.iter().for_each(|line| println!("{line}"));
    Ok(())
}

fn row(name: &str, subject: &Subject<'_>, target: &Path) -> Result<Weight> {
    let weight = subject.weigh(target)?;
    println!(
        "| {name} | {:.1} s | {:.2} GB | {} | {} | {:.1} MB |",
        weight.cpu,
        weight.memory / 1e9,
        weight.crates,
        weight.functions,
        weight.library / 1e6
    );
    Ok(weight)
}
