//! Blots secrets out of a source text before anybody sees it, keeping every byte's place.

use std::ops::Range;

/// Words that end the name of a key which holds a secret.
const SECRET_KEYS: [&str; 3] = ["token", "secret", "password"];

/// The text with the bytes of `spans` blotted, and whatever stands right of a key that sounds
/// like a secret, unless it is `{` or `[` (a place to read it from). The second catches misspelt
/// keys and lines that are no TOML. Length and line ends stay, so that places still fit.
pub(super) fn blotted(text: &str, spans: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in spans.iter().cloned().chain(suspects(text)) {
        for byte in bytes.get_mut(span).into_iter().flatten() {
            if !matches!(*byte, b'\n' | b'\r') {
                *byte = b'*';
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn suspects(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (equals, _) in text.match_indices('=') {
        let key = text.get(..equals).unwrap_or_default().trim_end().trim_end_matches(['"', '\'']);
        let key = key.to_ascii_lowercase();
        let right = text.get(equals + 1..).unwrap_or_default();
        let value = right.trim_start_matches([' ', '\t']);
        if SECRET_KEYS.iter().any(|word| key.ends_with(word)) && !value.starts_with(['{', '[']) {
            let start = equals + 1 + (right.len() - value.len());
            let length = value.find(['\n', '\r']).unwrap_or(value.len());
            found.push(start..start + length);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_secret_is_left() {
        for (text, shown) in [
            ("access_token = \"EAA\" # x\nb = 1", "access_token = *********\nb = 1"),
            ("acess_token=\"EAA\n", "acess_token=****\n"),
            ("\"app_secret\" = 'é'", "\"app_secret\" = ****"),
            ("token = { env = \"NAME\" }", "token = { env = \"NAME\" }"),
            ("tokens = [{ token = \"abc\" }]", "tokens = [{ token = ********"),
        ] {
            assert_eq!(blotted(text, &[]), shown);
        }
        let span = std::iter::once(6..15).collect::<Vec<_>>();
        assert_eq!(blotted("key = \"\"\"a\nb\"\"\"", &span), "key = ****\n****");
    }
}
