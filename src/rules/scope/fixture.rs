//! A customer, a message and an empty rule set, for the tests of scripts and texts.

use super::{Gathered, Scope};
use crate::model::*;
use crate::rules::hours::{Calendar, HoursDraft};
use crate::rules::ruleset::{Field, FieldKind, Languages, Ruleset};
use crate::rules::scripts::Scripts;
use crate::rules::texts::Texts;
use crate::rules::variables::Names;
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(crate) struct Fixture {
    pub(crate) state: State,
    pub(crate) event: Event,
    pub(crate) matched: BTreeMap<String, String>,
    pub(crate) posted: BTreeMap<String, String>,
    pub(crate) rules: Ruleset,
    pub(crate) gathered: Gathered,
}

/// Declared: fields `size` (text), `age` (number), `vip` (yes or no), `unset`; hours `office`.
pub(crate) fn names() -> Names {
    let field = |name: &str, kind| (name.to_owned(), kind);
    Names {
        fields: BTreeMap::from([
            field("size", FieldKind::Text),
            field("unset", FieldKind::Text),
            field("age", FieldKind::Number),
            field("vip", FieldKind::YesNo),
        ]),
        hours: BTreeSet::from(["office".to_owned()]),
        events: BTreeMap::new(),
    }
}

/// Jin (`XL`, 42, a VIP with two tags), third message of a session, on a Monday at 09:00 in Taipei.
pub(crate) fn fixture(scripts: Scripts, texts: Texts) -> Fixture {
    let at = Timestamp(1_772_413_200_000);
    let number = NumberId::from("1065");
    let mut state = State::new(ContactId(uuid::Uuid::from_u128(7)), number.clone(), at);
    let contact = &mut state.contact;
    contact.name = Some("Jin".to_owned());
    contact.aliases.insert(Alias::WaId("886912345678".to_owned()));
    contact.tags = BTreeSet::from(["new".to_owned(), "vip".to_owned()]);
    contact.username = Some(" ".to_owned());
    for (field, value) in [("size", "XL"), ("age", "42"), ("vip", "yes")] {
        contact.fields.insert(field.to_owned(), value.to_owned());
    }
    state.conversation.session =
        Some(Session { ordinal: 2, opened_at: at, last_at: at, turns: 3, misses: 1 });
    let message = Message {
        wamid: Wamid::from("wamid.1"),
        kind: MessageKind::Text,
        text: Some("주문 1234567".to_owned()),
        payload: None,
        reply_to: None,
        ad: None,
        group: None,
        raw: None,
    };
    let event = Event {
        id: EventId::from("wa:m:wamid.1"),
        at,
        stated_at: None,
        subject: Subject::Contact { id: state.contact.id, number },
        kind: EventKind::Message(message),
    };
    let matched = BTreeMap::from([
        ("order_no".to_owned(), "1234567".to_owned()),
        ("entry".to_owned(), "주문".to_owned()),
    ]);
    Fixture {
        state,
        event,
        matched,
        posted: BTreeMap::new(),
        rules: rules(scripts, texts),
        gathered: Gathered::default(),
    }
}

fn rules(scripts: Scripts, texts: Texts) -> Ruleset {
    let office = Calendar::parse(&HoursDraft {
        zone: "Asia/Taipei".to_owned(),
        open: vec!["mon-fri 10:00-18:00".to_owned()],
        ..HoursDraft::default()
    });
    let fields = names().fields.into_iter();
    let nothing = crate::rules::compile(
        &crate::rules::Sources::default(),
        &crate::rules::Settings::default(),
    );
    Ruleset {
        consent: nothing.ruleset.expect("nothing is wrong with no rules").consent,
        revision: String::new(),
        files: BTreeMap::new(),
        settings: crate::rules::Settings::default(),
        by_id: HashMap::new(),
        leads: HashMap::new(),
        choices: Vec::new(),
        queues: BTreeMap::new(),
        templates: BTreeMap::new(),
        notices: Default::default(),
        replies: Vec::new(),
        greeting: None,
        fallbacks: Vec::new(),
        fields: fields
            .map(|(name, kind)| (name, Field { kind, crm: None, private: false }))
            .collect(),
        language: Languages::default(),
        hours: BTreeMap::from([("office".to_owned(), office.unwrap())]),
        matcher: crate::rules::matcher::MatcherBuilder::default().build().expect("no entries fit"),
        groups: Vec::new(),
        regex_set: regex::RegexSet::empty(),
        regex_rules: Vec::new(),
        payloads: HashMap::new(),
        always: Vec::new(),
        forms: BTreeMap::new(),
        scripts,
        texts,
        tests: Vec::new(),
        lists: BTreeMap::new(),
    }
}

impl Fixture {
    pub(crate) fn scope(&self) -> Scope<'_> {
        let message = match &self.event.kind {
            EventKind::Message(message) => Some(message),
            _ => None,
        };
        Scope {
            state: &self.state,
            event: &self.event,
            message,
            matched: &self.matched,
            posted: &self.posted,
            lookup: None,
            language: "en",
            gathered: &self.gathered,
            rules: &self.rules,
        }
    }
}
