//! What a contact allows, as fields that can be compared without knowing a rule, and the ledger of
//! how it came to be so.

use super::{EventId, NumberId, Stops, Timestamp};
use serde::{Deserialize, Serialize};

/// Why a message is sent, in WhatsApp's categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// An answer to what the customer wrote.
    Service,
    /// About something the customer did: an order, an appointment.
    Utility,
    /// A code to log in with.
    Authentication,
    /// Anything that advertises.
    Marketing,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 4] =
        [Purpose::Service, Purpose::Utility, Purpose::Authentication, Purpose::Marketing];

    /// The purpose as written in rules and labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Service => "service",
            Purpose::Utility => "utility",
            Purpose::Authentication => "authentication",
            Purpose::Marketing => "marketing",
        }
    }
}

/// The tier that a rule asks for by `consent`, in terms that can be judged without the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierNeeded {
    /// It, and those above it: one of them must be held.
    pub tiers: Vec<String>,
    /// What it allows: none of it may be stopped or over.
    pub allows: Vec<Purpose>,
}

/// Why a purpose is not permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The contact's tier does not reach to it.
    BelowTier,
    /// The contact's tier did, but the grant is over (`renew`).
    Lapsed,
    /// The contact said stop.
    Stopped,
    /// The contact said something like stop and was asked whether they mean it.
    Suspended,
    /// The contact used WhatsApp's own marketing stop.
    StoppedInWhatsApp,
}

/// A contact's consent: the tier, what it allows, and the stops.
///
/// The purposes a tier allows are written here when the tier is given, so that a store can judge a
/// job without the rules that declared the tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The tier's id as declared in the rules.
    pub tier: String,
    /// The purposes that tier allows.
    pub allows: Vec<Purpose>,
    /// Until when the tier was granted (`renew`); from then on `base` is allowed and no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The purposes allowed without anybody's grant: those of the default tier when `until` was
    /// written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub base: Vec<Purpose>,
    /// Purposes the contact has stopped; kept whatever the tier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped: Vec<Purpose>,
    /// Marketing waits for the answer to "shall I stop?".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// WhatsApp's own marketing stop; only WhatsApp's `resume` clears it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whatsapp_stop: bool,
    /// When the contact last said no or stop, or was lowered from outside: what is said to have been
    /// agreed to until then proves nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_at: Option<Timestamp>,
}

impl Default for Consent {
    /// The tier that holds without any `[consent]`: `transactional`.
    fn default() -> Self {
        Consent {
            tier: "transactional".to_owned(),
            allows: vec![Purpose::Service, Purpose::Utility, Purpose::Authentication],
            until: None,
            base: Vec::new(),
            stopped: Vec::new(),
            suspended: false,
            whatsapp_stop: false,
            no_at: None,
        }
    }
}

impl Consent {
    /// Whether a message of this purpose may go to the contact at `now`. Quiet hours are no part of
    /// it: see [`super::QuietHours`].
    ///
    /// # Errors
    /// The [`Refusal`] that forbids it; a stop is named before a missing tier.
    pub fn permits(&self, purpose: Purpose, now: Timestamp) -> Result<(), Refusal> {
        if self.stopped.contains(&purpose) {
            return Err(Refusal::Stopped);
        }
        if purpose == Purpose::Marketing && self.whatsapp_stop {
            return Err(Refusal::StoppedInWhatsApp);
        }
        if purpose == Purpose::Marketing && self.suspended {
            return Err(Refusal::Suspended);
        }
        if !self.allows.contains(&purpose) {
            return Err(Refusal::BelowTier);
        }
        let over = self.until.is_some_and(|until| now >= until);
        if over && !self.base.contains(&purpose) { Err(Refusal::Lapsed) } else { Ok(()) }
    }

    /// Whether a message of a rule that asks for this tier may go to the contact at `now`.
    ///
    /// # Errors
    /// The [`Refusal`] that forbids it; a stop is named before a missing tier.
    pub fn holds(&self, needed: &TierNeeded, now: Timestamp) -> Result<(), Refusal> {
        for purpose in &needed.allows {
            self.permits(*purpose, now)?;
        }
        if needed.tiers.contains(&self.tier) { Ok(()) } else { Err(Refusal::BelowTier) }
    }

    /// Of two consents the stricter in everything: what both allow, what either stopped, the
    /// earlier end.
    #[must_use]
    pub fn stricter(&self, other: &Consent) -> Consent {
        let lower = if self.allows.len() <= other.allows.len() { self } else { other };
        let mut stopped = self.stopped.clone();
        stopped.extend(other.stopped.iter().filter(|p| !self.stopped.contains(p)));
        let both = |one: &[Purpose], two: &[Purpose]| {
            one.iter().copied().filter(|purpose| two.contains(purpose)).collect()
        };
        let ends = [self.until, other.until].into_iter().flatten().min();
        let base = match (self.until, other.until) {
            (Some(_), Some(_)) => both(&self.base, &other.base),
            (Some(_), None) => both(&self.base, &other.allows),
            (None, Some(_)) => both(&other.base, &self.allows),
            (None, None) => Vec::new(),
        };
        Consent {
            tier: lower.tier.clone(),
            allows: both(&self.allows, &other.allows),
            until: ends,
            base,
            stopped,
            suspended: self.suspended || other.suspended,
            whatsapp_stop: self.whatsapp_stop || other.whatsapp_stop,
            no_at: self.no_at.max(other.no_at),
        }
    }
}

/// One line of the ledger of consent. Lines are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// When usher took it to have happened.
    pub at: Timestamp,
    /// The event that did it; the journal has its words.
    pub event: EventId,
    /// What happened.
    pub act: ConsentAct,
    /// The tier it is about; after the act, where the act changes the tier.
    pub tier: String,
    /// How much is stopped from then on, where the act stops something; what was stopped before
    /// stays so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops: Option<Stops>,
    /// Who or what: `customer`, `whatsapp`, `api`, `rules`, or what a caller stated (`web form`).
    pub source: String,
    /// The wording that was agreed to (`version` of the tier, or as stated from outside).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When it was given, where somebody states it from outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_at: Option<Timestamp>,
    /// On which of our numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberId>,
    /// Whose token, where it came by the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What happened to a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAct {
    /// The contact is new and holds the default tier.
    Created,
    /// The customer asked for a tier and was asked to confirm.
    Asked,
    /// The customer confirmed: the tier is granted.
    Confirmed,
    /// The customer refused what they were asked.
    Refused,
    /// The customer said stop.
    Stopped,
    /// Marketing is suspended until the customer says whether they mean it.
    Suspended,
    /// The customer did not mean it: marketing goes on.
    Resumed,
    /// Lowered from outside.
    Lowered,
    /// Raised from outside, with source, time and wording.
    Raised,
    /// WhatsApp's own marketing stop was set.
    StoppedInWhatsApp,
    /// WhatsApp's own marketing stop was cleared.
    ResumedInWhatsApp,
}

impl ConsentAct {
    /// Whether the contact allows less from then on, or wants no more: what was asked of them
    /// before, on any of our numbers, is answered by nothing they say later.
    #[must_use]
    pub fn withdraws(self) -> bool {
        match self {
            ConsentAct::Refused
            | ConsentAct::Stopped
            | ConsentAct::Suspended
            | ConsentAct::Lowered
            | ConsentAct::StoppedInWhatsApp => true,
            ConsentAct::Created
            | ConsentAct::Asked
            | ConsentAct::Confirmed
            | ConsentAct::Resumed
            | ConsentAct::Raised
            | ConsentAct::ResumedInWhatsApp => false,
        }
    }

    /// The act as metric label and in lists.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            ConsentAct::Created => "created",
            ConsentAct::Asked => "asked",
            ConsentAct::Confirmed => "confirmed",
            ConsentAct::Refused => "refused",
            ConsentAct::Stopped => "stopped",
            ConsentAct::Suspended => "suspended",
            ConsentAct::Resumed => "resumed",
            ConsentAct::Lowered => "lowered",
            ConsentAct::Raised => "raised",
            ConsentAct::StoppedInWhatsApp => "stopped_in_whatsapp",
            ConsentAct::ResumedInWhatsApp => "resumed_in_whatsapp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000);

    #[test]
    fn marketing_needs_a_tier_and_no_stop() {
        let mut consent = Consent::default();
        assert_eq!(consent.permits(Purpose::Service, NOW), Ok(()));
        assert_eq!(consent.permits(Purpose::Marketing, NOW), Err(Refusal::BelowTier));
        consent.allows.push(Purpose::Marketing);
        assert_eq!(consent.permits(Purpose::Marketing, NOW), Ok(()));
        consent.suspended = true;
        assert_eq!(consent.permits(Purpose::Marketing, NOW), Err(Refusal::Suspended));
        assert_eq!(consent.permits(Purpose::Utility, NOW), Ok(()));
        consent.whatsapp_stop = true;
        assert_eq!(consent.permits(Purpose::Marketing, NOW), Err(Refusal::StoppedInWhatsApp));
        consent.stopped.push(Purpose::Marketing);
        assert_eq!(consent.permits(Purpose::Marketing, NOW), Err(Refusal::Stopped));
    }

    #[test]
    fn a_grant_that_is_over_leaves_what_needs_none() {
        let mut consent = Consent { until: Some(NOW), ..Consent::default() };
        consent.base = consent.allows.clone();
        consent.allows.push(Purpose::Marketing);
        assert_eq!(consent.permits(Purpose::Marketing, Timestamp(999)), Ok(()));
        assert_eq!(consent.permits(Purpose::Marketing, NOW), Err(Refusal::Lapsed));
        assert_eq!(consent.permits(Purpose::Utility, NOW), Ok(()));
    }

    #[test]
    fn a_tier_is_held_by_its_name_and_by_all_it_allows() {
        let needed = TierNeeded {
            tiers: vec!["club".to_owned(), "vip".to_owned()],
            allows: vec![Purpose::Service, Purpose::Marketing],
        };
        let mut consent = Consent { allows: Purpose::ALL.to_vec(), ..Consent::default() };
        assert_eq!(consent.holds(&needed, NOW), Err(Refusal::BelowTier));
        consent.tier = "vip".to_owned();
        assert_eq!(consent.holds(&needed, NOW), Ok(()));
        (consent.until, consent.base) = (Some(NOW), vec![Purpose::Service]);
        assert_eq!(consent.holds(&needed, NOW), Err(Refusal::Lapsed));
        consent.stopped.push(Purpose::Marketing);
        assert_eq!(consent.holds(&needed, NOW), Err(Refusal::Stopped));
    }

    #[test]
    fn the_stricter_consent_has_every_stop_and_no_extra_right() {
        let mut generous = Consent { tier: "marketing".to_owned(), ..Consent::default() };
        generous.allows.push(Purpose::Marketing);
        generous.until = Some(NOW);
        generous.base = Consent::default().allows;
        let mut stopped = Consent::default();
        stopped.stopped.push(Purpose::Utility);
        stopped.suspended = true;
        let both = generous.stricter(&stopped);
        assert_eq!(both, stopped.stricter(&generous));
        assert_eq!(both.tier, "transactional");
        assert!(both.suspended);
        assert_eq!(both.permits(Purpose::Utility, NOW), Err(Refusal::Stopped));
        assert_eq!(both.permits(Purpose::Marketing, NOW), Err(Refusal::Suspended));
        assert_eq!(both.permits(Purpose::Authentication, NOW), Ok(()));
    }
}
