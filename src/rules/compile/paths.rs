//! Where a tap leads: every id that is sent has one answer, and `go` comes to an end.

use super::bench::{Bench, SentId};
use super::reply::is_live;
use super::sometimes;
use crate::limits;
use crate::model::RuleId;
use crate::rules::codes;
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::ReplyDraft;
use crate::rules::handing::target;
use crate::rules::problems::At;
use crate::rules::suggest;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The rule each choice leads to by its `go`; checks that every id has one answer.
pub fn leads(bench: &Bench<'_>) -> HashMap<String, RuleId> {
    let answers = answers(bench);
    let mut leads: HashMap<String, RuleId> = HashMap::new();
    let mut first: HashMap<&str, &SentId> = HashMap::new();
    for sent in bench.sent.iter().filter(|sent| sent.live) {
        let Some(go) = &sent.go else { continue };
        two_leads(bench, sent, go, first.get(sent.id.value.as_str()).copied());
        first.entry(&sent.id.value).or_insert(sent);
        lead_and_rule(bench, sent, go, &answers);
        leads.entry(sent.id.value.clone()).or_insert_with(|| goal(bench, go));
    }
    let mut warned = BTreeSet::new();
    for sent in &bench.sent {
        unanswered(bench, sent, &answers, &leads);
        let id = sent.id.value.as_str();
        let by_rule = sent.live && !leads.contains_key(id) && !warned.contains(id);
        if by_rule && sometimes::answered(bench, sent, answers.get(id)) {
            warned.insert(id);
        }
    }
    leads
}

/// The rule that `go` names: itself, the one that opens a form, a hand-off, the way to a queue.
fn goal(bench: &Bench<'_>, go: &At<String>) -> RuleId {
    let name = target(&go.value);
    let to = bench.declared.ids.get(name).and_then(|at| bench.draft.replies.get(*at));
    let id = to.and_then(|reply| reply.id.as_ref());
    RuleId::from(id.map_or(name, |id| id.value.as_str()))
}

/// A rule that answers a payload, and where it says so.
pub(super) type Answer<'a> = (&'a ReplyDraft, &'a At<String>);

/// Rules by the payload they answer; `also` rules never answer.
fn answers<'a>(bench: &Bench<'a>) -> HashMap<&'a str, Vec<Answer<'a>>> {
    let mut answers: HashMap<&str, Vec<Answer<'_>>> = HashMap::new();
    for reply in &bench.draft.replies {
        if reply.also.as_ref().is_some_and(|also| also.value) {
            continue;
        }
        for payload in reply.trigger.payload.iter().flat_map(|payloads| &payloads.value) {
            answers.entry(&payload.value).or_default().push((reply, payload));
        }
    }
    answers
}

fn two_leads(bench: &Bench<'_>, sent: &SentId, go: &At<String>, first: Option<&SentId>) {
    let Some(first) = first else { return };
    let Some(other) = first.go.as_ref().filter(|other| other.value != go.value) else { return };
    let id = &sent.id.value;
    let message =
        format!("the id `{id}` leads to `{}` here and to `{}` there", go.value, other.value);
    let found = Diagnostic::new(&codes::TWO_ANSWERS, message)
        .at(bench.place(sent.sheet, &go.span, "leads here"))
        .at(bench.place(first.sheet, &other.span, "leads elsewhere"))
        .help("give one of the two another `id`: days later a tap brings the id and nothing else");
    bench.problems.add(found);
}

/// `go` and a rule with this payload would both answer.
fn lead_and_rule(
    bench: &Bench<'_>,
    sent: &SentId,
    go: &At<String>,
    answers: &HashMap<&str, Vec<Answer<'_>>>,
) {
    let id = sent.id.value.as_str();
    let others = answers.get(id).into_iter().flatten();
    let is_other = |answer: &&Answer<'_>| {
        is_live(answer.0)
            && answer.0.id.as_ref().is_some_and(|rule| rule.value != target(&go.value))
    };
    let Some((other, payload)) = others.into_iter().find(is_other) else { return };
    let name = other.id.as_ref().map_or("", |id| id.value.as_str());
    let message = format!("the id `{id}` leads to `{}`, but `{name}` answers it too", go.value);
    let found = Diagnostic::new(&codes::TWO_ANSWERS, message)
        .at(bench.place(sent.sheet, &go.span, "leads here"))
        .at(bench.place(other.sheet, &payload.span, "answers as well"))
        .help("drop this `go`, or that `payload`");
    bench.problems.add(found);
}

fn unanswered(
    bench: &Bench<'_>,
    sent: &SentId,
    answers: &HashMap<&str, Vec<Answer<'_>>>,
    leads: &HashMap<String, RuleId>,
) {
    let lost = &bench.draft.lost;
    let id = sent.id.value.as_str();
    let acts = |answer: &Answer<'_>| !sent.live || is_live(answer.0);
    let by_rule = answers.get(id).is_some_and(|answers| answers.iter().any(acts));
    if sent.go.is_some() || by_rule || leads.contains_key(id) || lost.whole_file {
        return;
    }
    if !lost.ids.is_empty() {
        return;
    }
    let message = format!("nobody answers a tap on `{id}`");
    let sleeping = answers.get(id).and_then(|answers| answers.first());
    let near = suggest::nearest(id, answers.keys().copied());
    let help = match (sleeping.and_then(|(reply, _)| reply.id.as_ref()), near) {
        (Some(rule), _) => format!("`{}` would, but it is a draft: set it live", rule.value),
        (None, Some(near)) => {
            format!("did you mean `{near}`? Else write a rule with `payload = [\"{id}\"]`")
        }
        (None, None) => {
            format!(
                "write the rule that answers, with `payload = [\"{id}\"]`; `choices` also take `go`"
            )
        }
    };
    let span = &sent.id.span;
    bench.report(&codes::UNANSWERED_ID, message, sent.sheet, span, "leads nowhere", help);
}

/// Reports `go` that leads back to where it began, or too far.
pub fn ends(bench: &Bench<'_>) {
    let replies = &bench.draft.replies;
    let edges: Vec<Vec<(usize, &At<String>)>> =
        replies.iter().map(|reply| goes(bench, reply)).collect();
    let left = peel(bench, &edges);
    loops(bench, &edges, left);
}

/// Where a rule's own say or one of its cases goes.
pub(super) fn goes<'a>(bench: &Bench<'a>, reply: &'a ReplyDraft) -> Vec<(usize, &'a At<String>)> {
    let cases = reply.cases.iter().filter_map(|case| case.value.speech.go.as_ref());
    let all = reply.speech.go.iter().chain(cases);
    all.filter_map(|go| Some((*bench.declared.ids.get(target(&go.value))?, go))).collect()
}

/// Takes away, from their ends, all chains that come to one, and reports those that are too long.
/// Gives whether each rule is left.
fn peel(bench: &Bench<'_>, edges: &[Vec<(usize, &At<String>)>]) -> Vec<bool> {
    let mut from: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (rule, targets) in edges.iter().enumerate() {
        for (target, _) in targets {
            from.entry(*target).or_default().push(rule);
        }
    }
    let mut open: Vec<usize> = edges.iter().map(Vec::len).collect();
    let mut steps: Vec<usize> = vec![0; edges.len()];
    let mut left: Vec<bool> = vec![true; edges.len()];
    let mut ready: Vec<usize> =
        open.iter().enumerate().filter(|(_, open)| **open == 0).map(|(rule, _)| rule).collect();
    while let Some(rule) = ready.pop() {
        if let Some(left) = left.get_mut(rule) {
            *left = false;
        }
        let far = steps.get(rule).copied().unwrap_or_default();
        if far == limits::GO_DEPTH_MAX + 1 {
            too_far(bench, rule, edges);
        }
        for before in from.get(&rule).into_iter().flatten() {
            if let Some(steps) = steps.get_mut(*before) {
                *steps = (*steps).max(far + 1);
            }
            if let Some(open) = open.get_mut(*before) {
                *open -= 1;
                if *open == 0 {
                    ready.push(*before);
                }
            }
        }
    }
    left
}

fn too_far(bench: &Bench<'_>, rule: usize, edges: &[Vec<(usize, &At<String>)>]) {
    let Some(reply) = bench.draft.replies.get(rule) else { return };
    let Some((_, go)) = edges.get(rule).and_then(|targets| targets.first()) else { return };
    let most = limits::GO_DEPTH_MAX;
    let message = format!("`go` leads on more than {most} times from here");
    let help = "name the rule that speaks in the end";
    bench.report(&codes::GO_LOOP, message, reply.sheet, &go.span, "too far", help);
}

/// Each loop once, with every `go` of it.
fn loops(bench: &Bench<'_>, edges: &[Vec<(usize, &At<String>)>], mut left: Vec<bool>) {
    for start in 0..edges.len() {
        let mut walked: Vec<(usize, &At<String>)> = Vec::new();
        let mut at = start;
        while left.get(at) == Some(&true) {
            if let Some(begin) = walked.iter().position(|(rule, _)| *rule == at) {
                report_loop(bench, walked.get(begin..).unwrap_or_default());
                break;
            }
            let targets = edges.get(at).into_iter().flatten();
            let next = targets.into_iter().find(|(target, _)| left.get(*target) == Some(&true));
            let Some((target, go)) = next else { break };
            walked.push((at, go));
            at = *target;
        }
        for (rule, _) in walked {
            if let Some(left) = left.get_mut(rule) {
                *left = false;
            }
        }
    }
}

fn report_loop(bench: &Bench<'_>, walked: &[(usize, &At<String>)]) {
    const SHOWN_MAX: usize = 8;
    let names: Vec<String> = walked.iter().map(|(_, go)| format!("`{}`", go.value)).collect();
    let shown = names.get(..SHOWN_MAX.min(names.len())).unwrap_or_default().join(" → ");
    let message = match names.len() {
        1 => format!("{shown} goes to itself"),
        _ => format!("`go` leads round in a circle: {shown} → …"),
    };
    let mut found = Diagnostic::new(&codes::GO_LOOP, message);
    for (rule, go) in walked.iter().take(SHOWN_MAX) {
        let sheet = bench.draft.replies.get(*rule).map_or(0, |reply| reply.sheet);
        found = found.at(bench.place(sheet, &go.span, "goes on"));
    }
    let help = "let one of them say something itself; a menu may lead back by its `choices`";
    bench.problems.add(found.help(help));
}
