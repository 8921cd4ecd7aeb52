//! Bytes kept as they came, written into JSON as text where they are text.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Bytes as received. In JSON a string; what is no UTF-8 becomes `{"hex": "…"}`.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Raw(pub bytes::Bytes);

impl Raw {
    /// A copy of these bytes.
    #[must_use]
    pub fn copy(bytes: &[u8]) -> Raw {
        Raw(bytes::Bytes::copy_from_slice(bytes))
    }
}

impl fmt::Debug for Raw {
    /// Only the length: raw bytes hold customers' words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

impl<T: Into<bytes::Bytes>> From<T> for Raw {
    fn from(bytes: T) -> Self {
        Raw(bytes.into())
    }
}

#[derive(Serialize, Deserialize)]
struct Hex {
    hex: String,
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let hex = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                Hex { hex }.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Raw;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or `hex`")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Raw, E> {
                Ok(text.as_bytes().to_vec().into())
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Raw, A::Error> {
                let Hex { hex } =
                    Hex::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                from_hex(&hex).ok_or_else(|| serde::de::Error::custom("broken hex"))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

fn from_hex(hex: &str) -> Option<Raw> {
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(byte).collect();
    bytes.map(Raw::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_json() {
        for (bytes, json) in [
            (b"{\"a\":\"\xea\xb0\x80\"}".to_vec(), r#""{\"a\":\"가\"}""#),
            (vec![0xff, 0x00, 0x7f], r#"{"hex":"ff007f"}"#),
        ] {
            let raw = Raw::from(bytes);
            assert_eq!(serde_json::to_string(&raw).expect("plain data"), json);
            assert_eq!(serde_json::from_str::<Raw>(json).expect("its own form"), raw);
        }
    }
}
