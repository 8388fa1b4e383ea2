//! Values of parameters: from JSON to the text that is sent.

use campfire_operation_table::check::{expected, text};
use campfire_operation_table::{Parameter, Type};
use campfire_values::Json;

use crate::call::Value;

/// Returns a path or query parameter as the call keeps it.
///
/// # Errors
/// If the value does not have the type of the parameter.
pub(super) fn value(parameter: &Parameter<'_>, is_in_path: bool, json: &Json) -> Result<Value, String> {
    if let Type::List(inner) = &parameter.ty {
        let one = std::slice::from_ref(json);
        let items = json.as_array().unwrap_or(one);
        let texts = items.iter().map(|item| text(inner, item)).collect::<Result<Vec<_>, _>>()?;
        return Ok(if parameter.repeated { Value::Texts(texts) } else { Value::Text(texts.join(",")) });
    }
    let text = text(&parameter.ty, json)?;
    match &parameter.ty {
        Type::Integer if is_in_path => text.parse().map(Value::Integer).map_err(|_| expected(&parameter.ty, json)),
        _ => Ok(Value::Text(text)),
    }
}
