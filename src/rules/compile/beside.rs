//! What stands beside what a rule says: `cases`, `react`, `cooldown`, `outside_window`.

use super::bench::Bench;
use super::say::Speaker;
use crate::rules::codes;
use crate::rules::draft::ReplyDraft;
use crate::rules::draft::say::{CaseDraft, CooldownDraft, OutsideDraft, ThenDraft};
use crate::rules::problems::At;
use crate::rules::says::{Case, Cooldown, Cooling, OutsideWindow};
use crate::rules::suggest;
use crate::text::script::{Class, class};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

impl Bench<'_> {
    /// Compiles `cases`.
    pub fn cases(&mut self, by: Speaker<'_>, drafts: &[At<CaseDraft>]) -> Vec<Case> {
        drafts.iter().filter_map(|draft| self.case(by, draft)).collect()
    }

    fn case(&mut self, by: Speaker<'_>, draft: &At<CaseDraft>) -> Option<Case> {
        self.says_something("case", by.sheet, &draft.span, &draft.value.speech);
        let speech = self.speech(by, &draft.value.speech);
        let when = draft.value.when.as_ref()?;
        let when = self.condition(by.sheet, when, by.matched)?;
        Some(Case { when, speech })
    }

    /// Compiles `react`.
    pub fn react(&self, sheet: usize, react: Option<&At<String>>) -> Option<String> {
        let react = react?;
        let emoji = react.value.trim();
        if is_emoji(emoji) {
            return Some(emoji.to_owned());
        }
        let message = match emoji {
            "" => "an empty reaction".to_owned(),
            other => format!("`{other}` is not one emoji"),
        };
        let help = "WhatsApp takes exactly one: `react = \"👍\"`";
        self.report(&codes::BAD_REACTION, message, sheet, &react.span, "not one emoji", help);
        None
    }

    /// Compiles `cooldown`.
    pub fn cooldown(
        &mut self,
        by: Speaker<'_>,
        draft: Option<&At<CooldownDraft>>,
    ) -> Option<Cooldown> {
        let draft = &draft?.value;
        let then = match &draft.then {
            None => Some(Cooling::Silent),
            Some(then) => self.cooling(by, then),
        };
        let every = draft.every.as_ref().and_then(|every| self.duration(by.sheet, every));
        Some(Cooldown { every: every?, then: then? })
    }

    fn cooling(&mut self, by: Speaker<'_>, then: &At<ThenDraft>) -> Option<Cooling> {
        match &then.value {
            ThenDraft::Say(speech) => {
                self.says_something("cool-down", by.sheet, &then.span, speech);
                Some(Cooling::Say(self.says(by, speech)))
            }
            ThenDraft::Word(word) => match word.as_str() {
                "silent" => Some(Cooling::Silent),
                "next" => Some(Cooling::Next),
                other => {
                    let message =
                        format!("`then` takes `silent`, `next` or something to say, not `{other}`");
                    let help = match suggest::nearest(other, ["silent", "next"]) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("to say it, write `then = {{ text = \"{other}\" }}`"),
                    };
                    let label = "no such word";
                    self.report(&codes::UNKNOWN_VALUE, message, by.sheet, &then.span, label, help);
                    None
                }
            },
        }
    }

    /// Compiles `outside_window`.
    pub fn outside(&mut self, by: Speaker<'_>, draft: Option<&At<OutsideDraft>>) -> OutsideWindow {
        let Some(draft) = draft else { return OutsideWindow::Drop };
        match &draft.value {
            OutsideDraft::Word(word) => self.outside_word(by.sheet, word, draft),
            OutsideDraft::Template { template, params } => {
                let template = template.as_ref();
                let used = template.and_then(|name| self.template(by, name, params.as_ref()));
                used.map_or(OutsideWindow::Drop, OutsideWindow::Template)
            }
        }
    }

    fn outside_word(&self, sheet: usize, word: &str, at: &At<OutsideDraft>) -> OutsideWindow {
        match word {
            "drop" => OutsideWindow::Drop,
            "queue" => OutsideWindow::Queue,
            other => {
                let message =
                    format!("`outside_window` takes `drop`, `queue` or a template, not `{other}`");
                let help = if self.declared.templates.contains_key(other) {
                    format!("write `outside_window = {{ template = \"{other}\" }}`")
                } else {
                    suggest::help(other, ["drop", "queue"], "the words")
                };
                let label = "no such word";
                self.report(&codes::UNKNOWN_VALUE, message, sheet, &at.span, label, help);
                OutsideWindow::Drop
            }
        }
    }
}

/// What of a reply its `also` forbids beside what speaks.
#[must_use]
pub fn forbidden_beside_also(draft: &ReplyDraft) -> Option<(&'static str, &Range<usize>)> {
    let case = draft.cases.first().map(|case| ("cases", &case.span));
    let react = draft.react.as_ref().map(|react| ("react", &react.span));
    let cooldown = draft.cooldown.as_ref().map(|cooldown| ("cooldown", &cooldown.span));
    let outside = draft.outside_window.as_ref().map(|outside| ("outside_window", &outside.span));
    let later = draft.follow_up.as_ref().map(|steps| ("follow_up", &steps.span));
    case.or(react).or(cooldown).or(outside).or(later)
}

/// One emoji, joined ones and flags included.
fn is_emoji(text: &str) -> bool {
    const KEYCAP: char = '\u{20E3}';
    // Unicode's own order counts `1️⃣` and `©` among them; letters and signs alone are none.
    let is_pictured = |c: char| class(c) == Class::Emoji && c != '\u{200D}';
    text.graphemes(true).count() == 1 && (text.contains(is_pictured) || text.ends_with(KEYCAP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_is_one_emoji() {
        for good in ["👍", "👍🏽", "❤️", "👨‍👩‍👧", "🇰🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert!(is_emoji(good), "{good}");
        }
        for bad in ["", "ok", "👍👍", "👍 ", ":)", "1", "네", "\u{200D}"] {
            assert!(!is_emoji(bad), "{bad:?}");
        }
    }
}
