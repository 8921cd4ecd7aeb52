//! `[event."TYPE"]` and `[[notify]]`: what the business's systems may post, and what is said of it.

use super::bench::Bench;
use super::consenting;
use super::declared::Work;
use super::names;
use super::say::Speaker;
use crate::model::{Purpose, RuleId};
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::notices::{CancelDraft, NotifyDraft};
use crate::rules::duration;
use crate::rules::handing::QUEUE;
use crate::rules::notify::{
    Cancel, EventShape, EventValue, NoticeTime, Notices, Notify, ValueKind, WhileOwned,
};
use crate::rules::problems::At;
use crate::rules::ruleset::RuleStatus;
use crate::rules::says::OutsideWindow;
use crate::rules::suggest;
use crate::rules::variables::NOBODY_WROTE;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The purposes a notice may have, as one writes them.
const PURPOSES: [(&str, Purpose); 3] = [
    ("utility", Purpose::Utility),
    ("authentication", Purpose::Authentication),
    ("marketing", Purpose::Marketing),
];

impl Work<'_> {
    /// Events by type; what is declared twice or wrongly is reported.
    pub(super) fn events(&self) -> BTreeMap<String, EventShape> {
        let mut events: BTreeMap<String, EventShape> = BTreeMap::new();
        let mut places: BTreeMap<&str, (usize, &Range<usize>)> = BTreeMap::new();
        let mut kinds: BTreeMap<&str, (ValueKind, usize, &Range<usize>)> = BTreeMap::new();
        for draft in &self.draft.events {
            let name = &draft.name;
            if !names::is_id(&name.value) {
                let message = format!("`{}` is no type of an event", name.value);
                let like = names::like_id(&name.value);
                let help =
                    format!("types consist of `a` to `z`, digits, `-`, `_` and `.`: `{like}`");
                self.event_problem(message, draft.sheet, &name.span, "not a type", help);
            }
            if let Some(first) = places.insert(&name.value, (draft.sheet, &name.span)) {
                let what = format!("the event `{}`", name.value);
                self.twice(&what, draft.sheet, &name.span, first);
                continue;
            }
            let mut shape = EventShape::default();
            for (key, kind) in &draft.data {
                let value = self.event_value(draft.sheet, key, kind);
                let known =
                    kinds.entry(&key.value).or_insert((value.kind, draft.sheet, &kind.span));
                if known.0 != value.kind {
                    let message = format!("`{}` has another type in another event", key.value);
                    let found = Diagnostic::new(&codes::BAD_EVENT, message)
                        .at(super::bench::place(self.draft, draft.sheet, &kind.span, "here"))
                        .at(super::bench::place(self.draft, known.1, known.2, "and here"))
                        .help("a name has one type in all events: rename one of the two");
                    self.problems.add(found);
                }
                shape.data.insert(key.value.clone(), value);
            }
            events.insert(name.value.clone(), shape);
        }
        events
    }

    /// A value; a text where its type is wrong, so that nothing else is blamed for it.
    fn event_value(&self, sheet: usize, key: &At<String>, kind: &At<String>) -> EventValue {
        if !names::is_name(&key.value) {
            let message = format!("`{}` is no name for a value", key.value);
            let like = names::like_name(&key.value);
            let help = format!("names consist of `a` to `z`, digits and `_`: `{like}`");
            self.event_problem(message, sheet, &key.span, "not a name", help);
        }
        let (name, optional) = match kind.value.strip_suffix('?') {
            Some(name) => (name, true),
            None => (kind.value.as_str(), false),
        };
        let known = ValueKind::named(name);
        if known.is_none() {
            let message = format!("there is no type `{name}`");
            let names = ValueKind::NAMES.map(|(name, _)| name);
            let help = suggest::help(name, names, "the types");
            self.event_problem(message, sheet, &kind.span, "no such type", help);
        }
        EventValue { kind: known.unwrap_or(ValueKind::Text), optional }
    }

    fn event_problem(
        &self,
        message: String,
        sheet: usize,
        span: &Range<usize>,
        label: &str,
        help: String,
    ) {
        let place = super::bench::place(self.draft, sheet, span, label);
        self.problems.report(&codes::BAD_EVENT, message, place, help);
    }
}

/// Compiles all notices; events nobody speaks of are warned of.
pub fn notices(bench: &mut Bench<'_>) -> Notices {
    let draft = bench.draft;
    let mut notices = Notices { events: bench.declared.events.clone(), ..Notices::default() };
    let mut ids: BTreeMap<&str, (usize, &Range<usize>)> = BTreeMap::new();
    let mut used: BTreeSet<String> = BTreeSet::new();
    for one in &draft.notices {
        check_id(bench, one, &mut ids);
        let notice = bench.notice(one);
        used.insert(notice.on.clone());
        used.extend(notice.cancel.iter().flat_map(|cancel| cancel.on.iter().cloned()));
        notices.by_type.entry(notice.on.clone()).or_default().push(notice);
    }
    let told = draft.replies.iter().filter_map(|reply| reply.emit.as_ref());
    used.extend(told.map(|emit| emit.value.kind.value.clone()));
    if !draft.lost.whole_file && draft.lost.tables.is_empty() {
        for event in draft.events.iter().filter(|event| !used.contains(&event.name.value)) {
            let name = &event.name;
            let message =
                format!("nothing is said when `{}` is posted, and nothing emits it", name.value);
            let help =
                format!("write a `[[notify]]` with `on = \"{}\"`, or take it out", name.value);
            let code = &codes::UNUSED_EVENT;
            bench.report(code, message, event.sheet, &name.span, "not used", help);
        }
    }
    notices
}

/// Notices and replies share their ids: reports and pauses name them alike.
fn check_id<'d>(
    bench: &Bench<'_>,
    one: &'d NotifyDraft,
    ids: &mut BTreeMap<&'d str, (usize, &'d Range<usize>)>,
) {
    let Some(id) = &one.id else { return };
    names::check_id(bench, one.sheet, id);
    let reply = bench.declared.ids.get(&id.value).and_then(|at| bench.draft.replies.get(*at));
    let of_reply = reply.and_then(|reply| Some((reply.sheet, &reply.id.as_ref()?.span)));
    let own = ids.insert(&id.value, (one.sheet, &id.span));
    if let Some(first) = own.or(of_reply) {
        let work = Work { draft: bench.draft, problems: bench.problems };
        work.twice(&format!("the id `{}`", id.value), one.sheet, &id.span, first);
    }
}

impl Bench<'_> {
    fn notice(&mut self, draft: &NotifyDraft) -> Notify {
        let sheet = draft.sheet;
        let on = self.event_named(sheet, draft.on.as_ref());
        let names = self.event_names(on.as_deref());
        let status = self.status(sheet, draft.status.as_ref());
        let live = status == RuleStatus::Live;
        let by = Speaker { sheet, matched: &names, live, reply: None, notice: Some(draft) };
        let says = self.says(by, &draft.speech);
        let template =
            draft.template.as_ref().and_then(|name| self.template(by, name, draft.params.as_ref()));
        self.check_notice_says(draft);
        let outside = template.clone().map_or(OutsideWindow::Drop, OutsideWindow::Template);
        Notify {
            id: RuleId::from(draft.id.as_ref().map_or("", |id| id.value.as_str())),
            place: self.rule_place(sheet, draft.header.start),
            owner: draft.owner.as_ref().map(|owner| owner.value.clone()),
            status,
            when: draft.when.as_ref().and_then(|when| self.condition(sheet, when, &names)),
            hours: self.calendar(sheet, draft.hours.as_ref()),
            number: self.numbers(sheet, &draft.number),
            says,
            template,
            outside,
            purpose: self.notice_purpose(draft),
            tags: self.plain(sheet, "tags", &draft.tags),
            set: self.set(sheet, &draft.set, &names),
            at: draft.at.as_ref().and_then(|at| self.notice_time(sheet, at, &names)),
            cancel: self.notice_cancel(draft, on.as_deref()),
            while_owned: self.while_owned(draft),
            otherwise: self.otherwise(draft),
            on: on.unwrap_or_default(),
        }
    }

    /// The names of `event.NAME` in a notice, as [`crate::rules::variables`] tells them apart.
    fn event_names(&self, on: Option<&str>) -> Vec<String> {
        let shape = on.and_then(|on| self.declared.events.get(on));
        let names = shape.into_iter().flat_map(|shape| shape.data.keys());
        names.map(|name| format!("event.{name}")).chain([NOBODY_WROTE.to_owned()]).collect()
    }

    /// A declared type; reported where there is none.
    pub(super) fn event_named(&self, sheet: usize, name: Option<&At<String>>) -> Option<String> {
        let name = name?;
        let known = &self.declared.events;
        if !known.contains_key(&name.value) && !self.draft.lost.table("event") {
            let message = format!("there is no event `{}`", name.value);
            let help = match suggest::nearest(&name.value, known.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it: `[event.\"{}\"]` with its `data`", name.value),
            };
            let code = &codes::UNKNOWN_EVENT;
            self.report(code, message, sheet, &name.span, "not declared", help);
        }
        Some(name.value.clone())
    }

    /// A notice says something, and params belong to a template.
    fn check_notice_says(&self, draft: &NotifyDraft) {
        let spoken = draft.speech.speaks();
        if let (None, Some(params)) = (&draft.template, &draft.params) {
            let message = "`params` goes with a `template`";
            let help = "add `template = \"…\"`, or drop `params`";
            let label = "has nothing to go with";
            self.report(&codes::STRAY_KEY, message, draft.sheet, &params.span, label, help);
        }
        if draft.template.is_some() || draft.keys.contains("template") {
            return;
        }
        if !spoken {
            let message = "the notice says nothing";
            let label = "neither `template` nor `text`";
            let help = "add `template = \"…\"`: most customers are told outside the service window";
            return self.report(&codes::NO_SAY, message, draft.sheet, &draft.header, label, help);
        }
        let message = "the notice reaches nobody whose service window is closed";
        let help = "add a `template`, which goes out there; `text` is only for who wrote in the last 24 hours";
        let (code, label) = (&codes::NO_TEMPLATE, "no `template`");
        self.report(code, message, draft.sheet, &draft.header, label, help);
    }

    fn notice_purpose(&self, draft: &NotifyDraft) -> Purpose {
        let template = draft.template.as_ref();
        let template = template.and_then(|name| self.declared.templates.get(&name.value));
        let category = template.map_or(Purpose::Utility, |template| template.purpose);
        let Some(purpose) = &draft.purpose else { return category };
        let given = PURPOSES.iter().find(|(name, _)| *name == purpose.value);
        let Some((_, given)) = given else {
            let message = format!("there is no purpose `{}`", purpose.value);
            let names = PURPOSES.map(|(name, _)| name);
            let help = suggest::help(&purpose.value, names, "the purposes");
            let (code, label) = (&codes::UNKNOWN_VALUE, "no such purpose");
            self.report(code, message, draft.sheet, &purpose.span, label, help);
            return category;
        };
        let tiers = self.draft.consents.iter().flat_map(|consent| &consent.tiers);
        let sold = tiers.into_iter().any(|tier| consenting::sells(&tier.value));
        if *given == Purpose::Marketing && !sold && !self.draft.lost.table("consent") {
            let message = "no tier of consent allows marketing: nobody is told this";
            let help = "declare a `[[consent.tier]]` that `allows` marketing, with the words by \
                        which customers opt in";
            let (code, label) = (&codes::NOBODY_ALLOWS, "allowed by nobody");
            self.report(code, message, draft.sheet, &purpose.span, label, help);
        }
        // The stricter of the two counts: what WhatsApp bills as marketing is marketing.
        (*given).max(category)
    }

    fn while_owned(&self, draft: &NotifyDraft) -> WhileOwned {
        let Some(written) = &draft.while_owned else { return WhileOwned::default() };
        let names = WhileOwned::NAMES;
        let found = names.iter().find(|(name, _)| *name == written.value);
        if found.is_none() {
            let message = format!("`while_owned` knows no `{}`", written.value);
            let help = suggest::help(&written.value, names.map(|(name, _)| name), "the ways");
            let (code, label) = (&codes::UNKNOWN_VALUE, "`send` or `hold`");
            self.report(code, message, draft.sheet, &written.span, label, help);
        }
        found.map_or_else(WhileOwned::default, |(_, found)| *found)
    }

    /// `else = "queue:care"`
    fn otherwise(&self, draft: &NotifyDraft) -> Option<String> {
        let At { value, span } = draft.otherwise.as_ref()?;
        if let Some(queue) = value.strip_prefix(QUEUE) {
            return self.queue(draft.sheet, queue, span).then(|| queue.to_owned());
        }
        let known = self.declared.queues.iter().map(String::as_str);
        let help = match suggest::nearest(value, known) {
            Some(near) => format!("did you mean `queue:{near}`?"),
            None => "name a queue: `else = \"queue:care\"`, with its `[queue.care]`".to_owned(),
        };
        let message = format!("`else` leads to a queue, and `{value}` names none");
        self.report(&codes::BAD_ELSE, message, draft.sheet, span, "no `queue:`", help);
        None
    }

    /// `at = "{{ event.starts_at }} - 24h"`
    fn notice_time(
        &mut self,
        sheet: usize,
        at: &At<String>,
        names: &[String],
    ) -> Option<NoticeTime> {
        let (instant, shift_ms) = shifted(&at.value);
        if !instant.contains("{{") {
            let message = "`at` names no value of the event";
            let help = "write the value that says when, and the time before or after it: \
                        `at = \"{{ event.starts_at }} - 24h\"`";
            let (code, label) = (&codes::BAD_NOTICE_TIME, "the same for every event");
            self.report(code, message, sheet, &at.span, label, help);
            return None;
        }
        let tail = instant.rsplit("}}").next().unwrap_or_default().trim();
        if tail.starts_with(['-', '+']) {
            let message = format!("`{tail}` is no time before or after");
            let help =
                format!("write {}: `at = \"{{{{ event.starts_at }}}} - 24h\"`", duration::FORM);
            let code = &codes::BAD_NOTICE_TIME;
            self.report(code, message, sheet, &at.span, "not a duration", help);
            return None;
        }
        let text = At { value: instant.to_owned(), span: at.span.clone() };
        Some(NoticeTime { text: self.text(sheet, "at", &text, names)?, shift_ms })
    }

    fn notice_cancel(&self, draft: &NotifyDraft, own: Option<&str>) -> Option<Cancel> {
        let At { value: cancel, span } = draft.cancel.as_ref()?;
        let wrong = |message: String, span: &Range<usize>, label: &str, help: String| {
            self.report(&codes::BAD_CANCEL, message, draft.sheet, span, label, help);
        };
        if !draft.keys.contains("at") {
            let message = "`cancel` without `at`: what is said at once cannot be taken back";
            let help = "add `at`, or drop `cancel`".to_owned();
            wrong(message.to_owned(), span, "nothing waits", help);
        }
        let CancelDraft { on, same } = cancel;
        let types = on.iter().flat_map(|on| &on.value);
        let on: Vec<String> =
            types.filter_map(|name| self.event_named(draft.sheet, Some(name))).collect();
        if let Some(same) = same {
            let lacks = |name: &&str| {
                let shape = self.declared.events.get(*name);
                shape.is_some_and(|shape| !shape.data.contains_key(&same.value))
            };
            let all = own.into_iter().chain(on.iter().map(String::as_str));
            if let Some(lacking) = all.into_iter().find(lacks) {
                let message = format!("`{lacking}` brings no `{}`", same.value);
                let help =
                    format!("name a value that both bring, or add it to the `data` of `{lacking}`");
                wrong(message, &same.span, "not in both events", help);
            }
        }
        Some(Cancel { on, same: same.as_ref().map(|same| same.value.clone()) })
    }
}

/// The text before a last `- 24h` or `+ 2d`, and that in milliseconds.
fn shifted(text: &str) -> (&str, i64) {
    let text = text.trim();
    let Some(sign) =
        text.rfind(['-', '+']).filter(|at| text.rfind("}}").is_none_or(|end| end < *at))
    else {
        return (text, 0);
    };
    let (before, after) = text.split_at(sign);
    let Ok(span) = duration::parse(after.get(1..).unwrap_or_default()) else { return (text, 0) };
    let span = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    (before.trim(), if after.starts_with('-') { -span } else { span })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_and_after() {
        for (text, instant, hours) in [
            ("{{ event.at }} - 24h", "{{ event.at }}", -24),
            ("{{ event.at }} + 2d", "{{ event.at }}", 48),
            ("{{ event.at }}", "{{ event.at }}", 0),
            ("{{ event.day }}T09:00 - 1h", "{{ event.day }}T09:00", -1),
            ("{{ event.day - 1 }}", "{{ event.day - 1 }}", 0),
            ("{{ event.at }} - soon", "{{ event.at }} - soon", 0),
        ] {
            assert_eq!(shifted(text), (instant, hours * 3_600_000), "{text}");
        }
    }
}
