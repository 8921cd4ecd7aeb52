//! `buttons`: one to three below a text.

use super::{Speaker, text};
use crate::limits;
use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::draft::say::TapDraft;
use crate::rules::problems::At;
use crate::rules::says::{ButtonText, FrameText, Say};

impl Bench<'_> {
    /// Compiles buttons.
    pub fn buttons(
        &mut self,
        by: Speaker<'_>,
        frame: FrameText,
        draft: &At<Vec<At<TapDraft>>>,
    ) -> Say {
        let count = draft.value.len();
        if count > limits::BUTTONS_MAX {
            let most = limits::BUTTONS_MAX;
            let message = format!("{count} buttons; WhatsApp shows at most {most}");
            let help = "write `choices` instead of `buttons`: more than three become a list";
            self.report(&codes::BUTTON_COUNT, message, by.sheet, &draft.span, "too many", help);
        }
        let taps: Vec<&At<TapDraft>> = draft.value.iter().collect();
        self.tap_ids(by, &taps, limits::BUTTON_ID_BYTES_MAX);
        self.tap_names(by, &taps, false);
        let buttons = draft.value.iter().filter_map(|button| {
            let id = button.value.id.as_ref()?.value.clone();
            let title = button.value.title.as_ref()?;
            Some(ButtonText { id, title: self.localised(by, title, &text::BUTTON_TITLE) })
        });
        let buttons = buttons.collect();
        Say::Buttons { frame, buttons }
    }
}
