//! What the customer says about consent, before anything else is asked: stop, near-stop, the answer
//! to a question about consent, opt-in. What is said from outside is judged here as well.
//!
//! Whatever can be read in two ways is read as less: nothing is granted but by the customer's own
//! yes to a question that is the last thing they were sent.

use super::hearing::{self, Hearing};
use super::reception::only_where_asked;
use super::sending::send;
use super::speaking::{Voice, speak};
use super::trace::{Candidate, Reason};
use super::{Decision, language};
use crate::limits;
use crate::model::{
    Change, Consent, ConsentAct, ConsentAsked, DeliveryStatus, Effect, Event, EventKind, Expected,
    JobUpdate, LedgerEntry, Message, MessageKind, Purpose, RuleId, SendOutcome, State, Subject,
    Timestamp, Verdict,
};
use crate::rules::Ruleset;
use crate::rules::consent_words::{ConsentWords, Word};
use crate::rules::consenting::{NEAR_STOP, NO, STOP, Tap, Tier};
use crate::rules::says::{ButtonText, FrameText, Localised, Say};
use crate::text::normal;
use std::collections::BTreeMap;

/// Whether, and how, an answer may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// As always.
    Free,
    /// A person owns the conversation: of all texts only a stop's confirmation is sent.
    Owned,
    /// The message is too old to be answered.
    TooOld,
}

/// What a message says about consent.
#[derive(Debug, Clone, Copy)]
enum Said<'a> {
    Tap(Tap<'a>),
    Heard {
        word: Option<Word>,
        opt_in: Option<&'a Tier>,
        /// It may be the answer to a question: typed, alone, quoting nothing.
        answers: bool,
    },
}

/// A new contact holds what the rules give to everybody.
pub(super) fn created(decision: &mut Decision, rules: &Ruleset, state: &State, event: &Event) {
    let contact = &state.contact;
    let is_new = contact.version == 0 && contact.last_event_at == Timestamp::EPOCH;
    let now = rules.consent.of_new_contact();
    let is_person = !matches!(event.subject, Subject::Account);
    let caller = match &event.kind {
        EventKind::Posted(posted) => Some(&posted.by),
        EventKind::Outbound(wanted) => Some(&wanted.by),
        _ => None,
    };
    let tells = now != contact.consent || caller.is_some();
    if !is_new || !is_person || contact.consent != Consent::default() || !tells {
        return;
    }
    let mut entry = line(state, event, ConsentAct::Created, &now.tier);
    if caller.is_some() { "api" } else { "rules" }.clone_into(&mut entry.source);
    entry.by = caller.cloned();
    write(decision, now, entry);
}

/// WhatsApp's own marketing switch: a flag of its own, with its line in the ledger.
pub(super) fn switched(decision: &mut Decision, state: &State, event: &Event, stop: bool) {
    let now = Consent { whatsapp_stop: stop, ..latest(decision, state).clone() };
    let act = if stop { ConsentAct::StoppedInWhatsApp } else { ConsentAct::ResumedInWhatsApp };
    let mut entry = line(state, event, act, &now.tier);
    "whatsapp".clone_into(&mut entry.source);
    entry.stated_at = event.stated_at;
    write(decision, now, entry);
    if stop {
        // A yes from before says nothing about offers any more.
        decision.changes.push(Change::ConsentAsked(None));
    }
}

/// A question about consent is the last thing sent only until anything else is: this is the one
/// place that sees to it, for events of every kind.
pub(super) fn settle(decision: &mut Decision, state: &State, event: &Event) {
    let told = decision.changes.iter().any(|change| matches!(change, Change::ConsentAsked(_)));
    if told || state.conversation.consent_asked.is_none() {
        return;
    }
    let speaks = decision.effects.iter().any(|effect| matches!(effect, Effect::Send { .. }));
    let by_person = matches!(event.kind, EventKind::Echo(_));
    let late = decision.updates.iter().any(|update| matches!(update, JobUpdate::Release { .. }));
    if speaks || by_person || late || was_not_sent(&event.kind) || is_released(&event.kind) {
        decision.changes.push(Change::ConsentAsked(None));
    }
}

/// The question itself never reached the customer: it was not sent, or WhatsApp did not deliver it.
fn was_not_sent(kind: &EventKind) -> bool {
    let rule = match kind {
        EventKind::Sent { outcome, rule, .. } => rule
            .as_ref()
            .filter(|_| matches!(outcome, SendOutcome::Dead { .. } | SendOutcome::Dropped { .. })),
        EventKind::Status(status) => {
            status.rule.as_ref().filter(|_| status.status == DeliveryStatus::Failed)
        }
        _ => None,
    };
    rule.is_some_and(asks)
}

/// Something that was held follows the question now.
fn is_released(kind: &EventKind) -> bool {
    let EventKind::Sent { outcome: SendOutcome::Released, rule, .. } = kind else { return false };
    !rule.as_ref().is_some_and(asks)
}

fn asks(rule: &RuleId) -> bool {
    rule.as_str() == NEAR_STOP || rule.as_str().starts_with("consent.ask.")
}

/// Lets a consent word act. `true` where it did: then nothing else is asked.
pub(super) fn hear(
    rules: &Ruleset,
    state: &State,
    event: &Event,
    message: &Message,
    manner: Manner,
    decision: &mut Decision,
) -> bool {
    let Some((said, normal)) = meaning(rules, message) else { return false };
    let now = state.after(&decision.changes);
    let language = language::choose(decision, rules, &now, message);
    let hearing = hearing::of_consent(rules, now, event, message, language);
    decision.trace.normal = normal;
    Ear { hearing, manner, decision }.act(said)
}

/// What a message says about consent; and its normal form.
fn meaning<'a>(rules: &'a Ruleset, message: &'a Message) -> Option<(Said<'a>, String)> {
    if only_where_asked(&message.kind) {
        return None;
    }
    let text = message.text.as_deref().unwrap_or_default();
    let tapped = message.payload.as_deref();
    if let Some(tap) = tapped.and_then(Tap::of) {
        return Some((Said::Tap(tap), normal(text)));
    }
    // What a tap of the rules' own shows is theirs to answer.
    if tapped.is_some_and(|id| rules.payloads.contains_key(id) || rules.leads.contains_key(id)) {
        return None;
    }
    if text.is_empty() || text.len() > limits::CONSENT_MESSAGE_BYTES_MAX {
        return None;
    }
    let normal = normal(text);
    let heard = rules.consent.words.heard(&normal);
    let opt_in = heard.opt_in.and_then(|tier| rules.consent.tiers.get(tier));
    let typed = message.kind == MessageKind::Text && tapped.is_none();
    let answers = typed && message.reply_to.is_none();
    let says_something = heard.word.is_some() || opt_in.is_some();
    says_something.then_some((Said::Heard { word: heard.word, opt_in, answers }, normal))
}

/// One message that says something about consent.
struct Ear<'a, 'd> {
    hearing: Hearing<'a>,
    manner: Manner,
    decision: &'d mut Decision,
}

impl Ear<'_, '_> {
    fn act(&mut self, said: Said<'_>) -> bool {
        match said {
            Said::Tap(tap) => self.tapped(tap),
            Said::Heard { word: Some(Word::Stop), .. } => self.stop(),
            Said::Heard { word: Some(Word::NearStop), .. } => self.near_stop(),
            Said::Heard { word, opt_in, answers } => {
                let open = if answers { self.open() } else { None };
                match (word, open, opt_in) {
                    (Some(Word::Yes), Some(asked), _) if self.agrees(&asked) => true,
                    (Some(Word::No), Some(asked), _) => self.refuse(&asked),
                    (_, _, Some(tier)) => {
                        let tier = tier.clone();
                        self.opt_in(&tier)
                    }
                    _ => false,
                }
            }
        }
    }

    /// What was asked last, if an answer to it still counts and can be one: nobody answers before
    /// they are asked.
    fn open(&self) -> Option<Expected> {
        let asked = self.hearing.now.consent_asked()?;
        let event = self.hearing.event;
        let in_time = asked.until.is_none_or(|until| event.at < until);
        let said = event.stated_at.unwrap_or(event.at);
        let after = said.plus(limits::CONSENT_CLOCK_SLACK) >= asked.at;
        (in_time && after).then(|| asked.what.clone())
    }

    fn tapped(&mut self, tap: Tap<'_>) -> bool {
        let open = self.open();
        match tap {
            Tap::Stop => self.stop(),
            Tap::GoOn if open == Some(Expected::Stop) => self.resume(),
            Tap::GoOn if self.consent().suspended => self.near_stop(),
            Tap::GoOn => self.leave_as_it_is(),
            Tap::No(tier) => self.refuse_tier(tier),
            Tap::Yes(id) => {
                let asked =
                    open.filter(|asked| matches!(asked, Expected::Tier { tier, .. } if tier == id));
                let Some(tier) = self.hearing.rules.consent.tier(id) else { return false };
                match asked {
                    Some(asked) => self.agrees(&asked),
                    None if tier.ask.is_some() => self.opt_in(tier),
                    None => false,
                }
            }
        }
    }

    /// `false` where what was asked is no longer in the rules.
    fn agrees(&mut self, asked: &Expected) -> bool {
        let Expected::Tier { tier: id, version } = asked else { return self.stop() };
        let Some(tier) = self.hearing.rules.consent.tier(id) else {
            self.decision.note(format!("the tier `{id}` is no longer in the rules"));
            self.decision.changes.push(Change::ConsentAsked(None));
            return false;
        };
        // Another wording stands there now: what they agreed to is not what would be granted.
        if tier.version != *version && tier.ask.is_some() {
            self.decision.note(format!("the wording of `{id}` has changed: asked once more"));
            return self.opt_in(tier);
        }
        self.grant(tier)
    }

    fn refuse(&mut self, asked: &Expected) -> bool {
        match asked {
            Expected::Stop => self.resume(),
            Expected::Tier { tier, .. } => self.refuse_tier(tier),
        }
    }

    /// Stops what `stops` says. Confirmed once a day however often it is said.
    fn stop(&mut self) -> bool {
        let rules = self.hearing.rules;
        let before = self.consent();
        let missing = rules.consent.stopped().into_iter().filter(|p| !before.stopped.contains(p));
        let stopped: Vec<Purpose> = before.stopped.iter().copied().chain(missing).collect();
        let is_news = stopped != before.stopped || before.suspended;
        let now = Consent { stopped, suspended: false, ..before.clone() };
        let tier = now.tier.clone();
        let entry = line(&self.hearing.now, self.hearing.event, ConsentAct::Stopped, &tier);
        let stops = Some(rules.consent.stops);
        write(self.decision, now, LedgerEntry { stops, ..entry });
        self.answered();
        let rule = RuleId::from(STOP);
        let at = self.hearing.event.at;
        let told = self.hearing.now.conversation.cooldowns.get(&rule).copied();
        if !is_news && told.is_some_and(|until| at < until) {
            self.decision.note("stopped already, and that was confirmed");
        } else if self.manner == Manner::TooOld {
            self.decision.note("too old to be answered: stopped all the same");
        } else if self.say(&rule, &Say::Text(rules.consent.texts.stopped.clone())) {
            let until = at.plus(limits::SESSION_SILENCE);
            self.decision.changes.push(Change::Cooling { rule: rule.clone(), until });
        }
        self.won(rule, "the customer said stop")
    }

    /// Suspends marketing at once, and asks.
    fn near_stop(&mut self) -> bool {
        let rules = self.hearing.rules;
        let before = self.consent();
        let stops = rules.consent.stopped();
        if stops.iter().all(|purpose| before.stopped.contains(purpose)) {
            return self.stop();
        }
        let now = Consent { suspended: true, ..before.clone() };
        let tier = now.tier.clone();
        self.write(now, ConsentAct::Suspended, &tier, None);
        let rule = RuleId::from(NEAR_STOP);
        let texts = &rules.consent.texts;
        let question = self.question(&texts.near_stop, Tap::Stop, Tap::GoOn);
        if self.manner == Manner::Free && self.say(&rule, &question) {
            let at = self.hearing.event.at;
            let until = Some(at.plus(limits::CONSENT_WITHIN));
            let asked = ConsentAsked { what: Expected::Stop, at, until };
            self.decision.changes.push(Change::ConsentAsked(Some(asked)));
        } else {
            self.answered();
        }
        let met = ConsentWords::sounds_like_stop(&self.decision.trace.normal);
        let met: Vec<_> = met.iter().flatten().map(|word| format!("`{word}`")).collect();
        let by = if met.is_empty() { String::new() } else { format!(" ({})", met.join(" … ")) };
        self.won(rule, &format!("it sounds like a stop{by}: marketing is suspended"))
    }

    fn resume(&mut self) -> bool {
        let now = Consent { suspended: false, ..self.consent().clone() };
        let tier = now.tier.clone();
        self.write(now, ConsentAct::Resumed, &tier, None);
        self.answered();
        self.leave_as_it_is()
    }

    fn leave_as_it_is(&mut self) -> bool {
        let rule = RuleId::from(NO);
        let text = self.hearing.rules.consent.texts.resumed.clone();
        if self.manner == Manner::Free {
            self.say(&rule, &Say::Text(text));
        }
        self.won(rule, "the customer did not mean to stop")
    }

    /// A no to a tier they hold takes it away: it was given by them, not by everybody's default.
    fn refuse_tier(&mut self, id: &str) -> bool {
        let rules = self.hearing.rules;
        let before = self.consent();
        let base = rules.consent.of_new_contact();
        let (now, tier) = if before.tier == id && base.tier != id {
            let Consent { stopped, suspended, whatsapp_stop, .. } = before.clone();
            let tier = base.tier.clone();
            (Consent { stopped, suspended, whatsapp_stop, ..base }, tier)
        } else {
            (before.clone(), id.to_owned())
        };
        self.write(now, ConsentAct::Refused, &tier, None);
        self.answered();
        let rule = RuleId::from(NO);
        let text = rules.consent.texts.refused.clone();
        if self.manner == Manner::Free {
            self.say(&rule, &Say::Text(text));
        }
        self.won(rule, "the customer refused")
    }

    /// Asks the tier's question. Without one the word alone grants, but never marketing.
    fn opt_in(&mut self, tier: &Tier) -> bool {
        let Some(ask) = &tier.ask else {
            return !tier.allows(Purpose::Marketing) && self.grant(tier);
        };
        if self.manner != Manner::Free {
            let why = if self.manner == Manner::Owned { "owned" } else { "too_old" };
            self.decision.note(format!("`{}` is not asked: nothing may be said now", tier.id));
            self.decision.count("silent", why);
            self.decision.verdict = Verdict::Silent(why.to_owned());
            return true;
        }
        let rule = tier.asks_as();
        let question = self.question(ask, Tap::Yes(&tier.id), Tap::No(&tier.id));
        if !self.say(&rule, &question) {
            return false;
        }
        let at = self.hearing.event.at;
        let what = Expected::Tier { tier: tier.id.clone(), version: tier.version.clone() };
        let asked = ConsentAsked { what, at, until: Some(at.plus(tier.within)) };
        self.decision.changes.push(Change::ConsentAsked(Some(asked)));
        let now = self.consent().clone();
        self.write(now, ConsentAct::Asked, &tier.id, tier.version.clone());
        self.won(rule, "the customer asked for it, and is asked to confirm")
    }

    fn grant(&mut self, tier: &Tier) -> bool {
        let rules = self.hearing.rules;
        let before = self.consent();
        let now = rules.consent.granted(before, tier, self.hearing.event.at);
        if now.whatsapp_stop {
            self.decision.note("WhatsApp's own stop stays: only the customer clears it, there");
        }
        self.write(now, ConsentAct::Confirmed, &tier.id, tier.version.clone());
        self.answered();
        let rule = tier.grants_as();
        if self.manner == Manner::Free {
            self.say(&rule, &Say::Text(tier.granted.clone()));
        }
        self.won(rule, "the customer agreed")
    }

    fn consent(&self) -> &Consent {
        &self.hearing.now.contact.consent
    }

    /// No question is open any more.
    fn answered(&mut self) {
        if self.hearing.now.conversation.consent_asked.is_some() {
            self.decision.changes.push(Change::ConsentAsked(None));
        }
    }

    fn question(&self, text: &Localised, yes: Tap<'_>, no: Tap<'_>) -> Say {
        let texts = &self.hearing.rules.consent.texts;
        let button =
            |tap: Tap<'_>, title: &Localised| ButtonText { id: tap.id(), title: title.clone() };
        Say::Buttons {
            frame: FrameText { header: None, body: text.clone(), footer: None },
            buttons: vec![button(yes, &texts.yes), button(no, &texts.no)],
        }
    }

    /// Whether it was said: a text may fail, an address may be missing.
    fn say(&mut self, rule: &RuleId, say: &Say) -> bool {
        let (matched, mut spoken) = (BTreeMap::new(), Vec::new());
        let voice = Voice::plain(rule, &matched);
        let says = std::slice::from_ref(say);
        if !speak(&self.hearing, voice, says, &mut spoken, self.decision) {
            return false;
        }
        for message in &mut spoken {
            message.guards.bot_owns = self.manner != Manner::Owned;
        }
        let before = self.decision.effects.len();
        send(&self.hearing, spoken, self.decision);
        self.decision.effects.len() > before
    }

    fn write(&mut self, now: Consent, act: ConsentAct, tier: &str, version: Option<String>) {
        let entry =
            LedgerEntry { version, ..line(&self.hearing.now, self.hearing.event, act, tier) };
        write(self.decision, now, entry);
    }

    fn won(&mut self, rule: RuleId, how: &str) -> bool {
        let decision = &mut *self.decision;
        decision.count("won", rule.as_str());
        let candidate = Candidate { rule: rule.clone(), reason: Reason::Won, found: Vec::new() };
        decision.trace.candidates.push(candidate);
        decision.trace.how.push(how.to_owned());
        decision.verdict = Verdict::Won(rule);
        true
    }
}

/// The consent as this decision leaves it so far.
pub(super) fn latest<'a>(decision: &'a Decision, state: &'a State) -> &'a Consent {
    let changed = decision.changes.iter().rev().find_map(|change| match change {
        Change::Consent { now, .. } => Some(now),
        _ => None,
    });
    changed.unwrap_or(&state.contact.consent)
}

/// A line of the ledger about what the customer did.
fn line(state: &State, event: &Event, act: ConsentAct, tier: &str) -> LedgerEntry {
    LedgerEntry {
        at: event.at,
        event: event.id.clone(),
        act,
        tier: tier.to_owned(),
        stops: None,
        source: "customer".to_owned(),
        version: None,
        stated_at: None,
        number: Some(state.conversation.number.clone()),
        by: None,
    }
}

/// The consent from now on, with its line in the ledger.
pub(super) fn write(decision: &mut Decision, now: Consent, entry: LedgerEntry) {
    decision.count("consent", entry.act.label());
    decision.changes.push(Change::Consent { now, entry });
}
