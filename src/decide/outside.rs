//! Consent changed from outside (the API, an import, a CRM): it is lowered at once, and raised only
//! with all that proves it.

use crate::model::{
    Consent, ConsentAct, ConsentUpdate, EventId, LedgerEntry, NumberId, Purpose, Timestamp,
};
use crate::rules::Ruleset;
use crate::rules::consenting::{Tier, stopped_by};
use crate::rules::suggest;

/// When and by whom a consent is changed from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion<'a> {
    /// When usher takes it to have happened.
    pub at: Timestamp,
    /// The event that brought it.
    pub event: &'a EventId,
    /// On which of our numbers.
    pub number: Option<&'a NumberId>,
    /// Where it comes from where the update names no source of its own: `api`, a connector.
    pub source: &'a str,
    /// Whose token.
    pub by: Option<&'a str>,
}

/// What a consent is after an update from outside, with its line in the ledger; `None` where nothing
/// changes. Only the customer's own words take a stop back.
///
/// # Errors
/// Why it is refused, with what to do, for whoever called.
pub fn from_outside(
    rules: &Ruleset,
    now: &Consent,
    update: &ConsentUpdate,
    occasion: &Occasion<'_>,
) -> Result<Option<(Consent, LedgerEntry)>, String> {
    let mut next = now.clone();
    let stops = update.stop.map(stopped_by).unwrap_or_default();
    next.stopped.extend(stops.iter().filter(|purpose| !now.stopped.contains(purpose)));
    if stops.contains(&Purpose::Marketing) {
        next.suspended = false;
    }
    let mut act = ConsentAct::Lowered;
    if let Some(id) = &update.tier {
        let tier = known(rules, id)?;
        if is_lower(now, tier, occasion.at) {
            next = lowered(next, tier);
        } else if tier.id != now.tier || proof(update).is_ok() || lapsed(now, occasion.at) {
            next = raised(rules, now, tier, update, occasion)?;
            act = ConsentAct::Raised;
        }
    }
    if next == *now {
        return Ok(None);
    }
    let entry = LedgerEntry {
        at: occasion.at,
        event: occasion.event.clone(),
        act,
        tier: next.tier.clone(),
        stops: update.stop,
        source: update.source.clone().unwrap_or_else(|| occasion.source.to_owned()),
        version: update.version.clone(),
        stated_at: update.at,
        number: occasion.number.cloned(),
        by: occasion.by.map(str::to_owned),
    };
    Ok(Some((next, entry)))
}

fn known<'a>(rules: &'a Ruleset, id: &str) -> Result<&'a Tier, String> {
    rules.consent.tier(id).ok_or_else(|| {
        let known = rules.consent.tiers.iter().map(|tier| tier.id.as_str());
        let help = suggest::help(id, known, "the tiers");
        format!("there is no tier `{id}`: {help}")
    })
}

fn lapsed(now: &Consent, at: Timestamp) -> bool {
    now.until.is_some_and(|until| at >= until)
}

/// Whether a tier allows nothing that is not allowed now, stops left aside, and is another one.
fn is_lower(now: &Consent, tier: &Tier, at: Timestamp) -> bool {
    let allowed = if lapsed(now, at) { &now.base } else { &now.allows };
    tier.id != now.tier && tier.allows.iter().all(|p| allowed.contains(p) && now.allows.contains(p))
}

/// The lower tier lasts no longer than what it is a part of.
fn lowered(now: Consent, tier: &Tier) -> Consent {
    let needs_grant = tier.allows.iter().any(|purpose| !now.base.contains(purpose));
    let until = now.until.filter(|_| needs_grant);
    let base = if until.is_some() { now.base } else { Vec::new() };
    Consent { tier: tier.id.clone(), allows: tier.allows.clone(), until, base, ..now }
}

fn raised(
    rules: &Ruleset,
    now: &Consent,
    tier: &Tier,
    update: &ConsentUpdate,
    occasion: &Occasion<'_>,
) -> Result<Consent, String> {
    if update.stop.is_some() {
        return Err("a stop and a higher tier at once: send one of the two".to_owned());
    }
    let at = proof(update)?;
    if at > occasion.at {
        return Err("`at` lies in the future: write when they agreed".to_owned());
    }
    let is_stopped = tier.allows.iter().any(|purpose| now.stopped.contains(purpose));
    let is_suspended = now.suspended && tier.allows(Purpose::Marketing);
    if is_stopped || is_suspended {
        return Err("the contact said stop: only their own words take it back".to_owned());
    }
    if now.no_at.is_some_and(|no| at <= no) {
        return Err(
            "the contact said no, or was lowered, after that: they have to agree anew".to_owned()
        );
    }
    let next = rules.consent.granted(now, tier, at);
    if lapsed(&next, occasion.at) {
        return Err(format!("what they agreed to is over: `{}` has to be renewed", tier.id));
    }
    let is_shorter = next.tier == now.tier && next.until < now.until && !lapsed(now, occasion.at);
    if is_shorter && next.until.is_some() {
        return Ok(now.clone());
    }
    Ok(next)
}

/// When they agreed, if source, time and version are all there.
fn proof(update: &ConsentUpdate) -> Result<Timestamp, String> {
    let missing = [
        ("source", update.source.as_deref().is_none_or(|source| source.trim().is_empty())),
        ("at", update.at.is_none()),
        ("version", update.version.as_deref().is_none_or(|version| version.trim().is_empty())),
    ];
    let missing: Vec<&str> =
        missing.into_iter().filter_map(|(key, is_missing)| is_missing.then_some(key)).collect();
    match (update.at, suggest::listed(missing.iter().copied())) {
        (Some(at), None) => Ok(at),
        (_, listed) => Err(format!(
            "consent is raised only with where, when and to which wording they agreed: {} missing",
            listed.unwrap_or_else(|| "`at`".to_owned())
        )),
    }
}
