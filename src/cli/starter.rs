//! The starter set, compiled in: what `usher init` writes and `usher demo` runs anywhere.
//!
//! To ship another rule file, add its line to [`RULES`].

use crate::rules::Sources;

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

/// The starter rules.
#[must_use]
pub fn sources() -> Sources {
    let files = RULES.iter().map(|(place, text)| ((*place).to_owned(), text.as_bytes().into()));
    Sources { files: files.collect(), ..Sources::default() }
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
