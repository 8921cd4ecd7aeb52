//! What deciding one message costs: a plain answer, many conditions, a choice typed for a menu.
//!
//! `cargo bench --bench deciding`. Conditions name the contact, the session and the hours, which are
//! copied once a message; the figure to look at is what one more condition costs.

#![expect(clippy::expect_used, reason = "a bench may stop")]

use divan::{Bencher, black_box};
use std::fmt::Write;
use std::sync::Arc;
use usherd::decide::{check, decide};
use usherd::model::{
    Alias, ContactId, Event, EventKind, Message, MessageKind, OpenMenu, Profile, State, Subject,
    Timestamp, Wamid,
};
use usherd::rules::{Ruleset, Settings, Sources};

fn main() {
    divan::main();
}

const AT: Timestamp = Timestamp(1_790_000_000_000);

fn rules(toml: &str) -> Arc<Ruleset> {
    let sources = Sources::default().with("rules.toml", toml);
    check(&sources, &Settings::default()).ruleset.expect("good rules")
}

fn state() -> State {
    let mut state = State::new(ContactId(uuid::Uuid::from_u128(1)), "100".into(), AT);
    state.contact.greeted = true;
    state.contact.tags.extend(["vip", "new", "order"].map(str::to_owned));
    state
}

fn said(text: &str) -> Event {
    Event {
        id: "wa:m:wamid.1".into(),
        at: AT,
        stated_at: Some(AT),
        subject: Subject::Person {
            aliases: vec![Alias::WaId("351910000001".to_owned())],
            number: "100".into(),
            profile: Profile::default(),
        },
        kind: EventKind::Message(Message {
            wamid: Wamid::from("wamid.1"),
            kind: MessageKind::Text,
            text: Some(text.to_owned()),
            payload: None,
            reply_to: None,
            ad: None,
            group: None,
            raw: None,
        }),
    }
}

#[divan::bench]
fn plain_answer(bencher: Bencher) {
    let rules = rules("[[reply]]\nid = \"a\"\nwords = [\"hello\"]\ntext = \"Hello.\"\n");
    let (state, event) = (state(), said("hello there"));
    bencher.bench(|| decide(black_box(&rules), &state, &event));
}

#[divan::bench(args = [1, 10, 100])]
fn conditions(bencher: Bencher, count: usize) {
    let mut toml =
        String::from("[hours.shop]\nzone = \"Asia/Taipei\"\nopen = [\"mon-fri 09:00-18:00\"]\n");
    for number in 0..count {
        write!(
            toml,
            "[[reply]]\nid = \"r{number}\"\nwords = [\"hello\"]\ntext = \"Hello.\"\n\
             when = \"contact.messages > {number} && session.turns < 0\"\n"
        )
        .expect("it is a string");
    }
    let (rules, event) = (rules(&toml), said("hello there"));
    let mut state = state();
    state.contact.messages = 1_000;
    bencher.bench(|| decide(black_box(&rules), &state, &event));
}

#[divan::bench(args = ["2", "2번이요", "repairs", "something else"])]
fn typed_choice(bencher: Bencher, text: &str) {
    let rules = rules(
        "[[reply]]\nid = \"menu\"\nwords = [\"menu\"]\ntext = \"Which?\"\nnumbered = true\n\
         choices = [{ id = \"o\", title = \"Orders\", go = \"a\" }, \
         { id = \"r\", title = \"Repairs\", go = \"a\" }]\n\
         [[reply]]\nid = \"a\"\nwords = [\"hello\"]\ntext = \"Hello.\"\n",
    );
    let mut state = state();
    state.conversation.session = Some(usherd::model::Session {
        ordinal: 1,
        opened_at: AT,
        last_at: AT,
        turns: 1,
        misses: 0,
    });
    let choices = vec!["o".to_owned(), "r".to_owned()];
    state.conversation.menu =
        Some(OpenMenu { rule: "menu".into(), choices, numbered: true, until: None });
    let event = said(text);
    bencher.bench(|| decide(black_box(&rules), &state, &event));
}
