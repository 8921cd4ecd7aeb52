//! The starter set, compiled in: what `usher init` writes and `usher demo` runs anywhere.
//!
//! To ship another rule file, add its line to [`RULES`].

use crate::{config, rules};
use std::borrow::Cow;
use std::path::Path;
use std::{fs, io};

/// `usher.toml` with its comments.
const CONFIG: &str = include_str!("starter/usher.toml");

/// Keeps what usher keeps out of version control.
const GIT_IGNORE: &str = "/data/\n/secrets/\n/tls/\n*.key\n*.secret\n";

/// Tells editors with Taplo inside which schema is for which file.
const EDITOR: &str = include_str!("starter/taplo.toml");

/// The rules folder: path within it, bytes.
const RULES: &[(&str, &[u8])] = &[
    ("claims.rhai", include_bytes!("../../rules/claims.rhai")),
    ("claims.toml", include_bytes!("../../rules/claims.toml")),
    ("consent.toml", include_bytes!("../../rules/consent.toml")),
    ("conversation.rhai", include_bytes!("../../rules/conversation.rhai")),
    ("delivery.toml", include_bytes!("../../rules/delivery.toml")),
    ("events.toml", include_bytes!("../../rules/events.toml")),
    ("hours.toml", include_bytes!("../../rules/hours.toml")),
    ("media/shop.png", include_bytes!("../../rules/media/shop.png")),
    ("offers.toml", include_bytes!("../../rules/offers.toml")),
    ("orders.toml", include_bytes!("../../rules/orders.toml")),
    ("payment.toml", include_bytes!("../../rules/payment.toml")),
    ("people.toml", include_bytes!("../../rules/people.toml")),
    ("returns.toml", include_bytes!("../../rules/returns.toml")),
    ("shop.toml", include_bytes!("../../rules/shop.toml")),
    ("talk.toml", include_bytes!("../../rules/talk.toml")),
    ("tastings.toml", include_bytes!("../../rules/tastings.toml")),
    ("teas.toml", include_bytes!("../../rules/teas.toml")),
    ("templates.toml", include_bytes!("../../rules/templates.toml")),
    ("tests.toml", include_bytes!("../../rules/tests.toml")),
    ("tests/consent.toml", include_bytes!("../../rules/tests/consent.toml")),
    ("tests/events.toml", include_bytes!("../../rules/tests/events.toml")),
    ("tests/forms.toml", include_bytes!("../../rules/tests/forms.toml")),
    ("tests/people.toml", include_bytes!("../../rules/tests/people.toml")),
    ("tests/teas.toml", include_bytes!("../../rules/tests/teas.toml")),
    ("words/opening.txt", include_bytes!("../../rules/words/opening.txt")),
    ("words/parcel.txt", include_bytes!("../../rules/words/parcel.txt")),
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

/// Writes the starter rules into a new folder: all of them, or none.
///
/// # Errors
/// The folder cannot be written.
pub fn write_rules(folder: &Path) -> io::Result<()> {
    let beside = folder.with_extension("new");
    if beside.exists() {
        // What a start that was broken off left behind.
        fs::remove_dir_all(&beside)?;
    }
    for (place, bytes) in RULES {
        let path = beside.join(place);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    fs::rename(&beside, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_rules_folder_is_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
        let dir = tempfile::tempdir().unwrap();
        let written = dir.path().join("rules");
        write_rules(&written).unwrap();
        let read = |folder: &Path| crate::files::read(folder).unwrap();
        assert_eq!(read(&folder), read(&written));
    }
}
