//! Values of parameters: from JSON to the text that is sent.

use campfire_operation_table::{Parameter, Type};
use campfire_values::Json;

use super::check;
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
        Type::Integer if is_in_path => {
            text.parse().map(Value::Integer).map_err(|_| check::expected(&parameter.ty, json))
        }
        _ => Ok(Value::Text(text)),
    }
}

/// Returns the text of a single value. Text that reads as the expected type is accepted, because parameters are text.
pub(super) fn text(ty: &Type<'_>, json: &Json) -> Result<String, String> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.as_str().to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Null | Json::Array(_) | Json::Object(_) => return Err(check::expected(ty, json)),
    };
    let fits = match ty {
        Type::Integer => text.parse::<i64>().is_ok(),
        Type::Boolean => matches!(text.as_str(), "true" | "false"),
        Type::String | Type::Enum(_) | Type::Json => true,
        _ => check::is_text_of(ty, &text),
    };
    if fits { Ok(text) } else { Err(check::expected(ty, json)) }
}
