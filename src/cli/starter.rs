//! The starter set, compiled in: what `usher init` writes and `usher demo` runs anywhere.
//!
//! To ship another rule file, add its line to [`RULES`].

use crate::rules::sources::MediaFile;
use crate::rules::{self, Sources};
use crate::{config, media};
use std::borrow::Cow;

/// `usher.toml` with its comments.
const CONFIG: &str = include_str!("starter/usher.toml");

/// Keeps what usher keeps out of version control.
const GIT_IGNORE: &str = "/data/\n*.key\n*.secret\n";

/// Tells editors with Taplo inside which schema is for which file.
const EDITOR: &str = include_str!("starter/taplo.toml");

/// The rules folder: path within it, bytes.
const RULES: &[(&str, &[u8])] = &[
    ("conversation.rhai", include_bytes!("../../rules/conversation.rhai")),
    ("delivery.toml", include_bytes!("../../rules/delivery.toml")),
    ("hours.toml", include_bytes!("../../rules/hours.toml")),
    ("media/shop.png", include_bytes!("../../rules/media/shop.png")),
    ("orders.toml", include_bytes!("../../rules/orders.toml")),
    ("payment.toml", include_bytes!("../../rules/payment.toml")),
    ("returns.toml", include_bytes!("../../rules/returns.toml")),
    ("shop.toml", include_bytes!("../../rules/shop.toml")),
    ("talk.toml", include_bytes!("../../rules/talk.toml")),
    ("words/opening.txt", include_bytes!("../../rules/words/opening.txt")),
    ("words/returns.txt", include_bytes!("../../rules/words/returns.txt")),
    ("words/shipping.txt", include_bytes!("../../rules/words/shipping.txt")),
];

/// Every file of a new folder, by its path in it.
pub fn files() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    let rules =
        RULES.iter().map(|(place, bytes)| (format!("rules/{place}"), Cow::Borrowed(*bytes)));
    let texts = [("usher.toml", CONFIG), (".gitignore", GIT_IGNORE), (".taplo.toml", EDITOR)];
    let texts =
        texts.into_iter().map(|(place, text)| (place.to_owned(), Cow::Borrowed(text.as_bytes())));
    texts.chain(schemas()).chain(rules)
}

/// What [`EDITOR`] names.
fn schemas() -> impl Iterator<Item = (String, Cow<'static, [u8]>)> {
    [("rules.schema.json", rules::schema::schema()), ("usher.schema.json", config::schema())]
        .into_iter()
        .map(|(place, schema)| (place.to_owned(), Cow::Owned(format!("{schema:#}\n").into_bytes())))
}

/// The starter rules.
#[must_use]
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    for (place, bytes) in RULES {
        if media::is_media(place) {
            let mut digest = media::Sha256Hex::default();
            digest.update(bytes);
            let file = MediaFile { sha256: digest.hex(), bytes: bytes.len() as u64 };
            sources.media.insert((*place).to_owned(), file);
        } else {
            sources = sources.with(place, bytes);
        }
    }
    sources
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_of_the_rules_folder_is_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        assert_eq!(crate::files::read(&folder).unwrap(), sources());
    }
}
