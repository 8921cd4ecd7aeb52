//! What the customer says about consent, before anything else is asked: stop, near-stop, the answer
//! to a question about consent, opt-in. Consent from outside is `outside`'s; that one line is written
//! for each change is `ledger`'s.
//!
//! Whatever can be read in two ways is read as less: nothing is granted but by the customer's own
//! yes to a question that is the last thing they were sent.

mod ledger;
mod said;

pub(super) use ledger::{created, latest, settle, switched, write};

use super::hearing::{self, Hearing};
use super::sending::send;
use super::speaking::{Voice, speak};
use super::trace::{Candidate, Reason};
use super::{Decision, language};
use crate::limits;
use crate::model::{
    Change, Consent, ConsentAct, ConsentAsked, Event, Expected, LedgerEntry, Message, Purpose,
    RuleId, State, Timestamp, Verdict,
};
use crate::rules::Ruleset;
use crate::rules::consent_words::{ConsentWords, Word};
use crate::rules::consenting::{NEAR_STOP, NO, STOP, Tap, Tier};
use crate::rules::says::{ButtonText, FrameText, Localised, Say};
use ledger::line;
use said::{Said, meaning};
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

/// A question that an answer may still be to.
struct Open {
    what: Expected,
    /// The customer may have seen it when they answered. What takes less needs no more than that it
    /// was decided; what gives more needs this.
    seen: bool,
}

/// Why a yes to a question that is not on its way yet is met with silence.
const NOT_ASKED_YET: &str = "not_asked_yet";

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
                let asked = if answers { self.asked() } else { None };
                let (open, early) = match (word, asked) {
                    (Some(Word::Yes), Some(Open { what: Expected::Tier { .. }, seen: false }))
                    | (Some(Word::No), Some(Open { what: Expected::Stop, seen: false })) => {
                        (None, true)
                    }
                    (_, asked) => (asked.map(|asked| asked.what), false),
                };
                match (word, open, opt_in) {
                    (Some(Word::Yes), Some(asked), _) if self.agrees(&asked) => true,
                    (Some(Word::No), Some(asked), _) => self.refuse(&asked),
                    (_, _, Some(tier)) => {
                        let tier = tier.clone();
                        self.opt_in(&tier)
                    }
                    _ => early && self.lets_the_question_come(),
                }
            }
        }
    }

    /// What was asked last, if an answer to it still counts and can be one: nobody answers before
    /// they are asked.
    fn asked(&self) -> Option<Open> {
        let asked = self.hearing.now.consent_asked()?;
        let event = self.hearing.event;
        let in_time = asked.until.is_none_or(|until| event.at < until);
        let said = event.stated_at.unwrap_or(event.at).plus(limits::CONSENT_CLOCK_SLACK);
        let seen = asked.shown.is_some_and(|shown| said >= shown);
        (in_time && said >= asked.at).then(|| Open { what: asked.what.clone(), seen })
    }

    /// They agreed, or took a stop back, before the question was on its way: that answers nothing.
    /// Where nothing else waits for it, nothing is said, so that the question is the last thing they
    /// are sent, and their answer counts. `false` where it may answer something else.
    fn lets_the_question_come(&mut self) -> bool {
        let conversation = &self.hearing.now.conversation;
        let waits = conversation.question.is_some()
            || conversation.form.is_some()
            || conversation.menu.is_some();
        if waits || self.manner != Manner::Free {
            return false;
        }
        self.decision.note("the question about consent has not been sent yet: it grants nothing");
        self.decision.count("silent", NOT_ASKED_YET);
        self.decision.verdict = Verdict::Silent(NOT_ASKED_YET.to_owned());
        true
    }

    fn tapped(&mut self, tap: Tap<'_>) -> bool {
        // A tap of the same button under an older question is no answer to one that waits.
        let open = self.asked().filter(|asked| asked.seen).map(|asked| asked.what);
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
            let asked = self.put(Expected::Stop, until);
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
            let Consent { stopped, suspended, whatsapp_stop, no_at, .. } = before.clone();
            let tier = base.tier.clone();
            (Consent { stopped, suspended, whatsapp_stop, no_at, ..base }, tier)
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
        let asked = self.put(what, Some(at.plus(tier.within)));
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

    /// A question as it is decided: it is not on its way yet.
    fn put(&self, what: Expected, until: Option<Timestamp>) -> ConsentAsked {
        let State { contact, .. } = &self.hearing.now;
        let (at, version) = (self.hearing.event.at, contact.version.saturating_add(1));
        ConsentAsked { what, at, version, shown: None, until }
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
        // A stop is confirmed whoever has the conversation by then.
        for message in &mut spoken {
            message.guards.bot_owns = rule.as_str() != STOP;
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
