//! What the business's own systems send, as the API hands it on.

use crate::history::{Update, Zone};
use std::collections::BTreeMap;
use std::time::Duration;
use usherd::model::{ConsentUpdate, ContactUpdate, Outbound, Purpose, Stated, Stops, Timestamp};

/// What they say of where somebody lives.
pub fn lives(zone: Option<Zone>) -> Stated {
    Stated { zone: zone.map(|zone| zone.name().to_owned()), ..Stated::default() }
}

/// A contact changed by the API.
pub fn updated(update: Update, below: &str, now: Timestamp) -> ContactUpdate {
    let nothing = ConsentUpdate { tier: None, stop: None, source: None, at: None, version: None };
    let tier = |tier: &str| ConsentUpdate { tier: Some(tier.to_owned()), ..nothing.clone() };
    let stop = |stop| Some(ConsentUpdate { stop: Some(stop), ..nothing.clone() });
    let (zone, consent) = match update {
        Update::Lives(zone) => (Some(zone), None),
        Update::Lowers => (None, Some(tier(below))),
        Update::RaisesUnproven => (None, Some(tier("marketing"))),
        Update::Raises(days) => {
            let at = Some(now.minus(Duration::from_secs(days * 86_400)));
            let (source, version) = (Some("web form".to_owned()), Some("2026-11".to_owned()));
            (None, Some(ConsentUpdate { source, at, version, ..tier("marketing") }))
        }
        Update::Stops => (None, stop(Stops::Marketing)),
        Update::StopsAll => (None, stop(Stops::All)),
    };
    let (source, by) = ("api".to_owned(), "crm".to_owned());
    ContactUpdate { person: lives(zone), consent, source, by, ..ContactUpdate::default() }
}

/// A message somebody asks for, who says truly what it is.
pub fn asked(text: bool, template: bool, advertises: bool) -> Outbound {
    let (body, name, purpose) = if advertises {
        ("[n][m] by the API", "n_sale", Purpose::Marketing)
    } else {
        ("[n][u] by the API", "n_ready", Purpose::Utility)
    };
    Outbound {
        text: text.then(|| body.to_owned()),
        template: template.then(|| name.to_owned()),
        params: BTreeMap::new(),
        purpose,
        person: Stated::default(),
        by: "crm".to_owned(),
    }
}
