//! What happened in a turn that failed, for people: every decision, what was sent, and why.

use super::stage::Seen;
use crate::decide::explain;
use crate::model::{EventKind, SendOutcome, Verdict};
use crate::rules::Ruleset;
use crate::rules::story::{Expectation, Expected};
use crate::turn::Decided;

/// The trace of the turn.
pub(super) fn told<'a>(
    rules: &Ruleset,
    seen: &Seen,
    wrong: impl Iterator<Item = &'a Expectation>,
) -> String {
    let mut lines = vec!["what happened:".to_owned()];
    for one in seen.decided.iter().filter(|one| is_news(one)) {
        lines.push(format!("  {}: {}", one.event.kind.label(), one.verdict.in_words()));
        for candidate in &one.trace.candidates {
            let found: Vec<String> = candidate
                .found
                .iter()
                .map(|found| format!("“{}”", one.trace.found(found)))
                .collect();
            let found =
                if found.is_empty() { String::new() } else { format!(" ({})", found.join(", ")) };
            let reason = one.trace.reason(candidate, &one.verdict);
            lines.push(format!("    `{}`: {reason}{found}", candidate.rule));
        }
        lines.extend(one.trace.notes.iter().map(|note| format!("    note: {note}")));
    }
    for (rule, content) in &seen.said {
        lines.push(format!("  `{rule}` says: {}", content.in_words().replace('\n', "\n        ")));
    }
    for expected in wrong {
        lines.extend(absent(rules, seen, expected));
    }
    if lines.len() == 1 {
        lines.push("  nothing".to_owned());
    }
    lines.join("\n")
}

/// That WhatsApp took what was sent is no news.
fn is_news(decided: &Decided) -> bool {
    !matches!(decided.event.kind, EventKind::Sent { outcome: SendOutcome::Accepted { .. }, .. })
        || !matches!(decided.verdict, Verdict::Recorded)
}

/// Why a rule that was to win was no candidate.
fn absent(rules: &Ruleset, seen: &Seen, expected: &Expectation) -> Option<String> {
    let Expected::Reply(wanted) = &expected.what else { return None };
    let message =
        seen.decided.iter().find(|one| matches!(one.event.kind, EventKind::Message(_)))?;
    if message.trace.candidates.iter().any(|candidate| candidate.rule == *wanted) {
        return None;
    }
    let explained = explain(rules, &seen.before, &message.event);
    let rule = explained.rules.into_iter().find(|one| one.rule == *wanted)?;
    Some(format!("  `{wanted}`: {}", rule.reason))
}
