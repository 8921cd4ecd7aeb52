//! `expect` of a test's turn, and `not` in it.

use super::bench::Bench;
use super::story::{Known, consent, fields};
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::story::ExpectDraft;
use crate::rules::problems::At;
use crate::rules::story::{Expectation, Expected, Person};
use crate::rules::suggest;
use std::ops::Range;

/// Who may answer.
const OWNERS: [&str; 3] = ["bot", "waiting", "agent"];

/// Gathers what one table expects.
struct Gatherer<'a> {
    bench: &'a Bench<'a>,
    known: &'a Known<'a>,
    sheet: usize,
    person: &'a Person,
    not: bool,
    found: Vec<Expectation>,
}

/// Everything a turn expects, each with its place.
pub(super) fn of(
    bench: &Bench<'_>,
    known: &Known<'_>,
    sheet: usize,
    person: &Person,
    draft: Option<&At<ExpectDraft>>,
) -> Vec<Expectation> {
    let Some(draft) = draft else { return Vec::new() };
    let gather = |draft: &At<ExpectDraft>, not| {
        if draft.value.keys == 0 {
            let help = "write what must come of the turn: `{ reply = \"…\" }`";
            let (message, label) = ("nothing is expected here", "empty");
            bench.report(&codes::PROVES_NOTHING, message, sheet, &draft.span, label, help);
        }
        let mut gatherer = Gatherer { bench, known, sheet, person, not, found: Vec::new() };
        gatherer.gather(&draft.value);
        gatherer.found
    };
    contradiction(bench, sheet, &draft.value);
    let mut found = gather(draft, false);
    if let Some(not) = &draft.value.not {
        found.extend(gather(not, true));
    }
    found
}

/// Where nothing is sent, nothing can be in it.
fn contradiction(bench: &Bench<'_>, sheet: usize, draft: &ExpectDraft) {
    let Some(silent) = draft.silent.as_ref().filter(|silent| silent.value) else { return };
    let text = draft.text.as_ref().map(|text| &text.span);
    let exact = draft.exact.as_ref().map(|text| &text.span);
    let template = draft.template.as_ref().map(|template| &template.span);
    let Some(said) = text.or(exact).or(template) else { return };
    let found = Diagnostic::new(&codes::TEST_CONTRADICTS, "silence is expected, and words")
        .at(bench.place(sheet, &silent.span, "nothing is sent"))
        .at(bench.place(sheet, said, "and this is said"))
        .help("keep one of the two");
    bench.problems.add(found);
}

impl Gatherer<'_> {
    fn gather(&mut self, draft: &ExpectDraft) {
        if let Some(rule) = &draft.reply {
            self.rule(rule, self.known.rules.iter().copied());
            self.add(&rule.span, Expected::Reply(rule.value.as_str().into()));
        }
        if let Some(rule) = &draft.question {
            let asking = &self.bench.declared.answered;
            self.rule(rule, asking.iter().map(String::as_str));
            self.add(&rule.span, Expected::Question(rule.value.as_str().into()));
        }
        if let Some(texts) = &draft.text {
            let parts = self.bench.plain(self.sheet, "text", &draft.text);
            // In `not`, each of them alone is one too many.
            if self.not {
                let places = texts.value.iter().map(|text| text.span.clone());
                let each: Vec<_> = places.zip(parts).collect();
                each.into_iter().for_each(|(at, part)| self.add(&at, Expected::Text(vec![part])));
            } else {
                self.add(&texts.span, Expected::Text(parts));
            }
        }
        self.texts(draft);
        if let Some(silent) = &draft.silent {
            self.found.push(Expectation {
                span: silent.span.clone(),
                not: self.not == silent.value,
                what: Expected::Silent,
            });
        }
        for tag in draft.tags.iter().flat_map(|tags| &tags.value) {
            self.tag(tag);
            self.add(&tag.span, Expected::Tag(tag.value.clone()));
        }
        let spans =
            draft.fields.iter().flat_map(|pairs| &pairs.value).map(|(_, value)| &value.span);
        for (span, (field, value)) in
            spans.zip(fields(self.bench, self.sheet, draft.fields.as_ref()))
        {
            self.add(span, Expected::Field(field, value));
        }
        if let Some(tier) = &draft.consent {
            consent(self.bench, self.known, self.sheet, tier);
            self.add(&tier.span, Expected::Consent(tier.value.clone()));
        }
        if let Some(owner) = &draft.owner {
            self.owner(owner);
            self.add(&owner.span, Expected::Owner(owner.value.clone()));
        }
        for emitted in draft.emit.iter().flat_map(|emit| &emit.value) {
            self.emitted(emitted);
            self.add(&emitted.span, Expected::Emit(emitted.value.clone()));
        }
    }

    /// What is a text and nothing else.
    fn texts(&mut self, draft: &ExpectDraft) {
        if let Some(template) = &draft.template {
            let known = self.bench.declared.templates.keys().map(String::as_str);
            if !self.bench.declared.templates.contains_key(&template.value) {
                let message = format!("there is no template `{}`", template.value);
                let help = suggest::help(&template.value, known, "the templates");
                self.unknown(template, message, help);
            }
        }
        let known = self.known;
        let known_as = "the rules that hand over";
        self.named(draft.handoff.as_ref(), "rule hands over as", known_as, known.hands.iter());
        let queues = self.bench.declared.queues.iter();
        self.named(draft.queue.as_ref(), "queue is called", "the queues", queues);
        self.named(draft.form.as_ref(), "form is called", "the forms", self.bench.forms.keys());
        for (text, expected) in [
            (&draft.exact, Expected::Exactly as fn(_) -> _),
            (&draft.template, Expected::Template as fn(_) -> _),
            (&draft.handoff, Expected::HandOff as fn(_) -> _),
            (&draft.queue, Expected::Queue as fn(_) -> _),
            (&draft.form, Expected::Form as fn(_) -> _),
        ] {
            if let Some(text) = text {
                self.bench.not_blank(self.sheet, "expect", text);
                self.add(&text.span, expected(text.value.clone()));
            }
        }
    }

    /// One of these.
    fn named<'k>(
        &self,
        name: Option<&At<String>>,
        what: &str,
        known_as: &str,
        known: impl Iterator<Item = &'k String> + Clone,
    ) {
        let Some(name) = name else { return };
        if known.clone().any(|known| *known == name.value) || self.bench.draft.lost.whole_file {
            return;
        }
        let help = suggest::help(&name.value, known.map(String::as_str), known_as);
        self.unknown(name, format!("no {what} `{}`", name.value), help);
    }

    fn add(&mut self, span: &Range<usize>, what: Expected) {
        self.found.push(Expectation { span: span.clone(), not: self.not, what });
    }

    fn unknown(&self, at: &At<String>, message: String, help: String) {
        let label = "not known";
        self.bench.report(&codes::TEST_UNKNOWN, message, self.sheet, &at.span, label, help);
    }

    fn rule<'k>(&self, id: &At<String>, known: impl Iterator<Item = &'k str> + Clone) {
        let there = known.clone().any(|known| known == id.value);
        if there || self.bench.draft.lost.rule(&id.value) {
            return;
        }
        let message = if self.known.rules.contains(id.value.as_str()) {
            format!("`{}` asks nothing: no rule has `after = \"{}\"`", id.value, id.value)
        } else {
            format!("there is no rule `{}`", id.value)
        };
        self.unknown(id, message, suggest::help(&id.value, known, "such rules"));
    }

    fn emitted(&self, kind: &At<String>) {
        let told = self.bench.draft.replies.iter().filter_map(|reply| reply.emit.as_ref());
        let known: Vec<&str> = told.map(|emit| emit.value.kind.value.as_str()).collect();
        if !known.contains(&kind.value.as_str()) && !self.bench.draft.lost.whole_file {
            let message = format!("nothing emits `{}`", kind.value);
            self.unknown(kind, message, suggest::help(&kind.value, known, "such events"));
        }
    }

    /// Only a tag that some rule gives, or that the contact has from the beginning, can be there.
    fn tag(&self, tag: &At<String>) {
        let own = self.person.tags.iter().map(String::as_str);
        let known = || self.known.given.iter().copied().chain(own.clone());
        if !known().any(|known| known == tag.value) && !self.bench.draft.lost.whole_file {
            let message = format!("no rule gives the tag `{}`", tag.value);
            let known: Vec<&str> = known().collect();
            self.unknown(tag, message, suggest::help(&tag.value, known, "the tags"));
        }
    }

    fn owner(&self, owner: &At<String>) {
        let (sheet, name) = (self.sheet, owner.value.as_str());
        if !OWNERS.contains(&name) {
            let message = format!("nobody is called `{name}` who could answer");
            let help = suggest::help(name, OWNERS, "the owners");
            let label = "not known";
            self.bench.report(&codes::UNKNOWN_VALUE, message, sheet, &owner.span, label, help);
        }
    }
}
