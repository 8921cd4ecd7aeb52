//! `[[reply]]`: what it is, when it holds, what stands beside what it says.

use super::reader::{Page, TableReader};
use super::shapes::REPLY;
use super::{ReplyDraft, TriggerDraft, emit, say};
use std::ops::Range;
use toml::de::DeTable;

/// Reads one `[[reply]]`.
#[must_use]
pub fn read<'a>(page: Page<'a>, table: &'a DeTable<'a>, header: Range<usize>) -> ReplyDraft {
    let mut reader = TableReader::new(page, table, header, &REPLY);
    let draft = reply(&mut reader);
    reader.finish();
    draft
}

fn reply(reader: &mut TableReader<'_>) -> ReplyDraft {
    ReplyDraft {
        sheet: reader.page.number,
        header: reader.header(),
        keys: reader.keys(),
        hands_over: false,
        queue: None,
        id: reader.text("id"),
        owner: reader.text("owner"),
        status: reader.text("status"),
        priority: reader.integer("priority"),
        also: reader.boolean("also"),
        trigger: trigger(reader),
        speech: say::speech(reader),
        cases: say::cases(reader),
        lookup: reader.text("lookup"),
        purpose: reader.text("purpose"),
        react: reader.text("react"),
        cooldown: say::cooldown(reader),
        outside_window: say::outside_window(reader),
        tags: reader.texts("tags"),
        untag: reader.texts("untag"),
        set: reader.pairs("set").map(|pairs| pairs.value).unwrap_or_default(),
        unset: reader.texts("unset"),
        emit: emit::of(reader),
        expect: reader.text("expect"),
        ask_again: reader.integer("ask_again"),
        follow_up: say::follow_up(reader),
        examples: reader.texts("examples"),
        not_examples: reader.texts("not_examples"),
        form: None,
    }
}

/// Reads the keys that say when a rule or a form holds.
pub(super) fn trigger(reader: &mut TableReader<'_>) -> TriggerDraft {
    TriggerDraft {
        words: reader.texts("words"),
        whole: reader.texts("whole"),
        starts: reader.texts("starts"),
        inside: reader.texts("inside"),
        regex: reader.text("regex"),
        take: reader.pairs("take"),
        payload: reader.texts("payload"),
        all: reader.texts("all"),
        none: reader.texts("none"),
        kind: reader.texts("kind"),
        after: reader.texts("after"),
        lang: reader.texts("lang"),
        number: reader.texts("number"),
        hours: reader.text("hours"),
        closed: reader.text("closed"),
        has: reader.texts("has"),
        lacks: reader.texts("lacks"),
        consent: reader.text("consent"),
        new: reader.boolean("new"),
        from_ad: reader.boolean("from_ad"),
        when: reader.text("when"),
        from: reader.moment("from"),
        until: reader.moment("until"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::problems::{Problems, Sheet};

    #[test]
    fn every_key_of_the_shape_is_read_and_no_other() {
        let problems = Problems::default();
        let sheet = Sheet::new("a.toml", String::new());
        let table = DeTable::new();
        let page = Page { sheet: &sheet, number: 0, problems: &problems };
        let mut reader = TableReader::new(page, &table, 0..0, &REPLY);
        let _ = reply(&mut reader);
        assert_eq!(reader.taken(), REPLY.keys);
    }
}
