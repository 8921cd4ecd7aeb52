//! What a contact allows, as fields that can be compared without knowing a rule.

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

/// Why a purpose is not permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The contact's tier does not reach to it.
    BelowTier,
    /// The contact said stop.
    Stopped,
    /// The contact used WhatsApp's own marketing stop.
    StoppedInWhatsApp,
}

/// A contact's consent: the tier, what it allows, and the two stops.
///
/// The purposes a tier allows are written here when the tier is given, so that a store can judge a
/// job without the rules that declared the tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The tier's id as declared in the rules.
    pub tier: String,
    /// The purposes that tier allows.
    pub allows: Vec<Purpose>,
    /// Purposes the contact has stopped; kept whatever the tier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stopped: Vec<Purpose>,
    /// WhatsApp's own marketing stop; only WhatsApp's `resume` clears it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub whatsapp_stop: bool,
}

impl Default for Consent {
    /// The tier that holds without any `[consent]`: `transactional`.
    fn default() -> Self {
        Consent {
            tier: "transactional".to_owned(),
            allows: vec![Purpose::Service, Purpose::Utility, Purpose::Authentication],
            stopped: Vec::new(),
            whatsapp_stop: false,
        }
    }
}

impl Consent {
    /// Whether a message of this purpose may go to the contact.
    ///
    /// # Errors
    /// The [`Refusal`] that forbids it; a stop is named before a missing tier.
    pub fn permits(&self, purpose: Purpose) -> Result<(), Refusal> {
        if self.stopped.contains(&purpose) {
            return Err(Refusal::Stopped);
        }
        if purpose == Purpose::Marketing && self.whatsapp_stop {
            return Err(Refusal::StoppedInWhatsApp);
        }
        if self.allows.contains(&purpose) { Ok(()) } else { Err(Refusal::BelowTier) }
    }

    /// Of two consents the stricter in everything: what both allow, what either stopped.
    #[must_use]
    pub fn stricter(&self, other: &Consent) -> Consent {
        let tier = if self.allows.len() <= other.allows.len() { &self.tier } else { &other.tier };
        let mut stopped = self.stopped.clone();
        stopped.extend(other.stopped.iter().filter(|p| !self.stopped.contains(p)));
        Consent {
            tier: tier.clone(),
            allows: self.allows.iter().copied().filter(|p| other.allows.contains(p)).collect(),
            stopped,
            whatsapp_stop: self.whatsapp_stop || other.whatsapp_stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marketing_needs_a_tier_and_no_stop() {
        let mut consent = Consent::default();
        assert_eq!(consent.permits(Purpose::Service), Ok(()));
        assert_eq!(consent.permits(Purpose::Marketing), Err(Refusal::BelowTier));
        consent.allows.push(Purpose::Marketing);
        assert_eq!(consent.permits(Purpose::Marketing), Ok(()));
        consent.whatsapp_stop = true;
        assert_eq!(consent.permits(Purpose::Marketing), Err(Refusal::StoppedInWhatsApp));
        consent.stopped.push(Purpose::Marketing);
        assert_eq!(consent.permits(Purpose::Marketing), Err(Refusal::Stopped));
    }

    #[test]
    fn the_stricter_consent_has_every_stop_and_no_extra_right() {
        let mut generous = Consent { tier: "marketing".to_owned(), ..Consent::default() };
        generous.allows.push(Purpose::Marketing);
        let mut stopped = Consent::default();
        stopped.stopped.push(Purpose::Utility);
        let both = generous.stricter(&stopped);
        assert_eq!(both, stopped.stricter(&generous));
        assert_eq!(both.tier, "transactional");
        assert_eq!(both.permits(Purpose::Utility), Err(Refusal::Stopped));
        assert_eq!(both.permits(Purpose::Marketing), Err(Refusal::BelowTier));
    }
}
