//! `take`: the kinds of values, read from how they are written.

use super::bench::Bench;
use super::names;
use crate::limits;
use crate::rules::codes;
use crate::rules::draft::Pairs;
use crate::rules::problems::At;
use crate::rules::ruleset::Take;
use crate::rules::suggest;

/// The kinds as one writes them.
const KINDS: [&str; 9] =
    ["digits", "number", "phone", "email", "date", "time", "name", "rest", "one_of"];

impl Bench<'_> {
    /// Compiles `take`; `groups` are the names the regex of the same rule gives.
    pub fn take(
        &mut self,
        sheet: usize,
        take: &At<Pairs>,
        groups: &[String],
    ) -> Vec<(String, Take)> {
        if take.value.is_empty() {
            let help = "for example `take = { order_no = \"digits 6-10\" }`";
            let label = "nothing in it";
            self.report(&codes::EMPTY_LIST, "`take` is empty", sheet, &take.span, label, help);
        }
        let mut taken = Vec::new();
        for (name, kind) in &take.value {
            if !names::is_name(&name.value) || name.value == "entry" {
                self.match_name(sheet, &name.value, &name.span);
            } else if groups.contains(&name.value) {
                let message = format!("`match.{}` is also a group of the regex", name.value);
                let help = "give one of the two another name";
                let label = "a second time";
                self.report(&codes::BAD_MATCH_NAME, message, sheet, &name.span, label, help);
            }
            if let Some(kind) = self.take_kind(sheet, kind) {
                taken.push((name.value.clone(), kind));
            }
        }
        taken
    }

    fn take_kind(&mut self, sheet: usize, written: &At<String>) -> Option<Take> {
        let mut words = written.value.split_whitespace();
        let kind = words.next().unwrap_or_default();
        let rest: Vec<&str> = words.collect();
        let wrong = |bench: &Self, message: String, help: String| {
            bench.report(
                &codes::BAD_TAKE,
                message,
                sheet,
                &written.span,
                "not a kind of value",
                help,
            );
            None
        };
        let plain = match kind {
            "digits" => return self.digits(sheet, written, &rest),
            "one_of" => return self.one_of(sheet, written, &rest),
            "number" => Take::Number,
            "phone" => Take::Phone,
            "email" => Take::Email,
            "date" if rest == ["from", "today"] => return Some(Take::DateFromToday),
            "date" => Take::Date,
            "time" => Take::Time,
            "name" => Take::Name,
            "rest" => Take::Rest,
            _ => {
                let message = format!("`take` has no kind `{kind}`");
                return wrong(self, message, suggest::help(kind, KINDS, "the kinds"));
            }
        };
        if rest.is_empty() {
            return Some(plain);
        }
        let message = format!("`{kind}` stands alone");
        let from = if kind == "date" { ", or `\"date from today\"`" } else { "" };
        wrong(self, message, format!("write `\"{kind}\"`{from}"))
    }

    fn digits(&self, sheet: usize, written: &At<String>, rest: &[&str]) -> Option<Take> {
        let joined: String = rest.concat();
        let (min, max) = joined.split_once('-').unwrap_or((&joined, &joined));
        if let (Ok(min), Ok(max)) = (min.parse::<usize>(), max.parse::<usize>())
            && 1 <= min
            && min <= max
            && max <= limits::TAKE_DIGITS_MAX
        {
            return Some(Take::Digits { min, max });
        }
        let message = format!("`{}`: how many digits?", written.value);
        let help = format!(
            "write `\"digits 6\"` or `\"digits 6-10\"`; at most {} digits",
            limits::TAKE_DIGITS_MAX
        );
        self.report(&codes::BAD_TAKE, message, sheet, &written.span, "not a count", help);
        None
    }

    fn one_of(&mut self, sheet: usize, written: &At<String>, rest: &[&str]) -> Option<Take> {
        let name = match rest {
            [list] => list.strip_prefix('@'),
            _ => None,
        };
        let Some(name) = name else {
            let message = format!("`{}`: one of which list?", written.value);
            let help = "write `\"one_of @NAME\"`, with the entries in `words/NAME.txt`";
            self.report(&codes::BAD_TAKE, message, sheet, &written.span, "no list", help);
            return None;
        };
        if !self.one_of.contains_key(name) {
            let at = At { value: name.to_owned(), span: written.span.clone() };
            let choices = self.choices(sheet, &at)?;
            self.one_of.insert(name.to_owned(), choices);
        }
        Some(Take::OneOf(name.to_owned()))
    }
}
