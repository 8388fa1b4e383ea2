//! Values that are computed and not shown from a record, such as statements, as the reference documents them.

use campfire_sandbox_model::{Field, Type};
use campfire_values::Json;

use crate::messages::reply::Reply;
use crate::model::api::Api;
use crate::records::placeholder::{self, DEPTH};
use crate::records::validate;
use crate::response_style::ResponseStyle;

/// Returns a value as responses show it: in the documented style, it has nulls only where the reference allows them.
///
/// # Errors
/// The refusal if a number is out of its documented range, as the sum of numbers within theirs may be.
pub(crate) fn shown(api: &Api, style: ResponseStyle, ty: &Type, value: Json) -> Result<Json, Reply> {
    match (ty, value) {
        (Type::List(items), Json::Array(values)) => {
            let values = values.into_iter().map(|value| shown(api, style, items, value));
            Ok(Json::Array(values.collect::<Result<_, Reply>>()?))
        }
        (Type::Object(schema), Json::Object(fields)) => {
            let fields = fields.into_iter().map(|(name, value)| {
                let value = match api.field(schema, &name) {
                    Some(field) => self::field(api, style, field, value)?,
                    None => value,
                };
                Ok((name, value))
            });
            Ok(Json::Object(fields.collect::<Result<_, Reply>>()?))
        }
        // Some responses repeat a request, in which a text may be a number.
        (Type::String, Json::Number(number)) => Ok(Json::String(number.as_str().to_owned())),
        (_, value) => Ok(value),
    }
}

fn field(api: &Api, style: ResponseStyle, field: &Field, value: Json) -> Result<Json, Reply> {
    if value.is_null() {
        let is_filled = style == ResponseStyle::Documented && !field.nullable;
        return Ok(if is_filled { placeholder::value(api, &field.ty, field.format.as_deref(), DEPTH) } else { value });
    }
    if let Some(number) = value.as_decimal()
        && validate::bounds(field, number).is_err()
    {
        return Err(Reply::out_of_range(&field.name, number));
    }
    shown(api, style, &field.ty, value)
}
