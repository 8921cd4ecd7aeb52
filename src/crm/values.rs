//! Values out of an answer, by their paths.

use crate::limits;
use serde_json::{Number, Value};
use std::collections::BTreeMap;

/// Whole numbers from here on may not be what was written: JSON's numbers are floating.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// Whether an answer says that there is nothing: `null`, `{}`, `[]`.
pub(super) fn is_nothing(json: &Value) -> bool {
    match json {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The values that `gives` names, each by its name and its path (`order.items.0.name`). What is
/// absent, null, empty, no single value, or longer than [`limits::FIELD_VALUE_BYTES_MAX`] is left
/// out: nothing is cut.
pub(super) fn values(json: &Value, gives: &[(String, String)]) -> BTreeMap<String, String> {
    let found = gives.iter().filter_map(|(name, path)| {
        let text = text(at(json, path)?)?;
        let fits = !text.is_empty() && text.len() <= limits::FIELD_VALUE_BYTES_MAX;
        fits.then(|| (name.clone(), text))
    });
    found.collect()
}

fn at<'j>(json: &'j Value, path: &str) -> Option<&'j Value> {
    path.split('.').try_fold(json, |value, key| match value {
        Value::Object(fields) => fields.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => exact(number),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `None` where digits were lost: a wrong order number is worse than none.
fn exact(number: &Number) -> Option<String> {
    let lost = number.is_f64() && number.as_f64().is_none_or(|value| value.abs() >= EXACT_MAX);
    (!lost).then(|| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_one_value() {
        let json = r#"{
            "status": "shipped", "paid": true, "total": 49.5, "no": 18446744073709551615,
            "big": 123456789012345678901234567890, "none": null, "empty": "", "0": "zero",
            "order": {"items": [{"name": "Kimchi"}, {"name": "茶"}], "by": {}}
        }"#;
        let json: Value = serde_json::from_str(json).unwrap();
        for (path, value) in [
            ("status", Some("shipped")),
            ("paid", Some("true")),
            ("total", Some("49.5")),
            ("no", Some("18446744073709551615")),
            ("big", None),
            ("none", None),
            ("empty", None),
            ("0", Some("zero")),
            ("order.items.1.name", Some("茶")),
            ("order.items.2.name", None),
            ("order.items.-1.name", None),
            ("order.items", None),
            ("order.by", None),
            ("status.more", None),
            ("", None),
            ("order..items", None),
        ] {
            let found = values(&json, &[("it".to_owned(), path.to_owned())]);
            assert_eq!(found.get("it").map(String::as_str), value, "{path}");
        }
    }

    #[test]
    fn what_is_too_long_is_left_out() {
        let longest = limits::FIELD_VALUE_BYTES_MAX;
        for (length, kept) in [(longest, 1), (longest + 1, 0)] {
            let json = Value::String("x".repeat(length));
            let json = Value::Array(vec![json]);
            assert_eq!(values(&json, &[("it".to_owned(), "0".to_owned())]).len(), kept);
        }
    }
}
