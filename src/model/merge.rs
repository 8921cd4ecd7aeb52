//! Two contacts found to be one person.

use super::{Contact, Conversation, HandOff, OpenMenu, Owner, RuleId, Session, Task, Timestamp};
use std::collections::BTreeMap;

/// The one contact two turn out to be. The older keeps its id; consent is the stricter, tags and
/// aliases the union, values of the contact heard from last win. The version is the older's: the
/// store raises it when it writes.
///
/// Pure, and the same whichever way round it is called.
#[must_use]
pub fn merge(left: &Contact, right: &Contact) -> Contact {
    let (older, younger) = if (left.created_at, left.id) <= (right.created_at, right.id) {
        (left, right)
    } else {
        (right, left)
    };
    let (fresh, stale) = if younger.last_event_at >= older.last_event_at {
        (younger, older)
    } else {
        (older, younger)
    };
    let mut fields = stale.fields.clone();
    fields.extend(fresh.fields.iter().map(|(name, value)| (name.clone(), value.clone())));
    Contact {
        id: older.id,
        version: older.version,
        created_at: older.created_at,
        last_event_at: fresh.last_event_at,
        aliases: older.aliases.union(&younger.aliases).cloned().collect(),
        reach: fresh.reach.clone().or_else(|| stale.reach.clone()),
        name: fresh.name.clone().or_else(|| stale.name.clone()),
        username: fresh.username.clone().or_else(|| stale.username.clone()),
        language: fresh.language.clone().or_else(|| stale.language.clone()),
        heard: fresh.heard.clone().or_else(|| stale.heard.clone()),
        zone: fresh.zone.clone().or_else(|| stale.zone.clone()),
        tags: older.tags.union(&younger.tags).cloned().collect(),
        fields,
        consent: older.consent.stricter(&younger.consent),
        // Whatever either was asked was asked of somebody else.
        withdrawals: older.withdrawals.saturating_add(younger.withdrawals).saturating_add(1),
        messages: older.messages.saturating_add(younger.messages),
        greeted: older.greeted || younger.greeted,
        snapshot_day: older.snapshot_day.min(younger.snapshot_day),
    }
}

/// The one conversation two on the same number turn out to be: the later window, the session, the
/// question and the menu of the one heard from last, every cool-down with its later end; a person
/// who owns either owns both.
#[must_use]
pub fn merge_conversations(left: &Conversation, right: &Conversation) -> Conversation {
    let (fresh, stale) =
        if last_at(right) >= last_at(left) { (right, left) } else { (left, right) };
    Conversation {
        number: fresh.number.clone(),
        window_from: fresh.window_from.max(stale.window_from),
        session: fresh.session.clone().or_else(|| stale.session.clone()),
        question: fresh.question.clone().or_else(|| stale.question.clone()),
        menu: menu(fresh, stale),
        cooldowns: cooldowns(fresh, stale),
        owner: stronger(&fresh.owner, &stale.owner),
        held: fresh.held || stale.held,
        // A yes to a question that was asked of one of them says nothing for both.
        consent_asked: None,
        asked_after: 0,
        handoff: of_owner(fresh, stale),
        form: fresh.form.clone().or_else(|| stale.form.clone()),
        follow_up: fresh.follow_up.clone().or_else(|| stale.follow_up.clone()),
        scheduled: joined(&fresh.scheduled, &stale.scheduled),
        lookups: joined(&fresh.lookups, &stale.lookups),
        storm: if fresh.storm.silent_until >= stale.storm.silent_until {
            fresh.storm.clone()
        } else {
            stale.storm.clone()
        },
    }
}

/// An older menu stays open only where nothing was asked since.
fn menu(fresh: &Conversation, stale: &Conversation) -> Option<OpenMenu> {
    let older = stale.menu.as_ref().filter(|_| fresh.question.is_none());
    fresh.menu.as_ref().or(older).cloned()
}

fn cooldowns(fresh: &Conversation, stale: &Conversation) -> BTreeMap<RuleId, Timestamp> {
    let mut joined = stale.cooldowns.clone();
    for (rule, until) in &fresh.cooldowns {
        let end = joined.entry(rule.clone()).or_insert(*until);
        *end = (*end).max(*until);
    }
    joined
}

fn last_at(conversation: &Conversation) -> Option<Timestamp> {
    let session = conversation.session.as_ref().map(|Session { last_at, .. }| *last_at);
    session.max(conversation.window_from)
}

/// The hand-off of whoever owns them, with the tasks of both.
fn of_owner(fresh: &Conversation, stale: &Conversation) -> Option<HandOff> {
    let owner = stronger(&fresh.owner, &stale.owner);
    let (first, other) = if owner == fresh.owner { (fresh, stale) } else { (stale, fresh) };
    let tasks = other.handoff.iter().flat_map(|handoff| &handoff.tasks).cloned();
    let tasks: Vec<Task> = tasks.collect();
    let handoff = first.handoff.as_ref()?;
    Some(HandOff { tasks: joined(&handoff.tasks, &tasks), ..handoff.clone() })
}

/// What both wait for, once each.
fn joined<T: Clone + PartialEq>(fresh: &[T], stale: &[T]) -> Vec<T> {
    let more = stale.iter().filter(|one| !fresh.contains(one));
    fresh.iter().chain(more).cloned().collect()
}

/// An agent before a waiting queue before the bot.
fn stronger(fresh: &Owner, stale: &Owner) -> Owner {
    let rank = |owner: &Owner| match owner {
        Owner::Agent { .. } => 2,
        Owner::Waiting { .. } => 1,
        Owner::Bot => 0,
    };
    if rank(stale) > rank(fresh) { stale.clone() } else { fresh.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Alias, ContactId, Purpose};
    use uuid::Uuid;

    fn contact(id: u128, created: i64) -> Contact {
        let mut contact = Contact::new(ContactId(Uuid::from_u128(id)), Timestamp(created));
        contact.aliases.insert(Alias::WaId(id.to_string()));
        contact
    }

    #[test]
    fn the_older_stays_and_the_stricter_consent_wins() {
        let mut older = contact(9, 1_000);
        older.tags.insert("vip".to_owned());
        older.name = Some("Jin".to_owned());
        older.last_event_at = Timestamp(5_000);
        let mut younger = contact(1, 2_000);
        younger.consent.stopped.push(Purpose::Marketing);
        younger.name = Some("Jin Park".to_owned());
        younger.last_event_at = Timestamp(6_000);
        let one = merge(&older, &younger);
        assert_eq!(one, merge(&younger, &older));
        assert_eq!(one.id, older.id);
        assert_eq!(one.name.as_deref(), Some("Jin Park"));
        assert_eq!(one.aliases.len(), 2);
        assert!(one.tags.contains("vip"));
        assert!(one.consent.permits(Purpose::Marketing, Timestamp(0)).is_err());
    }

    #[test]
    fn a_person_who_owns_either_owns_both() {
        let mut bot = Conversation::new("1".into());
        bot.window_from = Some(Timestamp(9));
        let mut human = Conversation::new("1".into());
        human.window_from = Some(Timestamp(3));
        human.owner = Owner::Agent { name: "Mei".to_owned() };
        let one = merge_conversations(&bot, &human);
        assert_eq!(one.owner, human.owner);
        let task = |version: u64| Task {
            notify: "order".into(),
            version,
            why: "template".to_owned(),
            said: "Order 1".to_owned(),
        };
        let handoff = |tasks: Vec<Task>| HandOff {
            queue: "care".to_owned(),
            rule: "order".into(),
            since: Timestamp(1),
            deadline: None,
            escalated: Vec::new(),
            taken_at: None,
            last_at: Timestamp(1),
            ends_at: None,
            tasks,
        };
        let mut queued = Conversation::new("1".into());
        queued.owner = Owner::Waiting { queue: "care".to_owned() };
        queued.handoff = Some(handoff(vec![task(1), task(2)]));
        let mut human = human;
        human.handoff = Some(handoff(vec![task(2), task(3)]));
        let both = merge_conversations(&queued, &human).handoff.unwrap();
        assert_eq!(both.tasks, [task(2), task(3), task(1)]);
        assert_eq!(one.window_from, Some(Timestamp(9)));
    }

    #[test]
    fn the_later_menu_and_the_later_end_of_every_cool_down_stay() {
        let menu = |rule: &str| OpenMenu {
            rule: rule.into(),
            choices: vec!["a".to_owned()],
            numbered: true,
            until: None,
        };
        let mut stale = Conversation::new("1".into());
        stale.window_from = Some(Timestamp(3));
        stale.menu = Some(menu("old"));
        stale.cool(&"a".into(), Timestamp(50), Timestamp(1));
        stale.cool(&"b".into(), Timestamp(20), Timestamp(1));
        let mut fresh = Conversation::new("1".into());
        fresh.window_from = Some(Timestamp(9));
        fresh.cool(&"a".into(), Timestamp(40), Timestamp(1));
        let one = merge_conversations(&stale, &fresh);
        assert_eq!(one, merge_conversations(&fresh, &stale));
        assert_eq!(one.menu, Some(menu("old")));
        let ends: Vec<i64> = one.cooldowns.values().map(|until| until.millis()).collect();
        assert_eq!(ends, [50, 20]);
        fresh.menu = Some(menu("new"));
        assert_eq!(merge_conversations(&stale, &fresh).menu, Some(menu("new")));
    }
}
