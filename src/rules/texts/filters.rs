//! The filters and tests of a text: a short list, nothing of web pages.

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, filters, tests};

/// Every filter.
pub(super) const FILTERS: [&str; 20] = [
    "abs",
    "capitalize",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "replace",
    "reverse",
    "round",
    "sort",
    "split",
    "title",
    "trim",
    "truncate",
    "upper",
];
/// Every test, as in `is defined`.
pub(super) const TESTS: [&str; 2] = ["defined", "undefined"];

/// Adds them.
pub(super) fn register(environment: &mut Environment<'_>) {
    environment.add_filter("abs", filters::abs);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("default", default);
    environment.add_filter("first", filters::first);
    environment.add_filter("float", filters::float);
    environment.add_filter("int", filters::int);
    environment.add_filter("join", filters::join);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("list", filters::list);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("replace", filters::replace);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("round", filters::round);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("split", filters::split);
    environment.add_filter("title", filters::title);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("truncate", truncate);
    environment.add_filter("upper", filters::upper);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
}

/// What is missing, null, blank or an empty list gives way to the other value.
fn default(value: &Value, other: Rest<Value>) -> Result<Value, Error> {
    let [other] = other.as_slice() else {
        return Err(Error::new(ErrorKind::MissingArgument, "`default` wants one value"));
    };
    let blank = match value.kind() {
        ValueKind::Undefined | ValueKind::None => true,
        ValueKind::String => value.as_str().is_some_and(|text| text.trim().is_empty()),
        ValueKind::Seq => value.len() == Some(0),
        _ => false,
    };
    Ok(if blank { other.clone() } else { value.clone() })
}

/// At most so many characters, the last one `…` where something was left out.
fn truncate(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The end of the names of templates that are paths.
pub(super) const PATH: &str = "path";

/// A value within a path: only what RFC 3986 calls unreserved stands for itself.
fn percent_encoded(value: &str) -> String {
    value.bytes().fold(String::with_capacity(value.len()), |mut out, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
        out
    })
}

/// Writes a value. A list or a group of names has no look of its own.
pub(super) fn write(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    let wrong = match value.kind() {
        ValueKind::None => "a value is missing",
        ValueKind::Seq | ValueKind::Iterable => "a list is written with `| join(', ')`",
        ValueKind::Map => "it stands for several values: name one of them",
        _ if *state.auto_escape() == AutoEscape::Custom(PATH.into()) => {
            return out.write_str(&percent_encoded(&value.to_string())).map_err(Error::from);
        }
        _ => return minijinja::escape_formatter(out, state, value),
    };
    Err(Error::new(ErrorKind::InvalidOperation, wrong))
}
