//! Reading JSON leniently and without copying: what the sender wrote, not what a page promised.
//!
//! A field is kept as raw JSON until somebody asks for it, so a field of an odd type, a lone
//! surrogate or a deep nest spoils only itself.

use crate::limits;
use crate::model::{Alias, Timestamp};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// A field that may be absent, of any type.
pub type Field<'a> = Option<&'a RawValue>;

/// An array of anything; what is no array is an empty one that says so.
#[derive(Debug, Default)]
pub struct List<'a> {
    /// The elements as received.
    pub items: Vec<&'a RawValue>,
    /// Something else than an array stood here.
    pub odd: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for List<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor)
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = List<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<&RawValue>()? {
            items.push(item);
        }
        Ok(List { items, odd: false })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(List { items: Vec::new(), odd: true })
    }

    fn visit_unit<E: Error>(self) -> Result<List<'de>, E> {
        Ok(List::default())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<List<'de>, E> {
        Ok(List { items: Vec::new(), odd: true })
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<List<'de>, E> {
        Ok(List { items: Vec::new(), odd: true })
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<List<'de>, E> {
        Ok(List { items: Vec::new(), odd: true })
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<List<'de>, E> {
        Ok(List { items: Vec::new(), odd: true })
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<List<'de>, E> {
        Ok(List { items: Vec::new(), odd: true })
    }
}

/// An object read from a raw field; `None` when it is absent or nothing of the kind.
pub fn object<'a, T: Deserialize<'a>>(field: Field<'a>) -> Option<T> {
    field.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

/// A string, or a number as written; `None` for anything else and for the empty string. Lone
/// surrogates become U+FFFD.
pub fn text<'a>(field: Field<'a>) -> Option<Cow<'a, str>> {
    let raw = field?.get();
    let text = match raw.as_bytes().first()? {
        b'"' => string(raw)?,
        b'-' | b'0'..=b'9' => Cow::Borrowed(raw),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A string of at most `max` bytes; a longer one is no id of anything.
pub fn id<'a>(field: Field<'a>, max: usize) -> Option<Cow<'a, str>> {
    text(field).filter(|text| text.len() <= max)
}

/// An integer, also where it is written as a string or with a fraction.
pub fn integer(field: Field<'_>) -> Option<i64> {
    let text = text(field)?;
    let text = text.trim();
    text.parse().ok().or_else(|| text.split_once('.').and_then(|(whole, _)| whole.parse().ok()))
}

/// WhatsApp's timestamps: seconds, now and then milliseconds, number or string.
pub fn timestamp(field: Field<'_>) -> Option<Timestamp> {
    integer(field).filter(|value| *value > 0).map(Timestamp::from_whatsapp)
}

/// `true`, also as a string.
pub fn is_true(field: Field<'_>) -> bool {
    field.is_some_and(|raw| matches!(raw.get(), "true" | "\"true\""))
}

/// The alias a string names: Meta puts business-scoped ids (`PT.7301A`) also where a phone number
/// is expected.
pub fn alias(name: &str) -> Alias {
    if is_bsuid(name) { Alias::Bsuid(name.to_owned()) } else { Alias::WaId(name.to_owned()) }
}

/// The alias in a field that may hold a phone number or a business-scoped id.
pub fn any_alias(field: Field<'_>) -> Option<Alias> {
    id(field, limits::ALIAS_BYTES_MAX).map(|name| alias(&name))
}

/// The alias in a field that holds a business-scoped id.
pub fn bsuid(field: Field<'_>) -> Option<Alias> {
    id(field, limits::ALIAS_BYTES_MAX).map(|name| Alias::Bsuid(name.into_owned()))
}

/// Two capitals and a dot: `US.1349…`, `US.ENT.…`.
fn is_bsuid(name: &str) -> bool {
    matches!(name.as_bytes(), [first, second, b'.', ..]
        if first.is_ascii_uppercase() && second.is_ascii_uppercase())
}

/// `text` up to `max` bytes, cut between characters.
pub fn cut(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or(text)
}

fn string(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.contains('\\') {
        return raw.get(1..raw.len().saturating_sub(1)).map(Cow::Borrowed);
    }
    serde_json::from_str::<String>(raw).ok().or_else(|| lossy(raw)).map(Cow::Owned)
}

/// Read as bytes, JSON strings may hold half a surrogate pair.
fn lossy(raw: &str) -> Option<String> {
    struct Lossy(String);
    impl<'de> Deserialize<'de> for Lossy {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_bytes(LossyVisitor).map(Lossy)
        }
    }
    serde_json::from_str::<Lossy>(raw).ok().map(|Lossy(text)| text)
}

struct LossyVisitor;

impl Visitor<'_> for LossyVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<String, E> {
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn text_takes_strings_and_numbers_and_mends_surrogates() {
        for (json, expected) in [
            (r#""plain""#, Some("plain")),
            (r#""\ud55c\uae00""#, Some("한글")),
            (r#""a\"b""#, Some("a\"b")),
            ("12345678901234567890123", Some("12345678901234567890123")),
            ("-1.5", Some("-1.5")),
            (r#""""#, None),
            ("null", None),
            ("true", None),
            ("{}", None),
            ("[1]", None),
        ] {
            assert_eq!(text(Some(&raw(json))).as_deref(), expected, "{json}");
        }
        assert!(text(Some(&raw(r#""a\ud800b""#))).unwrap().starts_with('a'));
        assert_eq!(text(Some(&raw(r#""a\u0000b""#))).as_deref(), Some("a\0b"));
        assert_eq!(text(None), None);
    }

    #[test]
    fn timestamps_come_as_anything() {
        let at = Timestamp(1_760_000_001_000);
        for json in [
            "1760000001",
            r#""1760000001""#,
            "1760000001000",
            r#""1760000001000""#,
            "1760000001.5",
            r#"" 1760000001 ""#,
        ] {
            assert_eq!(timestamp(Some(&raw(json))), Some(at), "{json}");
        }
        for json in ["0", "-5", r#""soon""#, "null", "1e400"] {
            assert_eq!(timestamp(Some(&raw(json))), None, "{json}");
        }
    }

    #[test]
    fn a_list_is_whatever_stands_there() {
        for (json, items, odd) in [
            (r#"[1,{"a":[]},"x"]"#, 3, false),
            ("[]", 0, false),
            ("null", 0, false),
            (r#"{"a":{"b":1}}"#, 0, true),
            ("17", 0, true),
            ("-1", 0, true),
            ("1.5", 0, true),
            ("true", 0, true),
            (r#""x""#, 0, true),
        ] {
            let list: List = serde_json::from_str(json).unwrap();
            assert_eq!((list.items.len(), list.odd), (items, odd), "{json}");
        }
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(cut("한글", 4), "한");
        assert_eq!(cut("한글", 6), "한글");
        assert_eq!(cut("한글", 1), "");
        assert_eq!(cut("abc", 9), "abc");
    }

    #[test]
    fn a_bsuid_is_recognised_by_its_shape() {
        assert_eq!(alias("PT.7301A"), Alias::Bsuid("PT.7301A".to_owned()));
        assert_eq!(alias("US.ENT.12"), Alias::Bsuid("US.ENT.12".to_owned()));
        for name in ["351910000001", "pt.7301", "P.1", "", "한.1"] {
            assert_eq!(alias(name), Alias::WaId(name.to_owned()));
        }
    }
}
