//! The forms names may have, and what to type instead.

use super::bench::Bench;
use crate::limits;
use crate::rules::codes;
use crate::rules::consenting::RESERVED;
use crate::rules::problems::At;

/// Whether a rule's id is well formed; reported where not.
pub fn check_id(bench: &Bench<'_>, sheet: usize, id: &At<String>) {
    let text = id.value.as_str();
    let (message, help) = if text.is_empty() {
        ("an empty id".to_owned(), "write `id = \"…\"`, for example `order-status`".to_owned())
    } else if !text.chars().all(is_id_letter) {
        let message =
            format!("`{text}` is no id: ids consist of `a` to `z`, digits, `-`, `_` and `.`");
        (message, format!("write `id = \"{}\"`", like_id(text)))
    } else if text.len() > limits::NAME_BYTES_MAX {
        let message = format!("an id has at most {} characters", limits::NAME_BYTES_MAX);
        (message, "choose a shorter one".to_owned())
    } else if ["greeting", "api"].contains(&text)
        || ["fallback.", "form.", RESERVED].iter().any(|ours| text.starts_with(ours))
    {
        let message = format!("`{text}` is an id usher gives itself");
        (message, "choose another id".to_owned())
    } else {
        return;
    };
    bench.report(&codes::BAD_NAME, message, sheet, &id.span, "not an id", help);
}

/// Whether a name can stand after `match.` or `contact.fields.`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !text.is_empty()
        && text.len() <= limits::NAME_BYTES_MAX
        && text.chars().all(letter)
        && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// A name like the text that [`is_name`].
#[must_use]
pub fn like_name(text: &str) -> String {
    let name = like_id(text).replace(['-', '.'], "_");
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("n{name}") } else { name }
}

/// Whether an id consists of the letters ids have.
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_id_letter)
}

/// Whether it may be the type of an event: words with dots between them.
#[must_use]
pub fn is_event_type(text: &str) -> bool {
    text.len() <= limits::NAME_BYTES_MAX && text.split('.').all(is_id)
}

fn is_id_letter(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.')
}

/// An id like the text that [`is_id`].
#[must_use]
pub fn like_id(text: &str) -> String {
    let lower = text.trim().to_lowercase().replace(char::is_whitespace, "-");
    let id: String =
        lower.chars().filter(|c| is_id_letter(*c)).take(limits::NAME_BYTES_MAX).collect();
    if id.trim_matches('-').is_empty() { "my-rule".to_owned() } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, good) in [
            ("order_no", true),
            ("a", true),
            ("", false),
            ("2x", false),
            ("Order", false),
            ("a-b", false),
        ] {
            assert_eq!(is_name(text), good, "{text}");
            assert!(is_name(&like_name(text)), "{text}");
        }
        assert_eq!(like_id("Order Status!"), "order-status");
        assert_eq!(like_id("주문"), "my-rule");
    }
}
