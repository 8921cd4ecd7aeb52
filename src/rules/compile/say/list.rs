//! `list`: up to ten rows that open below a text.

use super::{Speaker, text};
use crate::limits;
use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::draft::say::{ListDraft, SectionDraft, TapDraft};
use crate::rules::problems::At;
use crate::rules::says::{FrameText, Localised, RowText, Say, SectionText};

impl Bench<'_> {
    /// Compiles a list.
    pub fn menu_list(&mut self, by: Speaker<'_>, frame: FrameText, draft: &ListDraft) -> Say {
        self.count_sections(by.sheet, draft);
        let rows: Vec<&At<TapDraft>> =
            draft.sections.iter().flat_map(|section| &section.value.rows).collect();
        self.count_rows(by.sheet, &rows);
        self.tap_ids(by, &rows, limits::ROW_ID_BYTES_MAX);
        let button = draft.button.as_ref();
        let button = button.map_or_else(Localised::default, |button| {
            self.localised(by, button, &text::LIST_BUTTON)
        });
        let several = draft.sections.len() > 1;
        let sections =
            draft.sections.iter().map(|section| self.section(by, section, several)).collect();
        Say::List { frame, button, sections }
    }

    fn count_sections(&self, sheet: usize, draft: &ListDraft) {
        if let Some(over) = draft.sections.get(limits::SECTIONS_MAX) {
            let (count, most) = (draft.sections.len(), limits::SECTIONS_MAX);
            let message = format!("{count} sections; WhatsApp shows at most {most}");
            let help = "join some of them";
            let label = "one too many";
            self.report(&codes::SECTION_COUNT, message, sheet, &over.span, label, help);
        }
    }

    fn count_rows(&self, sheet: usize, rows: &[&At<TapDraft>]) {
        if let Some(over) = rows.get(limits::ROWS_MAX) {
            let (count, most) = (rows.len(), limits::ROWS_MAX);
            let message = format!("{count} rows; WhatsApp shows at most {most} in all sections");
            let help = "keep ten, and let the last one lead to a second list";
            let label = "one too many";
            self.report(&codes::ROW_COUNT, message, sheet, &over.span, label, help);
        }
    }

    fn section(&mut self, by: Speaker<'_>, draft: &At<SectionDraft>, several: bool) -> SectionText {
        let title = draft.value.title.as_ref();
        if several && title.is_none() {
            let message = "a section without a title beside others";
            let help = "write `title = \"…\"`: WhatsApp asks for it where there are several";
            let label = "`title` is missing";
            let code = &codes::SECTION_TITLE_MISSING;
            self.report(code, message, by.sheet, &draft.span, label, help);
        }
        let title = title.map(|title| self.localised(by, title, &text::SECTION_TITLE));
        let rows = draft.value.rows.iter().filter_map(|row| self.row(by, &row.value));
        let rows = rows.collect();
        SectionText { title, rows }
    }

    fn row(&mut self, by: Speaker<'_>, draft: &TapDraft) -> Option<RowText> {
        let id = draft.id.as_ref()?.value.clone();
        let title = self.localised(by, draft.title.as_ref()?, &text::ROW_TITLE);
        let description = draft.description.as_ref();
        let description = description.map(|d| self.localised(by, d, &text::ROW_DESCRIPTION));
        Some(RowText { id, title, description })
    }
}
