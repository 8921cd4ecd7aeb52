//! One `[[reply]]` → one [`Reply`].

use super::bench::Bench;
use super::beside::forbidden_beside_also;
use super::say::Speaker;
use super::trigger::{is_narrowed, matched};
use super::{ASK_AGAIN_MAX, bounded, names};
use crate::model::RuleId;
use crate::rules::codes;
use crate::rules::draft::shapes::REPLY;
use crate::rules::draft::{Entries, Pairs, ReplyDraft, later};
use crate::rules::problems::At;
use crate::rules::ruleset::{Example, FieldKind, Reply, RulePlace, RuleStatus, TextId};
use crate::rules::suggest;

impl Bench<'_> {
    /// Compiles a reply; what is wrong is reported and left out.
    pub fn reply(&mut self, rule: usize, draft: &ReplyDraft) -> Reply {
        let sheet = draft.sheet;
        let mut matched = match &draft.form {
            Some(part) => self.form_names(part, &draft.trigger),
            None => matched(&draft.trigger),
        };
        let trigger = self.trigger(rule, draft, &matched);
        matched.extend(self.names_looked_up(draft));
        let also = draft.also.as_ref().is_some_and(|also| also.value);
        let hands_to = self.hands_to(draft);
        let by = Speaker {
            sheet,
            matched: &matched,
            live: is_live(draft),
            reply: Some(rule),
            notice: None,
        };
        if draft.form.is_none() {
            self.check_id(draft);
            self.check_trigger(draft);
            self.check_say(draft, also);
        }
        let before = self.texts.naming_lookups();
        let speech = self.speech(by, &draft.speech);
        self.looked_up_in_vain(draft, self.texts.naming_lookups() > before);
        Reply {
            id: RuleId::from(draft.id.as_ref().map_or("", |id| id.value.as_str())),
            place: self.rule_place(sheet, draft.header.start),
            owner: draft.owner.as_ref().map(|owner| owner.value.clone()),
            status: self.status(sheet, draft.status.as_ref()),
            priority: draft.priority.as_ref().map_or(0, |priority| priority.value),
            also,
            hands_to,
            trigger,
            cases: self.cases(by, &draft.cases),
            speech,
            lookup: self.looks_up(draft, &matched),
            purpose: self.purpose(draft),
            react: self.react(sheet, draft.react.as_ref()),
            cooldown: self.cooldown(by, draft.cooldown.as_ref()),
            outside: self.outside(by, draft.outside_window.as_ref()),
            tags: self.plain(sheet, "tags", &draft.tags),
            untag: self.plain(sheet, "untag", &draft.untag),
            set: self.set(sheet, &draft.set, &matched),
            unset: self.unset(sheet, &draft.unset),
            emit: self.emit(draft, &matched),
            expect: draft.expect.as_ref().and_then(|expect| self.duration(sheet, expect)),
            ask_again: self.ask_again(draft),
            follow_up: self.follow_up(by, draft),
            asks: self.asks(draft, also),
            examples: self.examples(sheet, "examples", &draft.examples),
            not_examples: self.examples(sheet, "not_examples", &draft.not_examples),
            form: draft.form.clone(),
        }
    }

    /// Where a rule stands, from the first byte of its header.
    pub fn rule_place(&self, sheet: usize, start: usize) -> RulePlace {
        let place = self.place(sheet, &(start..start), "");
        let file = self.draft.sheets.get(sheet).map(|sheet| sheet.path.clone());
        RulePlace { file: file.unwrap_or_default(), line: place.line }
    }

    fn check_id(&self, draft: &ReplyDraft) {
        match &draft.id {
            Some(id) => names::check_id(self, draft.sheet, id),
            // An id of a wrong type has been reported.
            None if draft.keys.contains("id") || misspelt(draft, &["id"]) => {}
            None => {
                let message = "a reply without an id";
                let help = "write `id = \"…\"`: it stands in reports and in the journal";
                let label = "`id` is missing";
                self.report(&codes::MISSING_KEY, message, draft.sheet, &draft.header, label, help);
            }
        }
    }

    fn check_trigger(&self, draft: &ReplyDraft) {
        let unreadable = [
            "words", "whole", "starts", "inside", "regex", "take", "payload", "kind", "after",
            "when", "all",
        ];
        let narrowed = is_narrowed(&draft.trigger);
        if narrowed
            || unreadable.iter().any(|key| draft.keys.contains(*key))
            || misspelt(draft, &unreadable)
        {
            return;
        }
        let (message, help) = match draft.hands_over {
            false => (
                "a reply needs a trigger: this one would answer every message",
                "add `words = [\"…\"]`; what is said when nothing fits is a `[[fallback]]`",
            ),
            true => (
                "a hand-off needs a trigger: this one would hand over every message",
                "add `words = [\"…\"]`; other rules lead to a queue by `go = \"queue:NAME\"`",
            ),
        };
        let label = "no trigger and no condition";
        self.report(&codes::NO_TRIGGER, message, draft.sheet, &draft.header, label, help);
    }

    fn check_say(&self, draft: &ReplyDraft, also: bool) {
        if also {
            return self.check_also(draft);
        }
        // A hand-off may well say nothing.
        if draft.hands_over {
            return;
        }
        if draft.speech.speaks() || (draft.keys.contains("react") && draft.cases.is_empty()) {
            return;
        }
        // A stray `header` or `numbered` is reported as such, and so is `txt`.
        if !draft.speech.keys.is_empty() || misspelt(draft, &["text", "messages", "go", "media"]) {
            return;
        }
        let (message, help) = if draft.keys.contains("cases") {
            let help = "add the rule's own `text = \"…\"`: it is said where no case holds";
            ("the reply says nothing where no case holds", help)
        } else {
            let help = "add `text = \"…\"`; a rule that only acts has `also = true`";
            ("the reply says nothing", help)
        };
        let label = "neither `text` nor anything else to say";
        self.report(&codes::NO_SAY, message, draft.sheet, &draft.header, label, help);
    }

    fn check_also(&self, draft: &ReplyDraft) {
        let said = draft.speech.keys.first().map(|key| (key.value.as_str(), &key.span));
        let beside = forbidden_beside_also(draft);
        let beside = beside.or(draft.lookup.as_ref().map(|lookup| ("lookup", &lookup.span)));
        let asked = draft.expect.as_ref().map(|expect| ("expect", &expect.span));
        let asked = asked.or(draft.ask_again.as_ref().map(|again| ("ask_again", &again.span)));
        let Some((key, span)) = said.or(beside).or(asked) else { return };
        let message = format!("an `also` rule must not have `{key}`");
        let help = format!("drop `{key}`, or drop `also`: only the rule that wins speaks and asks");
        let label = "the winner speaks";
        self.report(&codes::ALSO_SAYS, message, draft.sheet, span, label, help);
    }

    /// `status`; reported where it is none.
    pub fn status(&self, sheet: usize, status: Option<&At<String>>) -> RuleStatus {
        let Some(status) = status else { return RuleStatus::Live };
        match status.value.as_str() {
            "live" => RuleStatus::Live,
            "draft" => RuleStatus::Draft,
            later if later::STATUSES.contains(&later) => {
                let message = format!("the status `{later}` is not part of this version");
                let help = "write `status = \"draft\"` until it is";
                let label = "not supported yet";
                self.report(&codes::NOT_YET, message, sheet, &status.span, label, help);
                RuleStatus::Draft
            }
            other => {
                let message = format!("there is no status `{other}`");
                let help = suggest::help(other, ["live", "draft"], "the statuses");
                let label = "no such status";
                self.report(&codes::UNKNOWN_VALUE, message, sheet, &status.span, label, help);
                RuleStatus::Draft
            }
        }
    }

    /// `set`; what does not fit is reported.
    pub fn set(
        &mut self,
        sheet: usize,
        pairs: &Pairs,
        matched: &[String],
    ) -> Vec<(String, TextId)> {
        let mut set = Vec::new();
        for (field, value) in pairs {
            self.check_field(sheet, field);
            self.check_value(sheet, field, value);
            let key = format!("set.{}", field.value);
            if let Some(text) = self.text(sheet, &key, value, matched) {
                set.push((field.value.clone(), text));
            }
        }
        set
    }

    fn unset(&self, sheet: usize, unset: &Entries) -> Vec<String> {
        let fields = unset.iter().flat_map(|unset| &unset.value);
        fields.inspect(|field| self.check_field(sheet, field)).map(|f| f.value.clone()).collect()
    }

    pub(super) fn check_field(&self, sheet: usize, field: &At<String>) {
        let known = &self.declared.fields;
        if known.contains_key(&field.value) || self.draft.lost.table("fields") {
            return;
        }
        let message = format!("there is no field `{}`", field.value);
        let help = match suggest::nearest(&field.value, known.keys().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("declare it under `[fields]`: `{} = {{ type = \"text\" }}`", field.value)
            }
        };
        self.report(&codes::UNKNOWN_FIELD, message, sheet, &field.span, "not declared", help);
    }

    /// A value without `{{ }}` is known now: it must fit.
    pub(super) fn check_value(&self, sheet: usize, field: &At<String>, value: &At<String>) {
        let Some(declared) = self.declared.fields.get(&field.value) else { return };
        let text = value.value.as_str();
        if text.contains("{{") || text.contains("{%") {
            return;
        }
        let (fits, help) = match &declared.kind {
            FieldKind::Text => return,
            FieldKind::Number => {
                let number = text.parse::<f64>().is_ok_and(f64::is_finite);
                (number, "write a number, such as `42`".to_owned())
            }
            FieldKind::Date => {
                let date = text.parse::<jiff::civil::Date>().is_ok_and(|d| d.to_string() == text);
                (date, "write a day, such as `2026-03-01`".to_owned())
            }
            FieldKind::YesNo => (matches!(text, "yes" | "no"), "write `yes` or `no`".to_owned()),
            FieldKind::Choice(of) => {
                let known = of.iter().map(String::as_str);
                (of.iter().any(|choice| choice == text), suggest::help(text, known, "the choices"))
            }
        };
        if !fits {
            let message = format!("the field `{}` cannot hold `{text}`", field.value);
            self.report(&codes::BAD_FIELD_VALUE, message, sheet, &value.span, "does not fit", help);
        }
    }

    fn ask_again(&self, draft: &ReplyDraft) -> u32 {
        let Some(times) = &draft.ask_again else { return 0 };
        if draft.trigger.after.is_none() && !draft.keys.contains("after") {
            let message = "`ask_again` without `after`: there is no question to keep open";
            let help = "add `after = \"…\"` with the id of the rule that asks";
            let label = "which question?";
            self.report(
                &codes::ASK_AGAIN_WITHOUT_AFTER,
                message,
                draft.sheet,
                &times.span,
                label,
                help,
            );
        }
        bounded(self, draft.sheet, "ask_again", times, ASK_AGAIN_MAX)
    }

    /// Some live rule names it in `after`; reported where its `expect` waits for nobody.
    fn asks(&self, draft: &ReplyDraft, also: bool) -> bool {
        let Some(id) = &draft.id else { return false };
        let asks = self.declared.answered.contains(&id.value);
        if let (false, false, Some(expect)) = (asks, also || !is_live(draft), &draft.expect) {
            let lost = self.draft.lost.whole_file
                || !self.draft.lost.ids.is_empty()
                || !names::is_id(&id.value);
            if !lost {
                let message = format!("`{}` expects an answer that no rule takes", id.value);
                let help =
                    format!("write the rule with `after = \"{}\"`, or drop `expect`", id.value);
                let label = "nothing is asked";
                self.report(&codes::UNANSWERED, message, draft.sheet, &expect.span, label, help);
            }
        }
        asks && !also
    }

    fn examples(&self, sheet: usize, key: &str, examples: &Entries) -> Vec<Example> {
        let examples = examples.iter().flat_map(|examples| &examples.value);
        examples
            .filter(|example| self.not_blank(sheet, key, example))
            .map(|example| Example { text: example.value.clone(), span: example.span.clone() })
            .collect()
    }
}

/// Whether an unknown key of the rule is probably one of these, so that none of them is missed twice.
fn misspelt(draft: &ReplyDraft, keys: &[&str]) -> bool {
    let unknown = draft.keys.iter().filter(|key| !REPLY.keys.contains(&key.as_str()));
    let meant = |key: &String| suggest::nearest(key, REPLY.keys.iter().copied());
    unknown.filter_map(meant).any(|near| keys.contains(&near))
}

/// Whether a rule acts.
pub fn is_live(reply: &ReplyDraft) -> bool {
    reply.status.as_ref().is_none_or(|status| status.value == "live")
}
