//! When a reply holds: its entries, expressions and conditions.

use super::bench::Bench;
use super::declared::unknown_language;
use super::regexes;
use crate::model::{MessageKind, NumberId, RuleId};
use crate::rules::codes;
use crate::rules::draft::{Entries, ReplyDraft, TriggerDraft};
use crate::rules::matcher::{GroupId, Mode};
use crate::rules::problems::At;
use crate::rules::ruleset::{Group, Trigger};
use crate::rules::scripts::ConditionId;
use crate::rules::suggest;
use crate::text::language;
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};

impl Bench<'_> {
    /// Compiles the conditions of reply `rule`.
    pub fn trigger(&mut self, rule: usize, reply: &ReplyDraft, matched: &[String]) -> Trigger {
        let (sheet, draft) = (reply.sheet, &reply.trigger);
        self.habits(sheet, draft);
        let (from, until) = self.span_of_time(sheet, &draft.from, &draft.until);
        let groups = draft.regex.as_ref().map(|r| regexes::group_names(&r.value));
        let groups = groups.unwrap_or_default();
        Trigger {
            only_led: false,
            groups: self.trigger_groups(rule, sheet, draft),
            regex: draft.regex.as_ref().and_then(|regex| self.regex(sheet, regex)),
            take: draft.take.as_ref().map(|t| self.take(sheet, t, &groups)).unwrap_or_default(),
            payload: self.plain(sheet, "payload", &draft.payload),
            all: self.group_each(sheet, &draft.all, Mode::Words, Group::All { rule }),
            none: self.group(sheet, &draft.none, Mode::Words, Group::None { rule }),
            kind: draft.kind.as_ref().map(|kinds| self.kinds(sheet, &kinds.value)),
            after: self.after(sheet, &draft.after),
            lang: self.langs(sheet, &draft.lang),
            number: self.numbers(sheet, &draft.number),
            hours: self.calendar(sheet, draft.hours.as_ref()),
            closed: self.calendar(sheet, draft.closed.as_ref()),
            has: self.plain(sheet, "has", &draft.has),
            lacks: self.plain(sheet, "lacks", &draft.lacks),
            consent: self.tier_asked(sheet, draft.consent.as_ref()),
            new: draft.new.as_ref().map(|new| new.value),
            from_ad: draft.from_ad.as_ref().map(|ad| ad.value),
            when: draft.when.as_ref().and_then(|when| self.condition(sheet, when, matched)),
            from,
            until,
        }
    }

    fn trigger_groups(&mut self, rule: usize, sheet: usize, draft: &TriggerDraft) -> Vec<GroupId> {
        let keys = [
            (&draft.words, Mode::Words),
            (&draft.whole, Mode::Whole),
            (&draft.starts, Mode::Starts),
            (&draft.inside, Mode::Inside),
        ];
        keys.into_iter()
            .filter_map(|(entries, mode)| {
                let whole = mode == Mode::Whole;
                self.group(sheet, entries, mode, Group::Trigger { rule, whole })
            })
            .collect()
    }

    fn kinds(&self, sheet: usize, kinds: &[At<String>]) -> Vec<MessageKind> {
        kinds.iter().filter_map(|kind| self.kind(sheet, kind)).collect()
    }

    pub(super) fn kind(&self, sheet: usize, kind: &At<String>) -> Option<MessageKind> {
        let name = kind.value.as_str();
        if MessageKind::NAMES.contains(&name) {
            return MessageKind::deserialize(StrDeserializer::<Error>::new(name)).ok();
        }
        let message = format!("there is no kind of message `{name}`");
        let help = suggest::help(name, MessageKind::NAMES, "the kinds");
        self.report(&codes::UNKNOWN_VALUE, message, sheet, &kind.span, "no such kind", help);
        None
    }

    fn after(&self, sheet: usize, after: &Entries) -> Vec<RuleId> {
        let after = after.iter().flat_map(|after| &after.value);
        after
            .inspect(|id| self.check_after(sheet, id))
            .map(|id| RuleId::from(id.value.as_str()))
            .collect()
    }

    fn check_after(&self, sheet: usize, id: &At<String>) {
        let asking = self.declared.ids.get(&id.value).and_then(|at| self.draft.replies.get(*at));
        match asking {
            Some(asking) if asking.also.as_ref().is_some_and(|also| also.value) => {
                let message =
                    format!("`{}` never asks: it is an `also` rule, which never wins", id.value);
                let help = "name the rule that asks, or drop `also` there";
                self.report(&codes::NEVER_ASKED, message, sheet, &id.span, "never asks", help);
            }
            Some(asking) if asking.speech.go.is_some() && asking.cases.is_empty() => {
                let to = asking.speech.go.as_ref().map_or("", |go| go.value.as_str());
                let message = format!("`{}` never asks: it goes to `{to}`", id.value);
                let help = format!("name the rule that asks, `{to}`");
                self.report(&codes::NEVER_ASKED, message, sheet, &id.span, "never asks", help);
            }
            None if !self.draft.lost.rule(&id.value) => {
                let message = format!("there is no reply `{}`", id.value);
                let known = self.declared.reply_ids();
                let help = suggest::help(&id.value, known, "the replies");
                self.report(&codes::UNKNOWN_RULE, message, sheet, &id.span, "no such reply", help);
            }
            _ => {}
        }
    }

    fn langs(&self, sheet: usize, langs: &Entries) -> Vec<String> {
        let langs = langs.iter().flat_map(|langs| &langs.value);
        langs
            .filter_map(|tag| {
                let canonical = language::canonical(&tag.value);
                if canonical.is_none() {
                    let place = self.place(sheet, &tag.span, "not a language");
                    unknown_language(self.problems, &tag.value, place);
                }
                canonical
            })
            .collect()
    }

    /// The numbers of ours that are named; reported where one is none.
    pub fn numbers(&self, sheet: usize, numbers: &Entries) -> Vec<NumberId> {
        let numbers = numbers.iter().flat_map(|numbers| &numbers.value);
        numbers.filter_map(|number| self.number(sheet, number)).collect()
    }

    pub(super) fn number(&self, sheet: usize, number: &At<String>) -> Option<NumberId> {
        let wanted = number.value.as_str();
        let Some(known) = &self.settings.numbers else { return Some(NumberId::from(wanted)) };
        let found = known.iter().find(|(id, name)| name == wanted || id.as_str() == wanted);
        if found.is_none() {
            let message = format!("there is no number `{wanted}` in `usher.toml`");
            let names = known.iter().map(|(_, name)| name.as_str());
            let help = suggest::help(wanted, names, "the numbers");
            self.report(
                &codes::UNKNOWN_NUMBER,
                message,
                sheet,
                &number.span,
                "no such number",
                help,
            );
        }
        found.map(|(id, _)| id.clone())
    }

    /// A calendar's name; reported where there is none such.
    pub fn calendar(&self, sheet: usize, name: Option<&At<String>>) -> Option<String> {
        let name = name?;
        let known = &self.declared.hours_names;
        if !known.contains(&name.value) && !self.draft.lost.table("hours") {
            let message = format!("there is no calendar `{}`", name.value);
            let names = known.iter().map(String::as_str);
            let help = match suggest::nearest(&name.value, names.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("declare it under a header `[hours.{}]`", name.value),
            };
            self.report(
                &codes::UNKNOWN_HOURS,
                message,
                sheet,
                &name.span,
                "no such calendar",
                help,
            );
        }
        Some(name.value.clone())
    }

    /// Compiles a `when`; reported and `None` where it is wrong.
    pub fn condition(
        &mut self,
        sheet: usize,
        when: &At<String>,
        matched: &[String],
    ) -> Option<ConditionId> {
        match self.scripts.condition(&when.value, matched) {
            Ok(condition) => Some(condition),
            Err(problems) => {
                for problem in problems {
                    let span = self.inside(sheet, &when.span, &problem.span);
                    let help = problem.help.unwrap_or_else(|| {
                        "`when` is true or false, for example `session.turns > 6`".to_owned()
                    });
                    self.report(&codes::BAD_SCRIPT, problem.message, sheet, &span, "", help);
                }
                None
            }
        }
    }
}

/// Names available as `match.NAME`.
#[must_use]
pub fn matched(draft: &TriggerDraft) -> Vec<String> {
    let groups = draft.regex.iter().flat_map(|regex| regexes::group_names(&regex.value));
    let taken = draft.take.iter().flat_map(|take| &take.value).map(|(name, _)| name.value.clone());
    std::iter::once("entry".to_owned()).chain(groups).chain(taken).collect()
}

/// Whether a draft has anything that narrows down which messages it answers.
#[must_use]
pub fn is_narrowed(draft: &TriggerDraft) -> bool {
    let lists = [
        &draft.words,
        &draft.whole,
        &draft.starts,
        &draft.inside,
        &draft.payload,
        &draft.all,
        &draft.kind,
        &draft.after,
        &draft.lang,
        &draft.number,
        &draft.has,
        &draft.lacks,
    ];
    let texts = [&draft.regex, &draft.hours, &draft.closed, &draft.when, &draft.from, &draft.until];
    lists.iter().any(|list| list.is_some())
        || texts.iter().any(|text| text.is_some())
        || draft.take.is_some()
        || draft.consent.is_some()
        || draft.new.is_some()
        || draft.from_ad.is_some()
}
