//! What is sound TOML and means something else than its writer thought.

use super::bench::Bench;
use crate::rules::codes;
use crate::rules::draft::Entries;
use crate::rules::draft::TriggerDraft;
use crate::rules::problems::At;
use crate::text::language;
use std::ops::Range;

/// Languages that their letters give away (`text::language_by_script`).
const BY_LETTERS: [&str; 3] = ["ko", "ja", "zh"];

impl Bench<'_> {
    /// What the conditions of a rule probably do not mean.
    pub fn habits(&self, sheet: usize, draft: &TriggerDraft) {
        self.commas(sheet, "words", &draft.words);
        self.commas(sheet, "inside", &draft.inside);
        self.commas(sheet, "starts", &draft.starts);
        let (Some(hours), Some(closed)) = (&draft.hours, &draft.closed) else { return };
        if hours.value == closed.value {
            let message = format!("`{}` is never open and closed at once", closed.value);
            let help = "keep one of the two: `hours` while it is open, `closed` while it is not";
            let label = "the same calendar as in `hours`";
            self.report(&codes::NEVER_BOTH, message, sheet, &closed.span, label, help);
        }
    }

    /// `words = "a, b, c"`: one entry, where three are meant.
    fn commas(&self, sheet: usize, key: &str, entries: &Entries) {
        let Some([entry]) = entries.as_ref().map(|entries| entries.value.as_slice()) else {
            return;
        };
        let parts: Vec<&str> = entry.value.split([',', '，', '、']).map(str::trim).collect();
        if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
            return;
        }
        let parts: Vec<String> = parts.iter().map(|part| format!("\"{part}\"")).collect();
        let message = "one entry with commas: it is found only where all of it is written";
        let help = format!("several are written `{key} = [{}]`", parts.join(", "));
        self.report(&codes::COMMAS_IN_ENTRY, message, sheet, &entry.span, "one entry", help);
    }

    /// `{ match.no }`: a name between single braces is sent as it stands.
    pub fn single_braces(&self, sheet: usize, text: &At<String>) {
        for part in single_braces(&text.value) {
            let written = text.value.get(part.clone()).unwrap_or_default();
            let message = format!("`{written}` is sent as it stands");
            let help = format!("write `{{{written}}}`, with two braces on each side");
            let span = self.inside(sheet, &text.span, &part);
            self.report(&codes::SINGLE_BRACES, message, sheet, &span, "no value", help);
        }
    }
}

/// Names of values between single braces.
fn single_braces(text: &str) -> Vec<Range<usize>> {
    const VALUES: [&str; 4] = ["contact.", "match.", "message.", "hours."];
    let opens = text.match_indices('{').filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let inner = text.get(at + 1..)?;
        let end = inner.find('}')?;
        let closed_twice = inner.get(end + 1..)?.starts_with('}');
        let name = inner.get(..end)?.trim();
        let is_value = VALUES.iter().any(|value| name.starts_with(value));
        (is_value && !before.ends_with('{') && !closed_twice).then_some(at..at + end + 2)
    });
    opens.collect()
}

/// Texts in a language that nobody can be spoken to in; the first is reported.
pub fn never_spoken(bench: &Bench<'_>) {
    let Some(default) = &bench.declared.language.default else { return };
    let base = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    // Where the default has Latin letters too, everybody who writes them is answered in it on purpose.
    if !BY_LETTERS.contains(&base(default).as_str()) {
        return;
    }
    let never = |tag: &String| {
        let tag_base = base(tag);
        !BY_LETTERS.contains(&tag_base.as_str())
            && tag_base != base(default)
            && !language::fallbacks(default).contains(tag)
    };
    let found = bench
        .by_language
        .iter()
        .find_map(|text| Some((text, text.languages.iter().find(|tag| never(tag))?)));
    let Some((text, tag)) = found else { return };
    let message =
        format!("`{}.{tag}` is never sent: `{tag}` cannot be told from its letters", text.key);
    let help = format!(
        "where who writes Latin letters is to be answered in `{tag}`, write `default = \"{tag}\"`: `{default}` is known by its letters"
    );
    let label = format!("answered in the default, `{default}`");
    bench.report(&codes::NEVER_SPOKEN, message, text.sheet, &text.span, &label, help);
}

#[cfg(test)]
mod tests {
    use super::single_braces;

    #[test]
    fn only_names_of_values_between_single_braces_are_found() {
        let found = single_braces("번호 { match.no } 입니다");
        assert_eq!(found.first(), Some(&(7..19)));
        for text in ["{{ match.no }}", "{ok}", "a {% if x %}b{% endif %}", "{ match.no", "{"] {
            assert!(single_braces(text).is_empty(), "{text}");
        }
    }
}
