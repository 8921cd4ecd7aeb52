//! `regex`: compiled within limits, with the mistake underlined inside the text.

use super::bench::Bench;
use super::names;
use crate::limits;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::problems::At;
use crate::rules::ruleset::Reply;
use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use std::ops::Range;

impl Bench<'_> {
    /// Compiles a `regex`; case-insensitive. Reports what is wrong with it.
    pub fn regex(&self, sheet: usize, pattern: &At<String>) -> Option<Regex> {
        if let Some((part, message)) = mistake(&pattern.value) {
            let span = self.inside(sheet, &pattern.span, &part);
            let message = format!("the regex cannot be read: {message}");
            let help = help(&pattern.value);
            self.report(&codes::BAD_REGEX, message, sheet, &span, "here", help);
            return None;
        }
        let built = RegexBuilder::new(&pattern.value)
            .case_insensitive(true)
            .size_limit(limits::REGEX_BYTES_MAX)
            .build();
        let Ok(regex) = built else {
            let message = "the regex is too big once compiled";
            let help = "use smaller counts in `{…}`, or `+` and `*`";
            self.report(&codes::BIG_REGEX, message, sheet, &pattern.span, "too big", help);
            return None;
        };
        if regex.is_match("") {
            let message = "the regex matches every message";
            let help = "it also matches nothing at all; did you mean `+` rather than `*`?";
            let label = "matches the empty text";
            self.report(&codes::MATCHES_ALL, message, sheet, &pattern.span, label, help);
        }
        self.check_groups(sheet, pattern, &regex);
        Some(regex)
    }

    fn check_groups(&self, sheet: usize, pattern: &At<String>, regex: &Regex) {
        for name in regex.capture_names().flatten() {
            if names::is_name(name) && name != "entry" {
                continue;
            }
            let part = pattern
                .value
                .find(&format!("<{name}>"))
                .map_or(0..0, |at| at + 1..at + 1 + name.len());
            let span = self.inside(sheet, &pattern.span, &part);
            self.match_name(sheet, name, &span);
        }
    }

    /// Reports a name that `match.NAME` cannot have.
    pub fn match_name(&self, sheet: usize, name: &str, span: &Range<usize>) {
        let (message, help) = if name == "entry" {
            let message = "`match.entry` is the entry that was found".to_owned();
            (message, "choose another name".to_owned())
        } else {
            let message = format!("`match.{name}` is no name");
            let like = names::like_name(name);
            (message, format!("names consist of `a` to `z`, digits and `_`: `{like}`"))
        };
        self.report(&codes::BAD_MATCH_NAME, message, sheet, span, "not possible", help);
    }
}

/// Named groups of an expression, also where it cannot be read.
#[must_use]
pub fn group_names(pattern: &str) -> Vec<String> {
    let starts = pattern.match_indices("(?").filter_map(|(at, _)| pattern.get(at + 2..));
    let named =
        starts.filter_map(|rest| rest.strip_prefix("P<").or_else(|| rest.strip_prefix('<')));
    named.filter_map(|rest| rest.split_once('>')).map(|(name, _)| name.to_owned()).collect()
}

/// The first mistake: bytes of the expression, and words for it.
fn mistake(pattern: &str) -> Option<(Range<usize>, String)> {
    let parsed = regex_syntax::ParserBuilder::new().case_insensitive(true).build().parse(pattern);
    let (span, message) = match parsed.err()? {
        regex_syntax::Error::Parse(error) => (*error.span(), error.kind().to_string()),
        regex_syntax::Error::Translate(error) => (*error.span(), error.kind().to_string()),
        _ => return Some((0..pattern.len(), "it is not a regex".to_owned())),
    };
    Some((span.start.offset..span.end.offset, message))
}

fn help(pattern: &str) -> String {
    if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|sign| pattern.contains(sign)) {
        return "there is no look-around; use `none = […]` for what must not occur".to_owned();
    }
    "a sign meant as itself has a backslash before it; '…' takes backslashes as they are".to_owned()
}

/// All expressions as one set, and whose each is.
pub fn set(bench: &Bench<'_>, replies: &[Reply]) -> (RegexSet, Vec<usize>) {
    let with = replies.iter().enumerate();
    let with = with.filter_map(|(rule, reply)| Some((rule, reply.trigger.regex.as_ref()?)));
    let (rules, patterns): (Vec<usize>, Vec<&str>) =
        with.map(|(rule, regex)| (rule, regex.as_str())).unzip();
    let built = RegexSetBuilder::new(patterns)
        .case_insensitive(true)
        .size_limit(limits::REGEX_SET_BYTES_MAX)
        .build();
    let set = built.unwrap_or_else(|_| {
        let message = "all regexes together are too big";
        let help = "use `words` where a regex is not needed";
        bench.problems.add(Diagnostic::new(&codes::BIG_REGEX, message).help(help));
        RegexSet::empty()
    });
    (set, rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_names_are_found_even_in_broken_expressions() {
        assert_eq!(group_names(r"#(?<n>\d+)(?P<size>["), ["n", "size"]);
        assert!(group_names(r"(\d)(?:x)(?i)").is_empty());
    }

    #[test]
    fn the_mistake_is_where_it_is() {
        assert_eq!(mistake("ab(c").map(|(part, _)| part), Some(2..3));
        assert_eq!(mistake("ab(c)"), None);
    }
}
