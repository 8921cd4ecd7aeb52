//! A committed decision as the page shows it: words, no structures of the engine.

use crate::decide::Reason;
use crate::decide::trace::{Candidate, Trace};
use crate::model::{Alias, EventKind, State, Subject, Timestamp, Verdict};
use crate::turn::Decided;
use serde::Serialize;

/// Why the last message of a customer was answered as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct DecisionView {
    at: Timestamp,
    /// The message as written.
    message: Option<String>,
    /// `won`, `fallback`…; for colours.
    kind: &'static str,
    /// The verdict in a sentence.
    verdict: String,
    winner: Option<String>,
    language: Option<LanguageView>,
    /// The normal form, cut where something was found.
    normal: Vec<Segment>,
    candidates: Vec<CandidateView>,
    notes: Vec<String>,
    /// Messages it sends.
    sends: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct LanguageView {
    code: String,
    how: String,
}

/// A piece of the normal form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Segment {
    text: String,
    found: By,
}

/// Who found a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Nobody,
    Another,
    Winner,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct CandidateView {
    rule: String,
    /// `won`, `went`, `also`, `outranked`, `failed`; for colours.
    kind: &'static str,
    reason: String,
    found: Vec<String>,
}

/// The decision on a customer's message; `None` for statuses and our own reports.
pub(super) fn view(decided: &Decided) -> Option<DecisionView> {
    let EventKind::Message(message) = &decided.event.kind else { return None };
    let trace = &decided.trace;
    Some(DecisionView {
        at: decided.event.at,
        message: message.text.clone(),
        kind: decided.verdict.label(),
        verdict: sentence(&decided.verdict),
        winner: winner(&decided.verdict),
        language: trace
            .language
            .clone()
            .map(|(code, how)| LanguageView { code, how: how_chosen(&how) }),
        normal: segments(trace),
        candidates: trace.candidates.iter().map(|one| candidate(decided, one)).collect(),
        notes: trace.notes.clone(),
        sends: decided.jobs.len(),
    })
}

/// The ids by which the simulator may know whom an event is about.
pub(super) fn ids<'a>(subject: &'a Subject, state: &'a State) -> Vec<&'a str> {
    let stated: &[Alias] = match subject {
        Subject::Person { aliases, .. } => aliases,
        Subject::Contact { .. } | Subject::Account => &[],
    };
    stated.iter().chain(&state.contact.aliases).filter_map(id).collect()
}

fn id(alias: &Alias) -> Option<&str> {
    match alias {
        Alias::Bsuid(id) | Alias::WaId(id) => Some(id),
        Alias::Phone(number) => Some(number.trim_start_matches('+')),
        Alias::Crm { .. } => None,
    }
}

fn sentence(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Won(_) => "A rule answered".to_owned(),
        Verdict::Fallback(Some(_)) => "No rule matched, so the fallback answered".to_owned(),
        Verdict::Fallback(None) => "No rule matched, and no fallback is written".to_owned(),
        Verdict::Recorded => "Noted; there was nothing to decide".to_owned(),
        Verdict::Silent(why) => format!("Not answered: {}", why.replace('_', " ")),
        Verdict::Undecided(why) => format!("Could not be decided: {why}"),
        Verdict::Dropped(why) => format!("Not sent: {}", why.replace('_', " ")),
    }
}

fn winner(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Won(rule) | Verdict::Fallback(Some(rule)) => Some(rule.to_string()),
        _ => None,
    }
}

fn how_chosen(how: &str) -> String {
    match how {
        "stored" => "known from before".to_owned(),
        "script" => "by the letters written".to_owned(),
        "default" => "the default".to_owned(),
        other => other.to_owned(),
    }
}

fn candidate(decided: &Decided, candidate: &Candidate) -> CandidateView {
    let mut found: Vec<String> =
        candidate.found.iter().map(|found| decided.trace.found(found)).collect();
    found.dedup();
    CandidateView {
        rule: candidate.rule.to_string(),
        kind: match candidate.reason {
            Reason::Won => "won",
            Reason::Went { .. } => "went",
            Reason::Also => "also",
            Reason::Outranked { .. } => "outranked",
            Reason::Failed(_) => "failed",
        },
        reason: decided.trace.reason(candidate, &decided.verdict),
        found,
    }
}

/// The normal form cut at the edges of everything found; where the winner and another found the
/// same, it is the winner's.
fn segments(trace: &Trace) -> Vec<Segment> {
    let finds = || {
        trace.candidates.iter().flat_map(|candidate| {
            let won = matches!(candidate.reason, Reason::Won | Reason::Went { .. });
            let by = if won { By::Winner } else { By::Another };
            candidate.found.iter().map(move |found| (&found.span, by))
        })
    };
    let mut cuts: Vec<usize> = finds().flat_map(|(span, _)| [span.start, span.end]).collect();
    cuts.extend([0, trace.normal.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut segments: Vec<Segment> = Vec::new();
    for (start, end) in cuts.iter().zip(cuts.iter().skip(1)) {
        let Some(text) = trace.normal.get(*start..*end) else { continue };
        let covers = finds().filter(|(span, _)| span.start <= *start && *end <= span.end);
        let found = covers.map(|(_, by)| by).max().unwrap_or(By::Nobody);
        match segments.last_mut() {
            Some(last) if last.found == found => last.text.push_str(text),
            _ => segments.push(Segment { text: text.to_owned(), found }),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::trace::Found;

    #[test]
    fn what_was_found_is_cut_out_of_the_normal_form() {
        let found = |entry: &str, span| Found { entry: entry.to_owned(), span };
        let trace = Trace {
            normal: "내 배송 조회 please".to_owned(),
            candidates: vec![
                Candidate {
                    rule: "order".into(),
                    reason: Reason::Won,
                    found: vec![found("배송 조회", 4..17)],
                },
                Candidate {
                    rule: "polite".into(),
                    reason: Reason::Failed("outside hours".to_owned()),
                    found: vec![found("조회", 11..17), found("please", 18..24)],
                },
            ],
            ..Trace::default()
        };
        let cut: Vec<(String, By)> =
            segments(&trace).into_iter().map(|piece| (piece.text, piece.found)).collect();
        let expected = [
            ("내 ", By::Nobody),
            ("배송 조회", By::Winner),
            (" ", By::Nobody),
            ("please", By::Another),
        ];
        assert_eq!(cut, expected.map(|(text, by)| (text.to_owned(), by)));
    }

    #[test]
    fn spans_that_do_not_fit_the_text_are_left_out() {
        let trace = Trace {
            normal: "배송".to_owned(),
            candidates: vec![Candidate {
                rule: "order".into(),
                reason: Reason::Won,
                found: vec![Found { entry: "x".to_owned(), span: 1..99 }],
            }],
            ..Trace::default()
        };
        // No panic; what is shown holds nothing that was not in the message.
        assert!(segments(&trace).iter().all(|piece| trace.normal.contains(&piece.text)));
        assert_eq!(segments(&Trace::default()), []);
    }
}
