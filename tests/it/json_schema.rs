//! A validator of the JSON Schema keywords that `docs/schema/events.schema.json` uses. Crates that know all keywords enable
//! features of crates that nova-ft shares with them, so tests would compile polars and the AWS SDK once more.

use regex::Regex;
use serde_json::Value;

/// Whether a value fits a schema of the document `root`.
///
/// # Panics
/// At a keyword that it does not know.
pub(crate) fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let fits = |schema: &Value, value: &Value| is_valid(root, schema, value);
    schema.as_object().unwrap().iter().all(|(keyword, of)| match keyword.as_str() {
        "$schema" | "$defs" | "title" | "description" => true,
        "$ref" => fits(root.pointer(of.as_str().unwrap().strip_prefix('#').unwrap()).unwrap(), value),
        "oneOf" => list(of).iter().filter(|schema| fits(schema, value)).count() == 1,
        "const" => of == value,
        "enum" => list(of).contains(value),
        "type" if of.is_array() => list(of).iter().any(|kind| is_of_type(kind, value)),
        "type" => is_of_type(of, value),
        "minimum" => value.as_f64().is_none_or(|number| number >= of.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= of.as_f64().unwrap()),
        "pattern" => value.as_str().is_none_or(|text| Regex::new(of.as_str().unwrap()).unwrap().is_match(text)),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= of.as_u64().unwrap()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= of.as_u64().unwrap()),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| fits(of, item))),
        "required" => {
            value.as_object().is_none_or(|has| list(of).iter().all(|key| has.contains_key(key.as_str().unwrap())))
        }
        "properties" => value
            .as_object()
            .is_none_or(|has| has.iter().all(|(key, value)| of.get(key).is_none_or(|of| fits(of, value)))),
        "propertyNames" => value.as_object().is_none_or(|has| has.keys().all(|key| fits(of, &key.as_str().into()))),
        "additionalProperties" => {
            let is_listed = |key: &String| schema["properties"].get(key).is_some();
            value.as_object().is_none_or(|has| has.iter().all(|(key, value)| is_listed(key) || fits(of, value)))
        }
        _ => panic!("the keyword {keyword} is not known"),
    })
}

fn list(of: &Value) -> &[Value] {
    of.as_array().unwrap()
}

fn is_of_type(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the type {other} is not known"),
    }
}
