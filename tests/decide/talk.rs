//! One customer talking to a small rule set, on a clock of their own.
#![expect(clippy::panic, clippy::expect_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use usherd::decide::{Decision, check, decide, explain};
use usherd::model::{
    Alias, ContactId, Content, Effect, Event, EventKind, JobId, Message, MessageKind, Profile,
    SendOutcome, State, Subject, TimerKey, TimerKind, Timestamp, Verdict, Wamid,
};
use usherd::rules::settings::StormGuards;
use usherd::rules::{Ruleset, Settings, Sources};

pub const START: Timestamp = Timestamp(1_790_000_000_000);

pub fn rules(toml: &str) -> Arc<Ruleset> {
    rules_with(&[("shop.toml", toml)])
}

pub fn rules_with(files: &[(&str, &str)]) -> Arc<Ruleset> {
    let files: BTreeMap<String, Arc<[u8]>> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().into())).collect();
    // Most conversations say the same again and again; `storm` has the guards on.
    let storm = StormGuards {
        replies_per_minute: 1_000,
        same_text: 100,
        same_text_within: Duration::from_secs(1),
    };
    rules_under(Settings { storm, ..Settings::default() }, files)
}

/// Under the settings of an installation.
pub fn rules_under(settings: Settings, files: BTreeMap<String, Arc<[u8]>>) -> Arc<Ruleset> {
    let checked = check(&Sources { files, ..Sources::default() }, &settings);
    let found: Vec<_> = checked.diagnostics.iter().map(|d| (&d.message, &d.places)).collect();
    checked.ruleset.unwrap_or_else(|| panic!("the rules are refused: {found:#?}"))
}

/// One customer talking, on a clock of their own.
pub struct Talk {
    pub rules: Arc<Ruleset>,
    pub state: State,
    pub at: Timestamp,
    pub aliases: Vec<Alias>,
    /// What is decided is not sent.
    pub sleeps: bool,
    sent: u32,
}

impl Talk {
    pub fn new(rules: Arc<Ruleset>) -> Talk {
        let state = State::new(ContactId(uuid::Uuid::from_u128(1)), "100".into(), START);
        let aliases = vec![Alias::WaId("351910000001".to_owned())];
        Talk { rules, state, at: START, aliases, sleeps: false, sent: 0 }
    }

    pub fn wait(&mut self, span: Duration) {
        self.at = self.at.plus(span);
    }

    pub fn message(&mut self, kind: MessageKind, text: Option<&str>) -> Message {
        self.sent += 1;
        Message {
            wamid: Wamid::from(format!("wamid.{}", self.sent)),
            kind,
            text: text.map(str::to_owned),
            payload: None,
            reply_to: None,
            ad: None,
            group: None,
            raw: None,
        }
    }

    pub fn event(&self, kind: EventKind) -> Event {
        Event {
            id: format!("wa:m:{}", self.sent).into(),
            at: self.at,
            stated_at: Some(self.at),
            subject: Subject::Person {
                aliases: self.aliases.clone(),
                number: "100".into(),
                profile: Profile { name: Some("Ana".to_owned()), username: None },
            },
            kind,
        }
    }

    pub fn take(&mut self, event: &Event) -> Decision {
        let decision = decide(&self.rules, &self.state, event);
        assert_eq!(
            decision,
            decide(&self.rules, &self.state, event),
            "deciding twice is deciding once"
        );
        let next = self.state.after(&decision.changes);
        assert_eq!(
            self.state.after(&through_json(&decision.changes)),
            next,
            "the journal tells it"
        );
        assert_eq!(through_json(&next), next, "the store keeps it");
        self.state = next;
        self.accept(&decision);
        decision
    }

    /// WhatsApp takes a question about consent, unless the outbox sleeps.
    fn accept(&mut self, decision: &Decision) {
        let asks = |effect: &Effect| effect.rule().as_str().starts_with("consent.");
        if !self.sleeps && decision.effects.iter().any(asks) {
            self.report(SendOutcome::Accepted { wamid: "wamid.out".into(), wa_id: None });
        }
    }

    /// The outbox reports what became of the message decided last, whose sending began now.
    pub fn report(&mut self, outcome: SendOutcome) {
        // What decides a step gives it the next version.
        self.state.contact.version += 1;
        let (contact, version) = (self.state.contact.id, self.state.contact.version);
        let job = JobId { contact, version, index: 0 };
        let (since, rule) = (Some(self.at), None);
        let mut event =
            self.event(EventKind::Sent { job, outcome, since, rule, replaced: false, said: None });
        event.stated_at = None;
        self.state = self.state.after(&decide(&self.rules, &self.state, &event).changes);
    }

    pub fn hear(&mut self, text: &str) -> Decision {
        let message = self.message(MessageKind::Text, Some(text));
        let event = self.event(EventKind::Message(message));
        self.take(&event)
    }

    /// Taps a button, a row or a choice that shows this title.
    pub fn tap(&mut self, id: &str, title: &str) -> Decision {
        let mut message = self.message(MessageKind::Button, Some(title));
        message.payload = Some(id.to_owned());
        let event = self.event(EventKind::Message(message));
        self.take(&event)
    }

    /// Sends something without a text.
    pub fn send(&mut self, kind: MessageKind) -> Decision {
        let message = self.message(kind, None);
        let event = self.event(EventKind::Message(message));
        self.take(&event)
    }

    /// A timer of the conversation rings, now.
    pub fn ring(&mut self, kind: TimerKind, due: Timestamp) -> Decision {
        let (contact, number) = (self.state.contact.id, "100".into());
        let key = TimerKey { contact, number, kind, name: String::new() };
        let event = self.event(EventKind::Timer { key, due });
        self.take(&event)
    }

    /// Why a rule would win or not, were this said now.
    pub fn why(&mut self, text: &str, rule: &str) -> String {
        let message = self.message(MessageKind::Text, Some(text));
        let event = self.event(EventKind::Message(message));
        let explained = explain(&self.rules, &self.state, &event);
        explained.rules.into_iter().find(|e| e.rule.as_str() == rule).expect("a rule").reason
    }

    /// Says something; gives who won and what is answered.
    pub fn say(&mut self, text: &str) -> (String, Vec<String>) {
        let decision = self.hear(text);
        (verdict(&decision), texts(&decision))
    }
}

pub fn verdict(decision: &Decision) -> String {
    match &decision.verdict {
        Verdict::Won(rule) => rule.to_string(),
        Verdict::Fallback(Some(rule)) => rule.to_string(),
        other => format!("{other:?}"),
    }
}

pub fn texts(decision: &Decision) -> Vec<String> {
    let said = |effect: &Effect| {
        let Effect::Send { content, .. } = effect else { panic!("no message") };
        content.in_words()
    };
    decision.effects.iter().map(said).collect()
}

pub fn contents(decision: &Decision) -> Vec<Content> {
    let content = |effect: &Effect| {
        let Effect::Send { content, .. } = effect else { panic!("no message") };
        content.clone()
    };
    decision.effects.iter().map(content).collect()
}

/// The labels counted under a name.
pub fn counted(decision: &Decision, what: &str) -> Vec<String> {
    let tallies = decision.tallies.iter().filter(|tally| tally.what == what);
    tallies.map(|tally| tally.label.clone()).collect()
}

fn through_json<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    let json = serde_json::to_string(value).expect("it is written");
    serde_json::from_str(&json).expect("it is read again")
}
