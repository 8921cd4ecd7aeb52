//! `[queue.NAME]`, and what leads to queues.

use super::bench::Bench;
use super::reply::is_live;
use super::say::Speaker;
use crate::model::RuleId;
use crate::rules::codes;
use crate::rules::diagnostic::{Diagnostic, Place};
use crate::rules::draft::queue::{QueueDraft, Returns};
use crate::rules::draft::{ReplyDraft, TriggerDraft};
use crate::rules::handing::{GIVE_UP, QUEUE, Queue, Return};
use crate::rules::matcher::MatcherBuilder;
use crate::rules::problems::At;
use crate::rules::ruleset::{Group, Reply, RuleStatus, Trigger};
use crate::rules::says::{OutsideWindow, Speech};
use crate::rules::suggest;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

impl Bench<'_> {
    /// The queue of a `[[handoff]]`; `None` for a reply.
    pub fn hands_to(&self, draft: &ReplyDraft) -> Option<String> {
        if !draft.hands_over {
            return None;
        }
        if let Some(queue) = &draft.queue {
            self.queue(draft.sheet, &queue.value, &queue.span);
        } else if !draft.keys.contains("queue") {
            let message = "a hand-off without a queue";
            let help = "write `queue = \"care\"`, and declare it under `[queue.care]`";
            let label = "`queue` is missing";
            self.report(&codes::MISSING_KEY, message, draft.sheet, &draft.header, label, help);
        }
        draft.queue.as_ref().map(|queue| queue.value.clone())
    }

    /// Whether a queue is declared; reported where not.
    pub fn queue(&self, sheet: usize, name: &str, span: &Range<usize>) -> bool {
        let known = &self.declared.queues;
        if known.contains(name) || self.draft.lost.table("queue") {
            return true;
        }
        let help = match suggest::nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare it: `[queue.{name}]` with `return = \"on_close\"` below"),
        };
        let message = format!("there is no queue `{name}`");
        self.report(&codes::UNKNOWN_QUEUE, message, sheet, span, "not declared", help);
        false
    }

    fn compiled(&mut self, draft: &QueueDraft) -> Queue {
        let sheet = draft.sheet;
        let by = Speaker { sheet, matched: &[], live: true, reply: None, notice: None };
        let span = |bench: &Self, written: &Option<At<String>>| {
            written.as_ref().and_then(|written| bench.duration(sheet, written))
        };
        if let Some(escalate) = &draft.escalate {
            self.queue(sheet, &escalate.value, &escalate.span);
        }
        self.fits_together(draft);
        Queue {
            hours: self.calendar(sheet, draft.hours.as_ref()),
            within: span(self, &draft.within),
            escalate: draft.escalate.as_ref().map(|queue| queue.value.clone()),
            closed: self.one_text(by, "closed", draft.closed.as_ref()),
            returns: self.returns(draft),
            give_up: span(self, &draft.give_up).unwrap_or(GIVE_UP),
            back: self.one_text(by, "back", draft.back.as_ref()),
        }
    }

    fn returns(&self, draft: &QueueDraft) -> Return {
        let sheet = draft.sheet;
        let wrong = |span: &Range<usize>, message: String, help: String| {
            self.report(&codes::BAD_RETURN, message, sheet, span, "not a way back", help);
            Return::OnClose
        };
        match &draft.returns {
            Returns::Missing => {
                let message = format!("the queue `{}` has no `return`", draft.name.value);
                let help = "write `return = \"on_close\"`, `{ idle = \"30m\" }` or `{ command = \"#end\" }`";
                let label = "`return` is missing";
                self.report(&codes::NO_RETURN, message, sheet, &draft.name.span, label, help);
                Return::OnClose
            }
            Returns::Unreadable => Return::OnClose,
            Returns::Word(word) if word.value == "on_close" => Return::OnClose,
            Returns::Word(word) => {
                let help = "write `return = \"on_close\"`, `{ idle = \"30m\" }` or \
                            `{ command = \"#end\" }`"
                    .to_owned();
                wrong(&word.span, format!("`return` knows no `{}`", word.value), help)
            }
            Returns::Idle(idle) => self.duration(sheet, idle).map_or(Return::OnClose, Return::Idle),
            Returns::Command(command) if command.value.trim().is_empty() => {
                let help = "write what the agent types: `{ command = \"#end\" }`".to_owned();
                wrong(&command.span, "the command is empty".to_owned(), help)
            }
            Returns::Command(command) => Return::Command(command.value.trim().to_owned()),
        }
    }

    /// Keys that go with others only.
    fn fits_together(&self, draft: &QueueDraft) {
        let sheet = draft.sheet;
        match (&draft.within, &draft.escalate) {
            (Some(within), None) => {
                let message = "`within` without `escalate`: nothing happens when the time is over";
                let help = "add `escalate = \"…\"` with the queue that has it then";
                let label = "only shown as late";
                self.report(&codes::HALF_DEADLINE, message, sheet, &within.span, label, help);
            }
            (None, Some(escalate)) => {
                let message = "`escalate` without `within`: it is never handed on";
                let help = "add `within = \"20s\"`";
                let label = "when?";
                let code = &codes::ESCALATE_WITHOUT_WITHIN;
                self.report(code, message, sheet, &escalate.span, label, help);
            }
            _ => {}
        }
        if let (Some(closed), None) = (&draft.closed, &draft.hours) {
            let message = "`closed` is never said: the queue has no `hours`";
            let help = "add `hours = \"…\"`, or drop `closed`";
            let code = &codes::CLOSED_WITHOUT_HOURS;
            self.report(code, message, sheet, &closed.span, "always open", help);
        }
    }
}

/// Every queue by name; what is wrong is reported.
pub fn queues(bench: &mut Bench<'_>) -> BTreeMap<String, Queue> {
    let draft = bench.draft;
    let queues = draft.queues.iter().map(|one| (one.name.value.clone(), bench.compiled(one)));
    queues.collect()
}

/// The rules that `go = "queue:NAME"` leads to, for each queue that is gone to.
pub fn led(bench: &Bench<'_>) -> Vec<Reply> {
    let gone = gone_to(bench);
    let queues = bench.draft.queues.iter().filter(|one| gone.contains(one.name.value.as_str()));
    queues.map(|queue| led_to(bench, queue)).collect()
}

fn led_to(bench: &Bench<'_>, queue: &QueueDraft) -> Reply {
    let name = &queue.name.value;
    Reply {
        id: RuleId::from(format!("{QUEUE}{name}")),
        place: bench.rule_place(queue.sheet, queue.name.span.start),
        owner: None,
        status: RuleStatus::Live,
        purpose: None,
        form: None,
        priority: 0,
        also: false,
        hands_to: Some(name.clone()),
        trigger: Trigger { only_led: true, ..Trigger::default() },
        cases: Vec::new(),
        speech: Speech::Silent,
        lookup: None,
        react: None,
        cooldown: None,
        outside: OutsideWindow::Drop,
        tags: Vec::new(),
        untag: Vec::new(),
        set: Vec::new(),
        unset: Vec::new(),
        emit: None,
        expect: None,
        ask_again: 0,
        follow_up: Vec::new(),
        asks: false,
        examples: Vec::new(),
        not_examples: Vec::new(),
    }
}

/// Queues that some `go` names.
fn gone_to<'a>(bench: &'a Bench<'_>) -> BTreeSet<&'a str> {
    let replies = bench.draft.replies.iter().flat_map(|reply| {
        let cases = reply.cases.iter().filter_map(|case| case.value.speech.go.as_ref());
        reply.speech.go.iter().chain(cases)
    });
    let fallbacks = bench.draft.fallbacks.iter().filter_map(|one| one.speech.go.as_ref());
    let taps = bench.sent.iter().filter_map(|sent| sent.go.as_ref());
    let all = replies.chain(fallbacks).chain(taps);
    all.filter_map(|go| go.value.strip_prefix(QUEUE)).collect()
}

/// What shows only when all queues and rules are seen together.
pub fn check(bench: &Bench<'_>, replies: &[Reply]) {
    circles(bench);
    unused(bench);
    in_a_storm(bench);
    hidden(bench, replies);
    for reply in bench.draft.replies.iter().filter(|reply| reply.hands_over && is_live(reply)) {
        lasting(bench, reply);
    }
}

/// `escalate` that leads back to where it began.
fn circles(bench: &Bench<'_>) {
    let queues = &bench.draft.queues;
    let next = |name: &str| {
        let queue = queues.iter().find(|queue| queue.name.value == name)?;
        queue.escalate.as_ref().map(|escalate| (queue.sheet, escalate))
    };
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for queue in queues {
        let mut way: Vec<&str> = vec![&queue.name.value];
        while let Some((sheet, escalate)) = way.last().and_then(|name| next(name)) {
            let to = escalate.value.as_str();
            let Some(begin) = way.iter().position(|name| *name == to) else {
                way.push(to);
                continue;
            };
            if begin == 0 && !told.contains(to) {
                told.extend(&way);
                let names: Vec<String> = way.iter().map(|name| format!("`{name}`")).collect();
                let message = match names.len() {
                    1 => format!("the queue {} escalates to itself", names.join("")),
                    _ => format!("`escalate` leads round in a circle: {} → …", names.join(" → ")),
                };
                let help = "let the last queue have no `escalate`";
                let code = &codes::ESCALATE_LOOP;
                bench.report(code, message, sheet, &escalate.span, "leads back", help);
            }
            break;
        }
    }
}

/// `[limits] storm` of `usher.toml` hands over to a queue of the rules.
fn in_a_storm(bench: &Bench<'_>) {
    let Some(queue) = &bench.settings.storm_queue else { return };
    let known = &bench.declared.queues;
    if known.contains(queue) || bench.draft.lost.table("queue") {
        return;
    }
    let message = format!("`[limits] storm` hands over to `{queue}`, and there is no such queue");
    let help = match suggest::nearest(queue, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("declare it in a rule file: `[queue.{queue}]` with its `return`"),
    };
    let place = Place::whole("usher.toml", "`[limits] storm`");
    bench.problems.report(&codes::STORM_QUEUE, message, place, help);
}

/// `[queue.NAME]` that nothing leads to.
fn unused(bench: &Bench<'_>) {
    let lost = &bench.draft.lost;
    if lost.whole_file || !lost.tables.is_empty() || !lost.ids.is_empty() {
        return;
    }
    let mut used = gone_to(bench);
    let named = bench.draft.replies.iter().filter_map(|reply| reply.queue.as_ref());
    let next = bench.draft.queues.iter().filter_map(|queue| queue.escalate.as_ref());
    used.extend(named.chain(next).map(|name| name.value.as_str()));
    let tasks = bench.draft.notices.iter().filter_map(|notice| notice.otherwise.as_ref());
    used.extend(tasks.map(|queue| queue.value.strip_prefix(QUEUE).unwrap_or(&queue.value)));
    used.extend(bench.settings.storm_queue.as_deref());
    for queue in &bench.draft.queues {
        let name = &queue.name;
        if !used.contains(name.value.as_str()) {
            let message = format!("nothing leads to the queue `{}`", name.value);
            let help =
                format!("write a `[[handoff]]` with `queue = \"{}\"`, or take it out", name.value);
            bench.report(&codes::UNUSED_QUEUE, message, queue.sheet, &name.span, "not used", help);
        }
    }
}

/// Replies whose entry contains that of a hand-off: there the reply answers.
fn hidden(bench: &Bench<'_>, replies: &[Reply]) {
    let hands_over = |rule: usize| {
        replies.get(rule).filter(|reply| reply.status == RuleStatus::Live && !reply.also)
    };
    let mut entries = MatcherBuilder::default();
    let mut answering = Vec::new();
    for (entry, mode) in bench.matcher.entries() {
        let group = usize::try_from(entry.group.0).ok().and_then(|at| bench.groups.get(at));
        let Some(Group::Trigger { rule, .. }) = group else { continue };
        match hands_over(*rule) {
            // What is wrong with an entry has been told.
            Some(reply) if reply.hands_to.is_some() => {
                let _ = entries.add(entry.group, mode, &entry.written);
            }
            Some(_) => answering.push((*rule, entry)),
            None => {}
        }
    }
    if entries.is_empty() {
        return;
    }
    let Ok(matcher) = entries.build() else { return };
    let mut told = BTreeSet::new();
    for (rule, entry) in answering {
        let plain: String = entry.written.chars().filter(|c| !"*\\".contains(*c)).collect();
        for hit in matcher.find(&crate::text::normal(&plain)).hits {
            let group = usize::try_from(hit.group.0).ok().and_then(|at| bench.groups.get(at));
            let Some(Group::Trigger { rule: other, .. }) = group else { continue };
            let shorter = matcher.entry(hit.entry).filter(|found| found.chars < entry.chars);
            let Some(shorter) = shorter.filter(|_| told.insert((rule, *other))) else { continue };
            hides(bench, (rule, &entry.written), (*other, &shorter.written));
        }
    }
}

fn hides(bench: &Bench<'_>, reply: (usize, &str), hand_off: (usize, &str)) {
    let place = |(rule, entry): (usize, &str), label: &str| {
        let draft = bench.draft.replies.get(rule)?;
        let trigger = &draft.trigger;
        let lists = [&trigger.words, &trigger.whole, &trigger.starts, &trigger.inside];
        let mut written = lists.into_iter().flatten().flat_map(|list| &list.value);
        let span = written.find(|one| one.value == entry).map(|one| &one.span);
        Some(bench.place(draft.sheet, span.unwrap_or(&draft.header), label))
    };
    let id = |rule: usize| {
        let draft = bench.draft.replies.get(rule).and_then(|draft| draft.id.as_ref());
        draft.map_or("", |id| id.value.as_str())
    };
    let message = format!(
        "\"{}\" of `{}` contains \"{}\" of the hand-off `{}`: the reply answers",
        reply.1,
        id(reply.0),
        hand_off.1,
        id(hand_off.0)
    );
    let found = Diagnostic::new(&codes::HIDES_HAND_OFF, message);
    let places = [place(reply, "goes before"), place(hand_off, "what would hand over")];
    let found = places.into_iter().flatten().fold(found, Diagnostic::at);
    bench.problems.add(found.help("nothing is wrong if you mean it; else change one of the two"));
}

/// A hand-off that lasts: it holds for whatever is said once it is over.
fn lasting(bench: &Bench<'_>, reply: &ReplyDraft) {
    let trigger = &reply.trigger;
    let Some(when) = &trigger.when else { return };
    let passes = ["session.", "message.", "match.", "clock.", "hours."];
    if asks_for_words(trigger) || passes.iter().any(|name| when.value.contains(name)) {
        return;
    }
    let message = "this holds again as soon as the hand-off is over";
    let help = "add a trigger such as `words`, or ask for the session: `session.turns > 6`";
    let label = "holds on";
    bench.report(&codes::HANDS_OVER_AGAIN, message, reply.sheet, &when.span, label, help);
}

/// Whether the message itself has to have something, or the contact lacks what the hand-off gives.
fn asks_for_words(trigger: &TriggerDraft) -> bool {
    let lists = [
        &trigger.words,
        &trigger.whole,
        &trigger.starts,
        &trigger.inside,
        &trigger.payload,
        &trigger.all,
        &trigger.kind,
        &trigger.after,
        &trigger.lacks,
    ];
    lists.iter().any(|list| list.is_some()) || trigger.regex.is_some() || trigger.take.is_some()
}
