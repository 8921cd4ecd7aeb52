//! `[[test]]`: whether what a test names is there, and whether it can prove anything.

use super::bench::Bench;
use super::declared::unknown_language;
use super::expected;
use crate::limits;
use crate::model::{AgentAct, Consent, LookupOutcome};
use crate::rules::codes;
use crate::rules::consenting::Consenting;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::Pairs;
use crate::rules::draft::story::{EventDraft, LookupDraft, PersonDraft, StoryDraft, TurnDraft};
use crate::rules::handing::QUEUE;
use crate::rules::notify::Notices;
use crate::rules::problems::At;
use crate::rules::ruleset::{Fallback, Reply};
use crate::rules::story::{Input, Person, Story, StoryTurn};
use crate::rules::suggest;
use crate::text::language;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// When a test begins that does not say so: a Monday morning.
const AT: &str = "2026-01-05T10:00:00";

/// Why a lookup fails in a test.
const FAILED: &str = "test";

/// What tests may name.
#[derive(Debug)]
pub(super) struct Known<'a> {
    /// Rules, and fallbacks as their own names and as `fallback`.
    pub(super) rules: BTreeSet<&'a str>,
    /// Rules that hand over, notices that become tasks, and `queue:NAME` for what a `go` hands over.
    pub(super) hands: BTreeSet<String>,
    /// Ids that a tap may bring.
    taps: BTreeSet<&'a str>,
    /// Tags that some rule gives.
    pub(super) given: BTreeSet<&'a str>,
    /// Tags that some rule names at all.
    named: BTreeSet<&'a str>,
    /// The tiers of consent.
    consent: &'a Consenting,
}

/// Compiles the tests.
pub fn stories(
    bench: &Bench<'_>,
    replies: &[Reply],
    fallbacks: &[Fallback],
    notices: &Notices,
    consent: &Consenting,
) -> Vec<Story> {
    let known = Known::of(bench, replies, fallbacks, notices, consent);
    let mut names: BTreeMap<&str, (usize, &At<String>)> = BTreeMap::new();
    for draft in &bench.draft.stories {
        let Some(name) = &draft.name else { continue };
        match names.get(name.value.as_str()) {
            None => {
                names.insert(&name.value, (draft.sheet, name));
            }
            Some((sheet, first)) => {
                let message = format!("two tests are called `{}`", name.value);
                let found = Diagnostic::new(&codes::DUPLICATE, message)
                    .at(bench.place(draft.sheet, &name.span, "the second"))
                    .at(bench.place(*sheet, &first.span, "the first"))
                    .help("say in its name what only this one proves");
                bench.problems.add(found);
            }
        }
    }
    bench.draft.stories.iter().filter_map(|draft| story(bench, &known, draft)).collect()
}

impl<'a> Known<'a> {
    fn of(
        bench: &'a Bench<'_>,
        replies: &'a [Reply],
        fallbacks: &'a [Fallback],
        notices: &'a Notices,
        consent: &'a Consenting,
    ) -> Known<'a> {
        let notices = || notices.by_type.values().flatten();
        let fallback_ids = fallbacks.iter().map(|fallback| fallback.id.as_str());
        let rules = bench.declared.ids.keys().map(String::as_str);
        let payloads = replies.iter().flat_map(|reply| &reply.trigger.payload);
        let sent = bench.sent.iter().map(|sent| &sent.id.value);
        let tags = replies.iter().flat_map(|reply| &reply.tags);
        let given: BTreeSet<&str> = tags
            .chain(fallbacks.iter().flat_map(|fallback| &fallback.tags))
            .chain(notices().flat_map(|notice| &notice.tags))
            .map(String::as_str)
            .collect();
        let asked = replies.iter().flat_map(|reply| {
            reply.untag.iter().chain(&reply.trigger.has).chain(&reply.trigger.lacks)
        });
        let notice_ids = notices().map(|notice| notice.id.as_str());
        let hands = replies.iter().filter(|reply| reply.hands_to.is_some());
        let queues = bench.declared.queues.iter().map(|name| format!("{QUEUE}{name}"));
        let tasks = bench.draft.notices.iter().filter(|notice| notice.otherwise.is_some());
        let tasks = tasks.filter_map(|notice| Some(notice.id.as_ref()?.value.clone()));
        Known {
            consent,
            hands: hands.map(|reply| reply.id.to_string()).chain(queues).chain(tasks).collect(),
            rules: rules.chain(fallback_ids).chain(notice_ids).chain(["fallback"]).collect(),
            taps: payloads.chain(sent).map(String::as_str).collect(),
            named: asked.map(String::as_str).chain(given.iter().copied()).collect(),
            given,
        }
    }
}

fn story(bench: &Bench<'_>, known: &Known<'_>, draft: &StoryDraft) -> Option<Story> {
    let sheet = draft.sheet;
    let at = match &draft.at {
        Some(at) => bench.begins(sheet, at),
        None => Some(bench.own_instant(AT)),
    };
    let contact = person(bench, known, sheet, &draft.contact);
    let drafts = draft.turns.as_ref()?;
    let turns: Vec<StoryTurn> = drafts
        .iter()
        .map(|turn| StoryTurn {
            span: turn.header.clone(),
            wait: turn.wait.as_ref().and_then(|wait| bench.duration(sheet, wait)),
            input: input(bench, known, sheet, turn),
            lookups: turn.lookups.iter().filter_map(|one| lookup(bench, sheet, one)).collect(),
            expect: expected::of(bench, known, sheet, &contact, turn.expect.as_ref()),
        })
        .collect();
    proves(bench, draft, drafts);
    let name = draft.name.as_ref()?;
    bench.not_blank(sheet, "name", name);
    Some(Story {
        name: name.value.clone(),
        place: bench.rule_place(sheet, draft.header.start),
        at: at?,
        contact,
        number: draft.number.as_ref().and_then(|number| bench.number(sheet, number)),
        turns,
    })
}

/// Whether it has turns, not too many, and expects something.
fn proves(bench: &Bench<'_>, draft: &StoryDraft, turns: &[TurnDraft]) {
    let (message, label, help) = if turns.is_empty() {
        (
            "a test without turns".to_owned(),
            "nothing happens",
            "write `[[test.turn]]` below it, with `say` and `expect`",
        )
    } else if turns.len() > limits::STORY_TURNS_MAX {
        let message = format!("a test has at most {} turns", limits::STORY_TURNS_MAX);
        (message, "too many turns", "make several tests of it")
    } else if !turns.iter().any(|turn| turn.expects) {
        let help = "write `expect = { reply = \"…\" }` into one of its turns";
        ("a test that expects nothing".to_owned(), "no turn has `expect`", help)
    } else {
        return;
    };
    bench.report(&codes::PROVES_NOTHING, message, draft.sheet, &draft.header, label, help);
}

fn person(bench: &Bench<'_>, known: &Known<'_>, sheet: usize, draft: &PersonDraft) -> Person {
    let tags = bench.plain(sheet, "tags", &draft.tags);
    for tag in draft.tags.iter().flat_map(|tags| &tags.value) {
        // Another system may give a tag that only a script asks for.
        let near = suggest::nearest(&tag.value, known.named.iter().copied());
        if let (false, Some(near)) = (known.named.contains(tag.value.as_str()), near) {
            let message = format!("no rule knows the tag `{}`", tag.value);
            let help = format!("did you mean `{near}`?");
            bench.report(&codes::TEST_UNKNOWN, message, sheet, &tag.span, "not known", help);
        }
    }
    Person {
        name: draft.name.as_ref().map(|name| name.value.clone()),
        tags,
        fields: fields(bench, sheet, draft.fields.as_ref()).into_iter().collect(),
        language: draft.language.as_ref().and_then(|tag| {
            let canonical = language::canonical(&tag.value);
            if canonical.is_none() {
                let place = bench.place(sheet, &tag.span, "not a language");
                unknown_language(bench.problems, &tag.value, place);
            }
            canonical
        }),
        consent: draft.consent.as_ref().and_then(|tier| consent(bench, known, sheet, tier)),
        known: draft.new.as_ref().is_some_and(|new| !new.value),
    }
}

/// Declared fields with values that fit.
pub(super) fn fields(
    bench: &Bench<'_>,
    sheet: usize,
    pairs: Option<&At<Pairs>>,
) -> Vec<(String, String)> {
    let pairs = pairs.iter().flat_map(|pairs| &pairs.value);
    pairs
        .inspect(|(field, value)| {
            bench.check_field(sheet, field);
            bench.check_value(sheet, field, value);
        })
        .map(|(field, value)| (field.value.clone(), value.value.clone()))
        .collect()
}

/// A tier of consent, as it stands with somebody who is in it.
pub(super) fn consent(
    bench: &Bench<'_>,
    known: &Known<'_>,
    sheet: usize,
    tier: &At<String>,
) -> Option<Consent> {
    let tiers = &known.consent.tiers;
    if let Some(declared) = tiers.iter().find(|one| one.id == tier.value) {
        let (tier, allows) = (declared.id.clone(), declared.allows.clone());
        return Some(Consent { tier, allows, ..Consent::default() });
    }
    let message = format!("there is no tier `{}`", tier.value);
    let names = tiers.iter().map(|one| one.id.as_str());
    let help = suggest::help(&tier.value, names, "the tiers");
    bench.report(&codes::TEST_UNKNOWN, message, sheet, &tier.span, "no such tier", help);
    None
}

/// The one thing that happens.
fn input(bench: &Bench<'_>, known: &Known<'_>, sheet: usize, draft: &TurnDraft) -> Option<Input> {
    match (draft.inputs.as_slice(), &draft.wait) {
        ([], None) => {
            let help = "write `say = \"…\"`, `tap = \"…\"`, `send = \"image\"`, \
                        `event = { type = \"…\" }`, `agent = \"takes\"` or `wait = \"11h\"`";
            let (message, label) = ("a turn in which nothing happens", "nothing happens");
            bench.report(&codes::TURN_INPUT, message, sheet, &draft.header, label, help);
        }
        ([first, second, ..], _) => {
            let message = format!("`{}` and `{}` in one turn", first.value, second.value);
            let found = Diagnostic::new(&codes::TURN_INPUT, message)
                .at(bench.place(sheet, &second.span, "and this as well"))
                .at(bench.place(sheet, &first.span, "this happens"))
                .help("write `[[test.turn]]` between them: one thing happens in a turn");
            bench.problems.add(found);
            return None;
        }
        _ => {}
    }
    if let Some(text) = &draft.say {
        bench.not_blank(sheet, "say", text);
        return Some(Input::Say(text.value.clone()));
    }
    if let Some(id) = &draft.tap {
        if !known.taps.contains(id.value.as_str()) && !bench.draft.lost.whole_file {
            let message = format!("no rule sends or answers the id `{}`", id.value);
            let help = suggest::help(&id.value, known.taps.iter().copied(), "the ids");
            bench.report(&codes::TEST_UNKNOWN, message, sheet, &id.span, "no such id", help);
        }
        return Some(Input::Tap(id.value.clone()));
    }
    if let Some(kind) = &draft.send {
        return bench.kind(sheet, kind).map(Input::Send);
    }
    if let Some(event) = &draft.event {
        return posted(bench, sheet, event);
    }
    draft.agent.as_ref().and_then(|agent| act(bench, sheet, agent))
}

/// What one of the business's systems posts, as the API would let it in.
fn posted(bench: &Bench<'_>, sheet: usize, draft: &EventDraft) -> Option<Input> {
    let kind = bench.event_named(sheet, Some(&draft.kind))?;
    let shape = bench.declared.events.get(&kind)?;
    let wrong = |message: String, span: &Range<usize>, label: &str, help: String| {
        bench.report(&codes::BAD_TEST_EVENT, message, sheet, span, label, help);
    };
    let mut data = BTreeMap::new();
    for (name, value) in &draft.data {
        let Some(declared) = shape.data.get(&name.value) else {
            let known = shape.data.keys().map(String::as_str);
            let help = suggest::help(&name.value, known, "its values");
            wrong(format!("`{kind}` brings no `{}`", name.value), &name.span, "not declared", help);
            continue;
        };
        match declared.kind.canonical(&value.value) {
            Some(text) => drop(data.insert(name.value.clone(), text)),
            None => {
                let message = format!("`{}` cannot be `{}`", name.value, value.value);
                let help = format!("write {}", declared.kind.wanted());
                wrong(message, &value.span, "does not fit", help);
            }
        }
    }
    let given = |name: &str| draft.data.iter().any(|(one, _)| one.value == name);
    for (name, declared) in shape.data.iter().filter(|(name, one)| !one.optional && !given(name)) {
        let message = format!("`{kind}` also brings `{name}`");
        let help = format!("add {} to `data`: `{name} = …`", declared.kind.wanted());
        wrong(message, &draft.kind.span, "not all of its values", help);
    }
    Some(Input::Event { kind, data })
}

/// `takes`, `releases`, `closes`, `says …`, `types …`.
fn act(bench: &Bench<'_>, sheet: usize, agent: &At<String>) -> Option<Input> {
    let text = agent.value.trim();
    let act = match text.split_once(char::is_whitespace) {
        Some(("says", said)) => Some(AgentAct::Answer { text: said.trim().to_owned() }),
        Some(("types", said)) => return Some(Input::Echo(said.trim().to_owned())),
        None if text == "takes" => Some(AgentAct::Take),
        None if text == "releases" => Some(AgentAct::Release),
        None if text == "closes" => Some(AgentAct::Close),
        _ => None,
    };
    if act.is_some() {
        return act.map(Input::Agent);
    }
    let message = format!("an agent does not do `{text}` in a test");
    let help =
        suggest::help(text, ["takes", "says …", "types …", "releases", "closes"], "the acts");
    bench.report(&codes::UNKNOWN_VALUE, message, sheet, &agent.span, "not known", help);
    None
}

/// What a lookup brings, where the rules have it and it gives what it brings.
fn lookup(
    bench: &Bench<'_>,
    sheet: usize,
    (name, brought): &(At<String>, LookupDraft),
) -> Option<(String, LookupOutcome)> {
    let declared = &bench.declared.lookups;
    let Some(lookup) = declared.get(&name.value) else {
        if !bench.draft.lost.table("lookup") {
            let message = format!("there is no lookup `{}`", name.value);
            let known = declared.keys().map(String::as_str);
            let help = suggest::help(&name.value, known, "the lookups");
            let label = "not declared";
            bench.report(&codes::TEST_UNKNOWN, message, sheet, &name.span, label, help);
        }
        return None;
    };
    let outcome = match brought {
        LookupDraft::Found(values) => {
            for (value, _) in values {
                gives(bench, sheet, &name.value, &lookup.lookup.gives, value);
            }
            let values =
                values.iter().map(|(name, value)| (name.value.clone(), value.value.clone()));
            LookupOutcome::Found(values.collect())
        }
        LookupDraft::Word(word) => match word.value.as_str() {
            "missing" => LookupOutcome::Missing,
            "failed" => LookupOutcome::Failed(FAILED.to_owned()),
            other => {
                let message = format!("a lookup brings no `{other}`");
                let help = suggest::help(other, ["missing", "failed"], "beside values");
                bench.report(&codes::UNKNOWN_VALUE, message, sheet, &word.span, "not known", help);
                return None;
            }
        },
    };
    Some((name.value.clone(), outcome))
}

fn gives(
    bench: &Bench<'_>,
    sheet: usize,
    lookup: &str,
    given: &[(String, String)],
    value: &At<String>,
) {
    let mut names = given.iter().map(|(name, _)| name.as_str());
    if names.any(|name| name == value.value) {
        return;
    }
    let message = format!("the lookup `{lookup}` gives no `{}`", value.value);
    let help =
        suggest::help(&value.value, given.iter().map(|(name, _)| name.as_str()), "its `gives`");
    bench.report(&codes::TEST_UNKNOWN, message, sheet, &value.span, "not in its `gives`", help);
}
