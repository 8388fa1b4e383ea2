//! The budgets: what the SDK may cost in relation to the stock crate.

use std::path::Path;

use serde_json::Value;

use super::measure::Weight;
use crate::project::{self, Result};

/// By how many percent a figure may exceed its budget. Compilers and machines differ.
pub(super) const TOLERANCE: u32 = 20;

/// The budgets of all feature sets.
pub(super) struct Budgets(Value);

impl Budgets {
    pub(super) fn read(file: &Path) -> Result<Self> {
        let budgets: Value =
            serde_json::from_str(&project::read(file)?).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(Self(budgets))
    }

    /// Returns each feature set: its name and its features, or `None` for the default ones.
    pub(super) fn feature_sets(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let sets = self.0.as_object().into_iter().flatten();
        sets.map(|(name, set)| (name.as_str(), set["features"].as_str()))
    }

    /// Returns a sentence for each figure that is over its budget.
    pub(super) fn exceeded(&self, set: &str, weight: &Weight, stock: &Weight) -> Vec<String> {
        let figures = [
            ("cpu", weight.cpu, stock.cpu),
            ("memory", weight.memory, stock.memory),
            ("crates", weight.crates as f64, stock.crates as f64),
            ("functions", weight.functions as f64, stock.functions as f64),
            ("library", weight.library, stock.library),
        ];
        let over = figures.into_iter().filter_map(|(name, figure, stock)| {
            let budget = self.0[set][name].as_f64()?;
            let ratio = figure / stock;
            let most = budget * (1.0 + f64::from(TOLERANCE) / 100.0);
            (ratio > most).then(|| format!("{set}: {name} is {ratio:.2} of the stock crate; the budget is {budget:.2}"))
        });
        over.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_figure_may_exceed_its_budget_by_the_tolerance() {
        let budgets = Budgets(json!({"all": {"features": null, "cpu": 0.5, "functions": 1.0}}));
        let stock = Weight { cpu: 40.0, functions: 100, ..Weight::default() };
        let exceeded = |cpu, functions| {
            let weight = Weight { cpu, functions, memory: 9e9, ..Weight::default() };
            budgets.exceeded("all", &weight, &stock).len()
        };
        assert_eq!(exceeded(20.0, 100), 0);
        assert_eq!(exceeded(23.9, 119), 0);
        assert_eq!(exceeded(24.1, 119), 1);
        assert_eq!(exceeded(24.1, 121), 2);
    }
}
