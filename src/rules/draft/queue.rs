//! `[queue.NAME]` and `[[handoff]]`, as written. Whether they fit together is `compile`'s.

use super::reader::{self, Page, TableReader, Value};
use super::say::{self, TextDraft};
use super::shapes::{HAND_OFF, QUEUE, RETURN};
use super::{ReplyDraft, emit, reply};
use crate::rules::codes;
use crate::rules::problems::At;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// `[queue.NAME]`.
#[derive(Debug)]
pub struct QueueDraft {
    /// Its sheet.
    pub sheet: usize,
    /// Its name.
    pub name: At<String>,
    /// `hours`
    pub hours: Option<At<String>>,
    /// `within`
    pub within: Option<At<String>>,
    /// `escalate`
    pub escalate: Option<At<String>>,
    /// `closed`
    pub closed: Option<At<TextDraft>>,
    /// `return`, or that there is none.
    pub returns: Returns,
    /// `give_up`
    pub give_up: Option<At<String>>,
    /// `back`
    pub back: Option<At<TextDraft>>,
}

/// `return` as written.
#[derive(Debug)]
pub enum Returns {
    /// It is not there.
    Missing,
    /// It could not be read, which has been reported.
    Unreadable,
    /// A word.
    Word(At<String>),
    /// `{ idle = "30m" }`
    Idle(At<String>),
    /// `{ command = "#end" }`
    Command(At<String>),
}

/// Reads one `[queue.NAME]`.
#[must_use]
pub fn queue<'a>(page: Page<'a>, name: At<String>, value: &'a Value<'a>) -> Option<QueueDraft> {
    let DeValue::Table(table) = value.get_ref() else {
        let message = format!("`{}` stands under `[queue]`, which holds queues only", name.value);
        let help = "give the queue a name: `[queue.care]`";
        page.report(&codes::WRONG_TYPE, message, &name.span, "expected a queue", help);
        return None;
    };
    let mut reader = TableReader::new(page, table, value.span(), &QUEUE);
    let draft = QueueDraft {
        sheet: page.number,
        name,
        hours: reader.text("hours"),
        within: reader.text("within"),
        escalate: reader.text("escalate"),
        closed: say::text_at(&mut reader, "closed"),
        returns: returns(&mut reader),
        give_up: reader.text("give_up"),
        back: say::text_at(&mut reader, "back"),
    };
    reader.finish();
    Some(draft)
}

fn returns(reader: &mut TableReader<'_>) -> Returns {
    let page = reader.page;
    let Some(value) = reader.value("return") else { return Returns::Missing };
    let DeValue::Table(table) = value.get_ref() else {
        return reader::text_of(page, "return", value).map_or(Returns::Unreadable, Returns::Word);
    };
    let mut inner = TableReader::new(page, table, value.span(), &RETURN);
    let (idle, command) = (inner.text("idle"), inner.text("command"));
    inner.finish();
    match (idle, command) {
        (Some(idle), None) => Returns::Idle(idle),
        (None, Some(command)) => Returns::Command(command),
        (both, _) => {
            let message = match both {
                Some(_) => "`return` has `idle` and `command`: it is one of the two",
                None => "`return` says neither `idle` nor `command`",
            };
            let help =
                "write `return = \"on_close\"`, `{ idle = \"30m\" }` or `{ command = \"#end\" }`";
            page.report(&codes::BAD_RETURN, message, &value.span(), "which one?", help);
            Returns::Unreadable
        }
    }
}

/// Reads one `[[handoff]]`: a reply that hands over.
#[must_use]
pub fn hand_off<'a>(page: Page<'a>, table: &'a DeTable<'a>, header: Range<usize>) -> ReplyDraft {
    let mut reader = TableReader::new(page, table, header, &HAND_OFF);
    let draft = hand_off_of(&mut reader);
    reader.finish();
    draft
}

fn hand_off_of(reader: &mut TableReader<'_>) -> ReplyDraft {
    ReplyDraft {
        sheet: reader.page.number,
        header: reader.header(),
        keys: reader.keys(),
        hands_over: true,
        id: reader.text("id"),
        owner: reader.text("owner"),
        status: reader.text("status"),
        priority: reader.integer("priority"),
        trigger: reply::trigger(reader),
        queue: reader.text("queue"),
        speech: say::speech(reader),
        react: reader.text("react"),
        tags: reader.texts("tags"),
        untag: reader.texts("untag"),
        set: reader.pairs("set").map(|pairs| pairs.value).unwrap_or_default(),
        unset: reader.texts("unset"),
        emit: emit::of(reader),
        examples: reader.texts("examples"),
        not_examples: reader.texts("not_examples"),
        ..ReplyDraft::default()
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
        let mut reader = TableReader::new(page, &table, 0..0, &HAND_OFF);
        let _ = hand_off_of(&mut reader);
        assert_eq!(reader.taken(), HAND_OFF.keys);
    }
}
