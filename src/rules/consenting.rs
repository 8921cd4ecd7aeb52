//! `[consent]`, compiled: tiers, what is asked and said, what a stop stops, quiet hours.
//!
//! May not live here: what is done about a consent word, which is `decide`'s.

use super::consent_words::ConsentWords;
use super::says::Localised;
use crate::model::{Consent, Purpose, QuietHours, RuleId, Stops, Timestamp};
use std::time::Duration;

/// Everything the rules say about consent. Without `[consent]` there is one tier, `transactional`,
/// and the shipped stop words and texts.
#[derive(Debug)]
pub struct Consenting {
    /// In the order of declaration, the lowest first; never empty.
    pub tiers: Vec<Tier>,
    /// The index of the tier a new contact holds.
    pub default: usize,
    /// Who sends: the name customers know.
    pub sender: Option<String>,
    /// How much a stop stops.
    pub stops: Stops,
    /// When marketing waits.
    pub quiet: Option<QuietHours>,
    /// The words, shipped and own.
    pub words: ConsentWords,
    /// What is said.
    pub texts: ConsentTexts,
}

/// `[[consent.tier]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// Its id.
    pub id: String,
    /// The purposes it allows; `service` is always among them.
    pub allows: Vec<Purpose>,
    /// The question the customer confirms; without it the opt-in word alone grants, which is
    /// possible only where the tier allows no marketing.
    pub ask: Option<Localised>,
    /// How long a yes counts.
    pub within: Duration,
    /// Said once it is granted.
    pub granted: Localised,
    /// Of the wording; goes to the ledger.
    pub version: Option<String>,
    /// How long a grant lasts.
    pub renew: Option<Duration>,
    /// Below marketing texts.
    pub footer: Option<Localised>,
}

/// The texts around consent that belong to no tier.
#[derive(Debug)]
pub struct ConsentTexts {
    /// A stop is confirmed.
    pub stopped: Localised,
    /// "Shall I stop all offers?"
    pub near_stop: Localised,
    /// The customer refused a tier.
    pub refused: Localised,
    /// The customer did not mean to stop.
    pub resumed: Localised,
    /// The title of the button that agrees.
    pub yes: Localised,
    /// The title of the button that refuses.
    pub no: Localised,
}

/// What a tap on a button of a question about consent answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tap<'a> {
    /// Yes to this tier.
    Yes(&'a str),
    /// No to this tier.
    No(&'a str),
    /// Yes, stop.
    Stop,
    /// No, go on.
    GoOn,
}

/// What ids of rules and taps may not begin with: they belong to the questions about consent.
pub const RESERVED: &str = "consent.";

/// The rule ids under which consent words act.
pub const STOP: &str = "consent.stop";
/// A near-stop is asked back.
pub const NEAR_STOP: &str = "consent.near_stop";
/// A refusal.
pub const NO: &str = "consent.no";
/// The ids of the near-stop's buttons.
const STOP_YES: &str = "consent.stop.yes";
const STOP_NO: &str = "consent.stop.no";

impl<'a> Tap<'a> {
    /// What an id answers; `None` where it is another's.
    #[must_use]
    pub fn of(id: &'a str) -> Option<Tap<'a>> {
        match id {
            STOP_YES => Some(Tap::Stop),
            STOP_NO => Some(Tap::GoOn),
            _ => {
                let yes = id.strip_prefix("consent.yes.").map(Tap::Yes);
                yes.or_else(|| id.strip_prefix("consent.no.").map(Tap::No))
            }
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Tap::Yes(tier) => format!("consent.yes.{tier}"),
            Tap::No(tier) => format!("consent.no.{tier}"),
            Tap::Stop => STOP_YES.to_owned(),
            Tap::GoOn => STOP_NO.to_owned(),
        }
    }
}

impl Tier {
    /// The rule id under which its question is asked.
    #[must_use]
    pub fn asks_as(&self) -> RuleId {
        RuleId::from(format!("consent.ask.{}", self.id))
    }

    /// The rule id under which it is granted.
    #[must_use]
    pub fn grants_as(&self) -> RuleId {
        RuleId::from(format!("consent.yes.{}", self.id))
    }

    /// Whether it allows this purpose.
    #[must_use]
    pub fn allows(&self, purpose: Purpose) -> bool {
        self.allows.contains(&purpose)
    }
}

impl Consenting {
    /// A tier by its id.
    #[must_use]
    pub fn tier(&self, id: &str) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.id == id)
    }

    /// The id of the highest tier, up to the one granted, all of which may be used at `now`: one that
    /// is stopped, or over, counts no more than the next lower one that is neither.
    #[must_use]
    pub fn in_use<'a>(&'a self, consent: &'a Consent, now: Timestamp) -> &'a str {
        let Some(granted) = self.tiers.iter().position(|tier| tier.id == consent.tier) else {
            return &consent.tier;
        };
        let up_to = self.tiers.get(..=granted).unwrap_or_default();
        let whole =
            |tier: &&Tier| tier.allows.iter().all(|purpose| consent.permits(*purpose, now).is_ok());
        let found = up_to.iter().rev().find(whole).or(up_to.first());
        found.map_or(consent.tier.as_str(), |tier| tier.id.as_str())
    }

    /// The tier a new contact holds.
    #[must_use]
    pub fn default_tier(&self) -> Option<&Tier> {
        self.tiers.get(self.default)
    }

    /// The consent of a new contact.
    #[must_use]
    pub fn of_new_contact(&self) -> Consent {
        let tier = self.default_tier().map(|tier| (tier.id.clone(), tier.allows.clone()));
        tier.map_or_else(Consent::default, |(tier, allows)| Consent {
            tier,
            allows,
            ..Consent::default()
        })
    }

    /// The purposes a stop stops.
    #[must_use]
    pub fn stopped(&self) -> Vec<Purpose> {
        stopped_by(self.stops)
    }

    /// The consent once a tier is granted from `from` on: what it allows is stopped no longer, but
    /// WhatsApp's own stop stays.
    #[must_use]
    pub fn granted(&self, now: &Consent, tier: &Tier, from: Timestamp) -> Consent {
        let until = tier.renew.map(|span| from.plus(span));
        let base = self.default_tier().map(|base| base.allows.clone()).unwrap_or_default();
        let stopped = now.stopped.iter().copied().filter(|purpose| !tier.allows(*purpose));
        Consent {
            tier: tier.id.clone(),
            allows: tier.allows.clone(),
            until,
            base: if until.is_some() { base } else { Vec::new() },
            stopped: stopped.collect(),
            suspended: now.suspended && !tier.allows(Purpose::Marketing),
            whatsapp_stop: now.whatsapp_stop,
            no_at: now.no_at,
        }
    }
}

/// The purposes that much of a stop stops; never an answer to what they write.
#[must_use]
pub fn stopped_by(stops: Stops) -> Vec<Purpose> {
    match stops {
        Stops::Marketing => vec![Purpose::Marketing],
        Stops::All => vec![Purpose::Utility, Purpose::Authentication, Purpose::Marketing],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tap_is_known_by_its_id_and_no_other_is() {
        for tap in [Tap::Yes("marketing"), Tap::No("marketing"), Tap::Stop, Tap::GoOn] {
            assert_eq!(Tap::of(&tap.id()), Some(tap));
            assert!(tap.id().starts_with(RESERVED));
        }
        assert_eq!(Tap::of("yes"), None);
        assert_eq!(Tap::of("consent.stop"), None);
    }
}
