//! The events of one webhook in the order in which they are taken. Pure.

use crate::model::{Alias, Event, Subject};
use std::collections::HashMap;

/// Events sorted by their stated time and parted by contact: events that share an alias belong
/// together, also by way of a third.
pub(super) fn by_contact(mut events: Vec<Event>) -> Vec<Vec<Event>> {
    events.sort_by_key(|event| event.stated_at.unwrap_or(event.at));
    let mut group_of: HashMap<Alias, usize> = HashMap::new();
    let mut groups: Vec<Vec<Event>> = Vec::new();
    for event in events {
        let aliases = match &event.subject {
            Subject::Person { aliases, .. } => aliases.clone(),
            Subject::Contact { .. } | Subject::Account => Vec::new(),
        };
        let mut known: Vec<usize> =
            aliases.iter().filter_map(|alias| group_of.get(alias).copied()).collect();
        known.sort_unstable();
        known.dedup();
        let home = known.first().copied().unwrap_or(groups.len());
        if home == groups.len() {
            groups.push(Vec::new());
        }
        // Groups found to be one person are joined; what they hold is sorted again below.
        for other in known.into_iter().skip(1) {
            let moved = groups.get_mut(other).map(std::mem::take).unwrap_or_default();
            if let Some(group) = groups.get_mut(home) {
                group.extend(moved);
                group.sort_by_key(|event| event.stated_at.unwrap_or(event.at));
            }
            for place in group_of.values_mut().filter(|place| **place == other) {
                *place = home;
            }
        }
        for alias in aliases {
            group_of.insert(alias, home);
        }
        if let Some(group) = groups.get_mut(home) {
            group.push(event);
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}
