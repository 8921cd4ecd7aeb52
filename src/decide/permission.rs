//! Whether a rule may speak as its `purpose` and `consent` say: the same that commit and claim
//! judge, asked before, so that another rule can answer.

use super::clock_time;
use super::occasion::Occasion;
use crate::model::{Consent, Purpose, Refusal, TierNeeded, Timestamp};
use crate::rules::ruleset::Reply;

/// Whether the contact holds the tier that `consent` asks for, or a higher one, and what it allows
/// is neither stopped nor over.
///
/// # Errors
/// The reason in words.
pub(super) fn holds_tier(occasion: &Occasion<'_>, wanted: &str) -> Result<(), String> {
    let consent = &occasion.now.contact.consent;
    let tiers = &occasion.rules.consent.tiers;
    let place = |id: &str| tiers.iter().position(|tier| tier.id == id);
    let Some(needed) = place(wanted) else {
        return Err(format!("consent: there is no tier `{wanted}`"));
    };
    if place(&consent.tier).is_none_or(|held| held < needed) {
        return Err(format!("consent: the tier is `{}`, not `{wanted}`", consent.tier));
    }
    let allows = tiers.get(needed).map(|tier| tier.allows.as_slice()).unwrap_or_default();
    for purpose in allows {
        permits(occasion, consent, *purpose).map_err(|why| format!("consent: {why}"))?;
    }
    Ok(())
}

/// What commit and claim judge of a rule that asks for this tier; none where the rules have no such
/// tier, for then it does not speak.
pub(super) fn needed(occasion: &Occasion<'_>, wanted: &str) -> Option<TierNeeded> {
    let tiers = &occasion.rules.consent.tiers;
    let place = tiers.iter().position(|tier| tier.id == wanted)?;
    let mut above = tiers.iter().skip(place);
    let tier = above.next()?;
    let names = std::iter::once(tier).chain(above).map(|tier| tier.id.clone());
    Some(TierNeeded { tiers: names.collect(), allows: tier.allows.clone() })
}

/// Whether a rule may speak as its `consent` and its `purpose` say, now. Asked wherever a rule comes to
/// speak, by its own trigger or because another led to it: `go` passes over triggers, but not over
/// what the customer allows.
///
/// # Errors
/// The reason in words.
pub(super) fn may_speak(occasion: &Occasion<'_>, reply: &Reply) -> Result<(), String> {
    if let Some(tier) = &reply.trigger.consent {
        holds_tier(occasion, tier)?;
    }
    let Some(purpose) = reply.purpose else { return Ok(()) };
    let contact = &occasion.now.contact;
    permits(occasion, &contact.consent, purpose).map_err(|why| format!("purpose: {why}"))?;
    match quiet_until(occasion, purpose) {
        Some(end) => {
            let end = clock_time::in_words(occasion.rules, end);
            Err(format!("purpose: quiet hours, they end {end}"))
        }
        None => Ok(()),
    }
}

/// When the quiet hours end that keep a message of this purpose now.
pub(super) fn quiet_until(occasion: &Occasion<'_>, purpose: Purpose) -> Option<Timestamp> {
    let quiet = occasion.rules.quiet_hours().filter(|_| purpose == Purpose::Marketing);
    quiet?.end_for(&occasion.now.contact, occasion.event.at)
}

/// Whether a consent allows this purpose now.
///
/// # Errors
/// The reason in words.
pub(super) fn permits(
    occasion: &Occasion<'_>,
    consent: &Consent,
    purpose: Purpose,
) -> Result<(), String> {
    let name = purpose.as_str();
    consent.permits(purpose, occasion.event.at).map_err(|refusal| match refusal {
        Refusal::BelowTier => format!("the tier `{}` does not allow {name}", consent.tier),
        Refusal::Lapsed => format!("what allowed {name} was granted, and is over"),
        Refusal::Stopped => format!("the contact stopped {name}"),
        Refusal::Suspended => {
            format!("{name} is suspended until the contact says whether to stop it")
        }
        Refusal::StoppedInWhatsApp => format!("the contact stopped {name} in WhatsApp"),
    })
}
