//! The rule for `x-currency`: an amount can only be read with its currency if both are in the same object.

use crate::description::extension;
use crate::description::node::Node;
use crate::description::rule::Rule;
use crate::rules::report::Report;

/// Checks that an amount names a property that holds the code of a currency.
pub(super) fn check(report: &mut Report<'_>, schema: &Node<'_>, property: &Node<'_>) {
    let Some(name) = property.value.get(extension::CURRENCY) else { return };
    let at = property.at(extension::CURRENCY);
    let currency = schema.members("properties").find(|(sibling, _)| name == sibling).map(|(_, sibling)| sibling);
    let Some(currency) = currency else {
        let help = "name a property of the same object that holds the code of the currency";
        return report.add(Rule::Currency, at, format!("there is no property {name}"), help);
    };
    if currency.word("type") != Some("string") || currency.flag("writeOnly") {
        let help = "the code of a currency is a string that responses contain";
        report.add(Rule::Currency, &at, format!("{name} does not hold a currency"), help);
    }
    let decimal = property.value.pointer("/allOf/0/$ref").and_then(serde_json::Value::as_str);
    if decimal != Some("#/components/schemas/Decimal") {
        report.add(Rule::Currency, at, "only amounts have a currency", "use `Decimal`, or remove `x-currency`");
    }
}
