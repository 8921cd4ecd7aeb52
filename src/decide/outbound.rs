//! A message somebody asks to be sent: its words are the caller's own, no rule's.

use super::occasion::Occasion;
use super::sending::{Spoken, send};
use super::{Decision, language, speaking, stated};
use crate::model::{
    Content, Event, Guards, Hold, Outbound, Outside, Param, Purpose, RuleId, State, Verdict,
};
use crate::rules::Ruleset;
use crate::rules::says::Template;

/// The place of such messages in reports and pauses.
const RULE: &str = "api";

/// Decides a message of the API: the text inside the service window, the template outside.
pub(super) fn outbound(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    wanted: &Outbound,
    mut decision: Decision,
) -> Decision {
    stated::apply(&mut decision, state, &wanted.person);
    stated::reach(&mut decision, state);
    let now = state.after(&decision.changes);
    let language = language::known(&mut decision, rules, &now);
    let template = match &wanted.template {
        None => None,
        Some(name) => match rules.templates.get(name) {
            Some(template) => Some(template),
            None => return decision.silent("unknown_template"),
        },
    };
    let purpose = template.map_or(wanted.purpose, |one| one.purpose.max(wanted.purpose));
    if let Err(refusal) = now.contact.consent.permits(purpose, event.at) {
        let why = Hold::Consent(refusal).label();
        decision.note(format!("consent does not permit it: {why}"));
        decision.count(why, RULE);
        return decision.silent(why);
    }
    if now.contact.reach.is_none() {
        decision.count("no_address", "");
        return decision.silent("no_address");
    }
    let template = match template.map(|one| filled(one, &language, wanted)) {
        None => None,
        Some(Some(content)) => Some(content),
        Some(None) => return decision.silent("template_failed"),
    };
    let closed = now.conversation.window_until().is_none_or(|until| event.at >= until);
    if template.is_none() && closed {
        decision.count("window_closed", RULE);
        return decision.silent("window_closed");
    }
    let rule = RuleId::from(RULE);
    let (content, window_open, outside) = match (&wanted.text, template) {
        (Some(body), None) => (Content::Text { body: body.clone() }, true, Outside::Drop),
        (Some(body), Some(content)) => {
            let outside = Outside::Template { content: Box::new(content), purpose };
            (Content::Text { body: body.clone() }, true, outside)
        }
        (None, Some(content)) => (content, false, Outside::Drop),
        (None, None) => return decision.silent("nothing_to_say"),
    };
    let occasion = Occasion::new(rules, event, None, now, language);
    let mut content = content;
    if purpose == Purpose::Marketing
        && let Err(why) = speaking::sign(&occasion, &mut content)
    {
        decision.note(format!("what is below it cannot be said: {why}"));
        decision.count("text_failed", RULE);
        return decision.silent("text_failed");
    }
    let guards = Guards { bot_owns: false, window_open, ..Guards::REPLY };
    let spoken = Spoken { purpose, guards, outside, ..Spoken::reply(&rule, content) };
    send(&occasion, vec![spoken], &mut decision);
    decision.count("won", RULE);
    decision.verdict = Verdict::Won(rule);
    decision
}

/// The template with the caller's values; `None` where one is missing or it has no language.
fn filled(template: &Template, language: &str, wanted: &Outbound) -> Option<Content> {
    let language = speaking::language_of(template, language)?.clone();
    let params = template.params.iter().map(|place| {
        let text = speaking::one_line(wanted.params.get(place)?);
        Some(Param { name: (!template.positional).then(|| place.clone()), text })
    });
    let params = params.collect::<Option<Vec<Param>>>()?;
    Some(Content::Template { name: template.id.clone(), language, params })
}
