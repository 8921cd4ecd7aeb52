//! The starter set, compiled in: what `usher init` writes and `usher demo` runs anywhere.
//!
//! To ship another rule file, add its line to [`RULES`].

use std::path::Path;
use std::{fs, io};

/// `usher.toml` with its comments.
const CONFIG: &str = include_str!("starter/usher.toml");

/// Keeps what usher keeps out of version control.
const GIT_IGNORE: &str = "/data/\n*.key\n*.secret\n";

/// Rule files: path within the rules folder, text.
const RULES: &[(&str, &str)] = &[
    ("conversation.rhai", include_str!("../../rules/conversation.rhai")),
    ("delivery.toml", include_str!("../../rules/delivery.toml")),
    ("hours.toml", include_str!("../../rules/hours.toml")),
    ("orders.toml", include_str!("../../rules/orders.toml")),
    ("payment.toml", include_str!("../../rules/payment.toml")),
    ("returns.toml", include_str!("../../rules/returns.toml")),
    ("shop.toml", include_str!("../../rules/shop.toml")),
    ("talk.toml", include_str!("../../rules/talk.toml")),
    ("words/opening.txt", include_str!("../../rules/words/opening.txt")),
    ("words/returns.txt", include_str!("../../rules/words/returns.txt")),
    ("words/shipping.txt", include_str!("../../rules/words/shipping.txt")),
];

/// Every file of a new folder, by its path in it.
pub fn files() -> impl Iterator<Item = (String, &'static str)> {
    let rules = RULES.iter().map(|(place, text)| (format!("rules/{place}"), *text));
    [("usher.toml".to_owned(), CONFIG), (".gitignore".to_owned(), GIT_IGNORE)]
        .into_iter()
        .chain(rules)
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
    for (place, text) in RULES {
        let path = beside.join(place);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)?;
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
