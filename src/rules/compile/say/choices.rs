//! `choices`: a menu whose taps, titles, words and numbers are one answer.

use super::{Speaker, text};
use crate::limits;
use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::draft::say::{MessageDraft, TapDraft, TextDraft};
use crate::rules::matcher::Mode;
use crate::rules::problems::At;
use crate::rules::ruleset::Group;
use crate::rules::says::{Choice, FrameText, Menu};

impl Bench<'_> {
    /// Compiles a menu.
    pub fn menu(
        &mut self,
        by: Speaker<'_>,
        frame: FrameText,
        message: &MessageDraft,
        draft: &At<Vec<At<TapDraft>>>,
    ) -> Menu {
        let count = draft.value.len();
        if count > limits::ROWS_MAX {
            let most = limits::ROWS_MAX;
            let message = format!("{count} choices; WhatsApp shows at most {most}");
            let help = "keep ten, and let the last one lead to a second menu";
            self.report(&codes::CHOICE_COUNT, message, by.sheet, &draft.span, "too many", help);
        }
        let is_list = count > limits::BUTTONS_MAX;
        self.only_in_lists(by.sheet, message, draft, is_list);
        let taps: Vec<&At<TapDraft>> = draft.value.iter().collect();
        self.tap_ids(by, &taps, limits::ROW_ID_BYTES_MAX);
        let numbered = message.numbered.as_ref().is_some_and(|numbered| numbered.value);
        self.tap_names(by, &taps, numbered);
        let button = message.button.as_ref();
        let button = button.map(|button| self.localised(by, button, &text::LIST_BUTTON));
        let choices = draft.value.iter().zip(1..).filter_map(|(choice, number)| {
            let number = numbered.then_some(number);
            self.choice(by, &choice.value, number, is_list)
        });
        let choices = choices.collect();
        Menu { frame, button, numbered, choices }
    }

    fn choice(
        &mut self,
        by: Speaker<'_>,
        draft: &TapDraft,
        number: Option<usize>,
        is_list: bool,
    ) -> Option<Choice> {
        let go = draft.go.as_ref().and_then(|go| self.go(by, go));
        let measure = if is_list { &text::ROW_TITLE } else { &text::BUTTON_TITLE };
        let shown = number.map_or_else(String::new, |number| format!("{number}. "));
        let title = draft.title.as_ref();
        let sent = title.map(|title| self.localised_after(by, title, measure, shown.len()));
        let description = draft.description.as_ref();
        let description = description.map(|d| self.localised(by, d, &text::ROW_DESCRIPTION));
        let id = draft.id.as_ref()?.value.clone();
        // No message brings an empty id: what a draft would be called by answers nowhere.
        let named = if by.live { id.clone() } else { String::new() };
        let choice = self.choice_ids.len();
        self.choice_ids.push(named);
        self.group(by.sheet, &draft.words, Mode::Words, Group::Choice { choice, whole: false });
        self.titles(choice, title?, &shown);
        Some(Choice { id, title: sent?, description, go })
    }

    /// The title typed in full, with its number and without.
    fn titles(&mut self, choice: usize, title: &At<TextDraft>, shown: &str) {
        let group = self.new_group(Group::Choice { choice, whole: true });
        for (_, text, _) in text::written(title) {
            if !text::is_literal(text) {
                continue;
            }
            // A title of which nothing is left is tapped, never typed.
            let _ = self.matcher.add(group, Mode::Whole, &as_entry(text));
            if !shown.is_empty() {
                let _ = self.matcher.add(group, Mode::Whole, &as_entry(&format!("{shown}{text}")));
            }
        }
    }

    /// With up to three choices there are buttons, which show neither.
    fn only_in_lists(
        &self,
        sheet: usize,
        message: &MessageDraft,
        draft: &At<Vec<At<TapDraft>>>,
        is_list: bool,
    ) {
        if is_list {
            return;
        }
        let described = draft.value.iter().filter_map(|choice| choice.value.description.as_ref());
        let described = described.map(|description| ("description", &description.span));
        let button = message.button.iter().map(|button| ("button", &button.span));
        for (key, span) in described.chain(button) {
            let text = format!("`{key}` is not shown: up to three choices are buttons");
            let help = format!("drop `{key}`; it is shown from four choices on");
            self.report(&codes::NOT_SHOWN, text, sheet, span, "only in a list", help);
        }
    }
}

/// A text as an entry that means just that: the signs of entries stand for themselves.
fn as_entry(text: &str) -> String {
    let mut entry = String::new();
    for c in text.chars() {
        if "*@…\\".contains(c) {
            entry.push('\\');
        }
        entry.push(c);
    }
    entry
}
