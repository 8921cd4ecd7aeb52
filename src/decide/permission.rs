//! Whether a rule may speak as its `purpose` and `consent` say: the same that commit and claim
//! judge, asked before, so that another rule can answer.

use super::clock_time;
use super::hearing::Hearing;
use crate::model::{Consent, Purpose, Refusal};
use crate::rules::ruleset::Reply;

/// Whether the contact holds the tier that `consent` asks for, or a higher one, and what it allows
/// is neither stopped nor over.
///
/// # Errors
/// The reason in words.
fn holds_tier(hearing: &Hearing<'_>, wanted: &str) -> Result<(), String> {
    let consent = &hearing.now.contact.consent;
    let tiers = &hearing.rules.consent.tiers;
    let place = |id: &str| tiers.iter().position(|tier| tier.id == id);
    let Some(needed) = place(wanted) else {
        return Err(format!("consent: there is no tier `{wanted}`"));
    };
    if place(&consent.tier).is_none_or(|held| held < needed) {
        return Err(format!("consent: the tier is `{}`, not `{wanted}`", consent.tier));
    }
    let allows = tiers.get(needed).map(|tier| tier.allows.as_slice()).unwrap_or_default();
    for purpose in allows {
        permits(hearing, consent, *purpose).map_err(|why| format!("consent: {why}"))?;
    }
    Ok(())
}

/// Whether a rule may speak as its `consent` and its `purpose` say, now. Asked wherever a rule comes to
/// speak, by its own trigger or because another led to it: `go` passes over triggers, but not over
/// what the customer allows.
///
/// # Errors
/// The reason in words.
pub(super) fn may_speak(hearing: &Hearing<'_>, reply: &Reply) -> Result<(), String> {
    if let Some(tier) = &reply.trigger.consent {
        holds_tier(hearing, tier)?;
    }
    let Some(purpose) = reply.purpose else { return Ok(()) };
    let contact = &hearing.now.contact;
    permits(hearing, &contact.consent, purpose).map_err(|why| format!("purpose: {why}"))?;
    let quiet = hearing.rules.consent.quiet.as_ref().filter(|_| purpose == Purpose::Marketing);
    match quiet.and_then(|quiet| quiet.end_for(contact, hearing.event.at)) {
        Some(end) => {
            let end = clock_time::in_words(hearing.rules, end);
            Err(format!("purpose: quiet hours, they end {end}"))
        }
        None => Ok(()),
    }
}

fn permits(hearing: &Hearing<'_>, consent: &Consent, purpose: Purpose) -> Result<(), String> {
    let name = purpose.as_str();
    consent.permits(purpose, hearing.event.at).map_err(|refusal| match refusal {
        Refusal::BelowTier => format!("the tier `{}` does not allow {name}", consent.tier),
        Refusal::Lapsed => format!("what allowed {name} was granted, and is over"),
        Refusal::Stopped => format!("the contact stopped {name}"),
        Refusal::Suspended => {
            format!("{name} is suspended until the contact says whether to stop it")
        }
        Refusal::StoppedInWhatsApp => format!("the contact stopped {name} in WhatsApp"),
    })
}
