//! The course a winning rule takes until something is said: over its cool-down, its `cases`, its
//! `go` and its `variants`.

use super::form::{self, Filled};
use super::hearing::Hearing;
use super::trace::Part;
use super::{Decision, cooling, permission};
use crate::limits;
use crate::model::{ContactId, RuleId};
use crate::rules::ruleset::Reply;
use crate::rules::says::{Cooling, Say, Speech, Variant};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What is said, and the rules that led there.
#[derive(Debug)]
pub(super) struct Course<'a> {
    /// The rule that came first; none where a fallback did.
    pub first: Option<&'a Reply>,
    /// The rules that `go` led to; the last one speaks.
    pub gone: Vec<&'a Reply>,
    /// What is said.
    pub said: Said<'a>,
    /// `case 2`, `variant 1`, for the trace.
    pub how: Vec<String>,
    /// What of each rule on the way it is.
    pub parts: Vec<Part>,
    /// `RULE#N` where a variant was taken.
    pub variant: Option<String>,
    /// What a form says before it asks.
    pub opening: Option<(&'a Reply, &'a [Say])>,
    /// The form it is in, with its values.
    pub form: Option<Filled<'a>>,
    /// The forms it brought to their end.
    pub finished: Vec<Filled<'a>>,
}

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// These.
    These(&'a [Say]),
    /// Nothing: the rule is in cool-down.
    Hushed,
    /// These instead: the rule is in cool-down.
    Instead(&'a [Say]),
    /// Nothing yet: the rule waits for what it looks up.
    LooksUp,
}

/// Why a course comes to nothing.
#[derive(Debug)]
pub(super) enum Setback {
    /// A rule on the way is in cool-down and lets the next one win, or may not speak to this
    /// contact now.
    StandsBack(String),
    /// A script of a case failed.
    Failed {
        /// Whose.
        rule: RuleId,
        /// In words.
        why: String,
    },
}

impl<'a> Course<'a> {
    /// The course of a rule that wins.
    pub fn of_reply(
        hearing: &Hearing<'a>,
        reply: &'a Reply,
        matched: &BTreeMap<String, String>,
    ) -> Result<Course<'a>, Setback> {
        Course { first: Some(reply), ..Course::new() }.enter(hearing, reply, matched)
    }

    /// The course of a rule that waited for what it looked up. Its cool-down was judged when it
    /// asked.
    pub fn looked_up(
        hearing: &Hearing<'a>,
        reply: &'a Reply,
        matched: &BTreeMap<String, String>,
    ) -> Result<Course<'a>, Setback> {
        let mut course = Course { first: Some(reply), ..Course::new() };
        if let Some(looked_up) = hearing.lookup {
            course.how.push(format!("lookup: {}", looked_up.outcome.label()));
        }
        course.parts.push(Part::of(&reply.id));
        let speech = course.speech(hearing, reply, matched)?;
        course.follow(hearing, &reply.id, speech, matched)
    }

    /// The course of a fallback.
    pub fn of_fallback(
        hearing: &Hearing<'a>,
        rule: &RuleId,
        speech: &'a Speech,
    ) -> Result<Course<'a>, Setback> {
        Course { parts: vec![Part::of(rule)], ..Course::new() }.follow(
            hearing,
            rule,
            speech,
            &BTreeMap::new(),
        )
    }

    /// What a rule asked: its own speech once more, whatever its cool-down says. None where a case
    /// fails or leads elsewhere now.
    pub fn again(
        hearing: &Hearing<'a>,
        reply: &'a Reply,
        matched: &BTreeMap<String, String>,
    ) -> Option<Course<'a>> {
        let mut course = Course::new();
        let speech = course.speech(hearing, reply, matched).ok()?;
        let course = course.follow(hearing, &reply.id, speech, matched).ok()?;
        course.gone.is_empty().then_some(course)
    }

    /// The course where the customer was asked something else meanwhile: no form is begun or goes on
    /// beside that, so what it would ask is not said.
    pub fn beside_what_is_open(self, hearing: &Hearing<'_>, decision: &mut Decision) -> Course<'a> {
        if !hearing.overtaken || self.form.is_none() {
            return self;
        }
        decision.note("another question was opened meanwhile: no form is begun beside it");
        Course { said: Said::Hushed, opening: None, form: None, ..self }
    }

    /// One on which nothing happened yet.
    pub fn new() -> Course<'a> {
        Course {
            first: None,
            gone: Vec::new(),
            said: Said::These(&[]),
            how: Vec::new(),
            parts: Vec::new(),
            variant: None,
            opening: None,
            form: None,
            finished: Vec::new(),
        }
    }

    /// Every rule on the way, the speaker last.
    pub fn rules(&self) -> impl DoubleEndedIterator<Item = &'a Reply> {
        self.first.into_iter().chain(self.gone.iter().copied())
    }

    /// The rule that speaks; none where a fallback does.
    pub fn speaker(&self) -> Option<&'a Reply> {
        self.gone.last().copied().or(self.first)
    }

    /// Whether it speaks as it does outside its cool-down.
    pub fn is_full(&self) -> bool {
        matches!(self.said, Said::These(_))
    }

    /// Whether it ends with a rule that looks something up first.
    pub fn looks_up(&self) -> bool {
        self.said == Said::LooksUp
    }

    /// What is said, whichever it is.
    pub fn says(&self) -> &'a [Say] {
        match self.said {
            Said::These(says) | Said::Instead(says) => says,
            Said::Hushed | Said::LooksUp => &[],
        }
    }

    fn enter(
        mut self,
        hearing: &Hearing<'a>,
        reply: &'a Reply,
        matched: &BTreeMap<String, String>,
    ) -> Result<Course<'a>, Setback> {
        match cooling::in_force(hearing, reply) {
            Some(Cooling::Next) => {
                let why = format!("`{}`: {}", reply.id, cooling::in_words(hearing, reply));
                return Err(Setback::StandsBack(why));
            }
            Some(Cooling::Silent) => self.said = Said::Hushed,
            Some(Cooling::Say(says)) => self.said = Said::Instead(says),
            None if looks_up(hearing, reply) => {
                self.said = Said::LooksUp;
                return Ok(self);
            }
            None => {
                form::reach(hearing, &mut self, reply, matched);
                self.parts.push(Part::of(&reply.id));
                let speech = self.speech(hearing, reply, matched)?;
                let course = self.follow(hearing, &reply.id, speech, matched)?;
                return course.go_on(hearing, reply, matched);
            }
        }
        self.how.push(cooling::in_words(hearing, reply));
        Ok(self)
    }

    /// A form asks its next question, or comes to its end, as soon as it was begun or answered.
    fn go_on(
        mut self,
        hearing: &Hearing<'a>,
        reply: &'a Reply,
        matched: &BTreeMap<String, String>,
    ) -> Result<Course<'a>, Setback> {
        let Some(next) = form::next(hearing, &self, reply) else { return Ok(self) };
        if let Said::These(says @ [_, ..]) = self.said {
            self.opening = Some((reply, says));
        }
        self.said = Said::These(&[]);
        self.gone.push(next);
        self.enter(hearing, next, matched)
    }

    fn follow(
        mut self,
        hearing: &Hearing<'a>,
        rule: &RuleId,
        speech: &'a Speech,
        matched: &BTreeMap<String, String>,
    ) -> Result<Course<'a>, Setback> {
        match speech {
            Speech::Silent => {}
            Speech::Says(says) => self.said = Said::These(says),
            Speech::Variants(variants) => self.vary(hearing.now.contact.id, rule, variants),
            Speech::Go(to) => {
                let next = hearing.rules.by_id.get(to).and_then(|rule| hearing.reply(*rule));
                let Some(next) = next.filter(|_| self.gone.len() < limits::GO_DEPTH_MAX) else {
                    let why = format!("`go` leads nowhere: `{to}`");
                    return Err(Setback::Failed { rule: rule.clone(), why });
                };
                if let Err(why) = permission::may_speak(hearing, next) {
                    return Err(Setback::StandsBack(format!("`{to}`: {why}")));
                }
                self.how.push(format!("`go` of `{rule}`"));
                self.gone.push(next);
                return self.enter(hearing, next, matched);
            }
        }
        Ok(self)
    }

    /// The first of `cases` that holds, else the rule's own speech.
    fn speech(
        &mut self,
        hearing: &Hearing<'a>,
        reply: &'a Reply,
        matched: &BTreeMap<String, String>,
    ) -> Result<&'a Speech, Setback> {
        for (number, case) in (1..).zip(&reply.cases) {
            match hearing.rules.scripts.holds(case.when, &hearing.scope(matched)) {
                Ok(true) => {
                    self.how.push(format!("case {number}"));
                    if let Some(part) = self.parts.last_mut() {
                        part.case = Some(number);
                    }
                    return Ok(&case.speech);
                }
                Ok(false) => {}
                Err(error) => {
                    let why = format!("case {number} of `{}` failed: {error}", reply.id);
                    return Err(Setback::Failed { rule: reply.id.clone(), why });
                }
            }
        }
        Ok(&reply.speech)
    }

    fn vary(&mut self, contact: ContactId, rule: &RuleId, variants: &'a [Variant]) {
        let Some(place) = drawn(contact, rule, variants) else { return };
        let Some(variant) = variants.get(place) else { return };
        let number = place + 1;
        self.said = Said::These(&variant.says);
        self.how.push(format!("variant {number}"));
        if let Some(part) = self.parts.last_mut() {
            part.variant = Some(number);
        }
        self.variant = Some(format!("{rule}#{number}"));
    }
}

/// Whether it looks up something that is not there yet.
fn looks_up(hearing: &Hearing<'_>, reply: &Reply) -> bool {
    let there = hearing.lookup.map(|looked_up| &looked_up.lookup);
    reply.lookup.as_ref().is_some_and(|wanted| there != Some(&wanted.name))
}

/// The variant of a contact: always the same, and over many contacts as often as its weight says.
fn drawn(contact: ContactId, rule: &RuleId, variants: &[Variant]) -> Option<usize> {
    let total: u64 = variants.iter().map(|variant| u64::from(variant.weight)).sum();
    let mut hash = Sha256::new();
    hash.update(contact.0.as_bytes());
    hash.update(rule.as_str());
    let digest = hash.finalize();
    let number = digest.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    let mut left = number.checked_rem(total)?;
    variants.iter().position(|variant| {
        let here = left < u64::from(variant.weight);
        left = left.saturating_sub(u64::from(variant.weight));
        here
    })
}
