//! Ids that are answered only while some condition holds: a tap may come days later.

use super::bench::{Bench, SentId};
use super::paths::Answer;
use super::reply::is_live;
use crate::rules::codes;
use crate::rules::draft::{Entries, ReplyDraft, TriggerDraft};

/// Warns where the only rule that answers an id has conditions beside it. Gives whether it did.
/// Where several rules answer, each under its own, they may well fit together.
pub(super) fn answered(
    bench: &Bench<'_>,
    sent: &SentId,
    answers: Option<&Vec<Answer<'_>>>,
) -> bool {
    let mut acting = answers.into_iter().flatten().filter(|(reply, _)| is_live(reply));
    let (Some((reply, payload)), None) = (acting.next(), acting.next()) else { return false };
    let sender = sent.reply.and_then(|rule| bench.draft.replies.get(rule));
    let keys = conditions(&reply.trigger, sender.map(|sender| &sender.trigger));
    if keys.is_empty() {
        return false;
    }
    let (id, name) = (&sent.id.value, name(reply));
    let keys: Vec<String> = keys.into_iter().map(|key| format!("`{key}`")).collect();
    let keys = keys.join(", ");
    let message = format!("a tap on `{id}` is answered only while {keys} of `{name}` holds");
    let help = format!(
        "drop {keys}, for the id says enough; or write a second rule with `payload = [\"{id}\"]` for all others"
    );
    let label = "its only answer";
    bench.report(&codes::SOMETIMES_ANSWERED, message, reply.sheet, &payload.span, label, help);
    true
}

fn name(reply: &ReplyDraft) -> &str {
    reply.id.as_ref().map_or("", |id| id.value.as_str())
}

/// Conditions that may not hold for whoever taps. A customer stays with the language and the number
/// that the sender asked for as well.
fn conditions(answer: &TriggerDraft, sender: Option<&TriggerDraft>) -> Vec<&'static str> {
    let differs = |own: &Entries, sent: Option<&Entries>| {
        own.is_some() && sent.is_none_or(|sent| values(own) != values(sent))
    };
    let kinds = answer.kind.iter().flat_map(|kinds| &kinds.value);
    let taps =
        kinds.filter(|kind| ["button", "list", "quick_reply"].contains(&kind.value.as_str()));
    [
        ("all", answer.all.is_some()),
        ("none", answer.none.is_some()),
        ("kind", answer.kind.is_some() && taps.count() == 0),
        ("after", answer.after.is_some()),
        ("lang", differs(&answer.lang, sender.map(|sender| &sender.lang))),
        ("number", differs(&answer.number, sender.map(|sender| &sender.number))),
        ("hours", answer.hours.is_some()),
        ("closed", answer.closed.is_some()),
        ("has", answer.has.is_some()),
        ("lacks", answer.lacks.is_some()),
        ("consent", answer.consent.is_some()),
        ("new", answer.new.is_some()),
        ("from_ad", answer.from_ad.is_some()),
        ("when", answer.when.is_some()),
        ("from", answer.from.is_some()),
        ("until", answer.until.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, is_given)| is_given.then_some(key))
    .collect()
}

fn values(entries: &Entries) -> Vec<&str> {
    let entries = entries.iter().flat_map(|entries| &entries.value);
    entries.map(|entry| entry.value.as_str()).collect()
}
