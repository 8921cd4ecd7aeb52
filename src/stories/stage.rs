//! The stage of one test: a store in memory, a turn, a clock, and one customer on it.

use super::StoryError;
use super::beginning::{ADDRESS, begins};
use crate::clock::{Clock, ManualClock};
use crate::decide;
use crate::limits;
use crate::metrics::Metrics;
use crate::model::{
    Alias, Call, ContactId, Content, DeskAct, Echo, Effect, Emitted, Event, EventId, EventKind,
    Job, LookedUp, LookupOutcome, Message, MessageKind, NumberId, Owner, Posted, Profile, Record,
    RuleId, SendOutcome, State, Stated, Subject, Timer, TimerKey, Timestamp, Verdict, Wamid,
};
use crate::rules::Ruleset;
use crate::rules::story::{Input, Story, StoryTurn};
use crate::store::memory::Memory;
use crate::store::{Claimed, Commit, Committed, Store, StoreError, Terms, Write};
use crate::turn::{Decided, Turn};
use futures_util::FutureExt;
use serde_json::json;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;
use uuid::Uuid;

/// Who acts as agent and as caller of the API.
const ACTOR: &str = "test";

/// Jobs and timers looked at in one go.
const AT_ONCE: usize = 100;

/// What was seen of a turn.
#[derive(Debug)]
pub(super) struct Seen {
    /// The state before what happens in it, after the time has passed.
    pub before: State,
    /// The state after it.
    pub after: State,
    /// The tier of consent after it that may be used.
    pub tier: String,
    /// Everything decided, in order.
    pub decided: Vec<Arc<Decided>>,
    /// What was sent, in order, and the rules it is of.
    pub said: Vec<(RuleId, Content)>,
    /// What was told to the business's systems.
    pub emitted: Vec<Emitted>,
}

/// A test being played.
pub(super) struct Stage {
    turn: Turn,
    store: Arc<Memory>,
    clock: Arc<ManualClock>,
    live: broadcast::Receiver<Arc<Decided>>,
    contact: ContactId,
    number: NumberId,
    /// Events so far: each has its own id.
    events: u64,
    /// What the customer could tap so far: the kind of a tap and its title, by id.
    offered: BTreeMap<String, (MessageKind, String)>,
    /// Timers that rang; what a decision leaves standing does not ring twice.
    rung: Vec<Timer>,
    decided: Vec<Arc<Decided>>,
    said: Vec<(RuleId, Content)>,
}

impl Stage {
    /// The stage as the test finds it.
    pub fn set(rules: &Arc<Ruleset>, story: &Story) -> Result<Stage, StoryError> {
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(ManualClock::at(story.at)));
        let metrics = Arc::new(Metrics::default());
        // The customer is known to the store from the beginning, so nobody else is ever made.
        let nobody = |_| ContactId(Uuid::nil());
        let turn = Turn::new(store.clone(), Arc::clone(rules), clock.clone(), nobody, metrics);
        let state = begins(rules, story);
        let (contact, number) = (state.contact.id, state.conversation.number.clone());
        let mut stage = Stage {
            live: turn.watch(),
            turn,
            store,
            clock,
            contact,
            number,
            events: 0,
            offered: BTreeMap::new(),
            rung: Vec::new(),
            decided: Vec::new(),
            said: Vec::new(),
        };
        stage.write(rules, state)?;
        Ok(stage)
    }

    /// Plays one turn.
    pub fn turn(&mut self, turn: &StoryTurn) -> Result<Seen, StoryError> {
        if let Some(wait) = turn.wait {
            self.wait(wait, turn)?;
        }
        let before = self.state()?;
        if let Some(input) = &turn.input {
            let event = self.event(input, &before.conversation.owner);
            self.take(event)?;
            self.deliver(turn)?;
        }
        let decided = std::mem::take(&mut self.decided);
        let (after, rules) = (self.state()?, self.turn.rules());
        let tier = rules.consent.in_use(&after.contact.consent, self.clock.now()).to_owned();
        Ok(Seen {
            before,
            after,
            tier,
            emitted: decided.iter().flat_map(|one| one.emitted.iter().cloned()).collect(),
            decided,
            said: std::mem::take(&mut self.said),
        })
    }

    /// Lets time pass: timers ring and held messages come due, each at its time and in order.
    fn wait(&mut self, wait: Duration, turn: &StoryTurn) -> Result<(), StoryError> {
        let until = self.clock.now().plus(wait);
        for _ in 0..limits::STORY_STEPS_MAX {
            let timer = self.next_timer(until)?;
            let due = now(self.store.next_due())?.filter(|due| *due <= until);
            let at = match (timer.as_ref().map(|timer| timer.at), due) {
                (None, None) => {
                    self.clock.set(until);
                    return Ok(());
                }
                (Some(at), None) | (None, Some(at)) => at,
                (Some(rings), Some(due)) => rings.min(due),
            };
            self.clock.set(at.max(self.clock.now()));
            if let Some(timer) = timer.filter(|timer| timer.at <= at) {
                self.ring(timer)?;
            }
            self.deliver(turn)?;
        }
        Err(StoryError::Endless)
    }

    /// The earliest timer that rings until then.
    fn next_timer(&self, until: Timestamp) -> Result<Option<Timer>, StoryError> {
        let due = now(self.store.timers_due(until, AT_ONCE))?;
        Ok(due.into_iter().find(|timer| !self.rung.contains(timer)))
    }

    fn ring(&mut self, timer: Timer) -> Result<(), StoryError> {
        let TimerKey { contact, number, kind, name } = &timer.key;
        let (kind, due) = (kind.label(), timer.at.millis());
        let event = Event {
            id: EventId::from(format!("timer:{contact}:{number}:{kind}:{name}:{due}")),
            ..self.own(EventKind::Timer { key: timer.key.clone(), due: timer.at })
        };
        self.rung.push(timer);
        self.take(event)
    }

    /// Claims and sends whatever is due. WhatsApp takes all of it.
    fn deliver(&mut self, turn: &StoryTurn) -> Result<(), StoryError> {
        for _ in 0..limits::STORY_STEPS_MAX {
            let at = self.clock.now();
            let claimed = now(self.store.claim(at, AT_ONCE, &Terms::default()))?;
            if claimed.is_empty() {
                return Ok(());
            }
            for one in claimed {
                match one {
                    Claimed::Send(job) => self.perform(&job, turn)?,
                    Claimed::Refused(job, why) => {
                        let outcome = job.kept_back(why, at);
                        self.report(&job, outcome)?;
                    }
                    // Terms allow everything, and no outcome is unknown.
                    Claimed::PutOff(_) | Claimed::Settle(_) => {}
                }
            }
        }
        Err(StoryError::Endless)
    }

    fn perform(&mut self, job: &Job, turn: &StoryTurn) -> Result<(), StoryError> {
        let wamid = Wamid::from(format!("test:{}", job.id));
        self.report(job, SendOutcome::Accepted { wamid, wa_id: None })?;
        match &job.effect {
            Effect::Send { content, rule, .. } => {
                self.offer(content);
                self.said.push((rule.clone(), content.clone()));
                Ok(())
            }
            Effect::Call { call: Call::Emit { .. }, .. } => Ok(()),
            Effect::Call { call: Call::Lookup { lookup, of, .. }, .. } => {
                let outcome = turn.lookups.get(lookup).cloned().unwrap_or(LookupOutcome::Missing);
                let brought = LookedUp { lookup: lookup.clone(), of: of.clone(), outcome };
                let event = self.own(EventKind::LookedUp(brought));
                self.take(event)
            }
        }
    }

    fn report(&mut self, job: &Job, outcome: SendOutcome) -> Result<(), StoryError> {
        let (rule, replaced) = (Some(job.effect.rule().clone()), job.replaced);
        let said = job.given_up(&outcome);
        let (job, since) = (job.id, job.since());
        let event = self.own(EventKind::Sent { job, outcome, since, rule, replaced, said });
        self.take(event)
    }

    /// What of a message can be tapped.
    fn offer(&mut self, content: &Content) {
        let taps: Vec<(MessageKind, &String, &String)> = match content {
            Content::Buttons { buttons, .. } => {
                buttons.iter().map(|one| (MessageKind::Button, &one.id, &one.title)).collect()
            }
            Content::List { sections, .. } => sections
                .iter()
                .flat_map(|section| &section.rows)
                .map(|one| (MessageKind::List, &one.id, &one.title))
                .collect(),
            _ => return,
        };
        for (kind, id, title) in taps {
            self.offered.insert(id.clone(), (kind, title.clone()));
        }
    }

    fn event(&mut self, input: &Input, owner: &Owner) -> Event {
        // The one agent of a test is whoever has the conversation.
        let agent = match owner {
            Owner::Agent { name } => name.clone(),
            Owner::Bot | Owner::Waiting { .. } => ACTOR.to_owned(),
        };
        match input {
            Input::Say(text) => self.message(MessageKind::Text, Some(text.clone()), None),
            Input::Send(kind) => self.sending(kind),
            Input::Tap(id) => {
                let offered = self.offered.get(id).cloned();
                let (kind, title) = match offered {
                    Some((kind, title)) => (kind, Some(title)),
                    // Not offered in this test: an older one, or a template's own button.
                    None => (MessageKind::Button, None),
                };
                self.message(kind, title, Some(id.clone()))
            }
            Input::Event { kind, data } => self.own(EventKind::Posted(Posted {
                kind: kind.clone(),
                data: data.clone(),
                person: Stated::default(),
                by: ACTOR.to_owned(),
            })),
            Input::Agent(act) => {
                let act = DeskAct { act: act.clone(), agent };
                self.own(EventKind::Desk(act))
            }
            Input::Echo(text) => {
                let (text, raw) = (Some(text.clone()), Vec::new().into());
                self.own(EventKind::Echo(Echo { text, raw }))
            }
        }
    }

    fn message(
        &mut self,
        kind: MessageKind,
        text: Option<String>,
        payload: Option<String>,
    ) -> Event {
        let id = self.next_id();
        let subject = Subject::Person {
            aliases: vec![Alias::WaId(ADDRESS.to_owned())],
            number: self.number.clone(),
            profile: Profile::default(),
        };
        let wamid = Wamid::from(id.as_str());
        let (reply_to, ad, group, raw) = (None, None, None, None);
        let message = Message { wamid, kind, text, payload, reply_to, ad, group, raw };
        let at = self.clock.now();
        Event { id, at, stated_at: Some(at), subject, kind: EventKind::Message(message) }
    }

    /// A message of this kind, as WhatsApp tells it as far as rules read it: a picture has an id, a
    /// place is somewhere.
    fn sending(&mut self, kind: &MessageKind) -> Event {
        let mut event = self.message(kind.clone(), None, None);
        if let EventKind::Message(message) = &mut event.kind {
            let raw = match kind {
                MessageKind::Image => Some(json!({ "image": { "id": "test-image" } })),
                MessageKind::Location => {
                    Some(json!({ "location": { "latitude": 25.05, "longitude": 121.53 } }))
                }
                _ => None,
            };
            message.raw = raw.map(|raw| raw.to_string().into_bytes().into());
        }
        event
    }

    /// An event of the contact usher knows.
    fn own(&mut self, kind: EventKind) -> Event {
        let subject = Subject::Contact { id: self.contact, number: self.number.clone() };
        Event { id: self.next_id(), at: self.clock.now(), stated_at: None, subject, kind }
    }

    fn next_id(&mut self) -> EventId {
        self.events = self.events.saturating_add(1);
        EventId::from(format!("test:{}", self.events))
    }

    fn take(&mut self, event: Event) -> Result<(), StoryError> {
        self.turn.take(event).now_or_never().ok_or(StoryError::Waits)??;
        while let Ok(decided) = self.live.try_recv() {
            self.decided.push(decided);
        }
        Ok(())
    }

    fn state(&self) -> Result<State, StoryError> {
        now(self.store.state(self.contact, &self.number))?.ok_or(StoryError::Beginning)
    }

    /// Writes the state with which the test begins.
    fn write(&mut self, rules: &Ruleset, mut state: State) -> Result<(), StoryError> {
        state.contact.version = 1;
        let what = "the beginning of a test".to_owned();
        let event = self.own(EventKind::Recorded { what, raw: Vec::new().into() });
        let record = Record {
            at: event.at,
            event: event.clone(),
            contact: Some(self.contact),
            number: Some(self.number.clone()),
            version: 1,
            revision: rules.short_revision().to_owned(),
            engine: decide::ENGINE,
            verdict: Verdict::Recorded,
            changes: Vec::new(),
            jobs: Vec::new(),
            emitted: Vec::new(),
            snapshot: None,
        };
        let write = Some(Write { expected: 0, state });
        let step = Commit { write, ..event.commit_alone(record, Vec::new()) };
        match now(self.store.commit(step))? {
            Committed::Applied => Ok(()),
            Committed::Duplicate | Committed::Conflict => Err(StoryError::Beginning),
        }
    }
}

/// A step of the store in memory, which never waits.
fn now<T>(step: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoryError> {
    Ok(step.now_or_never().ok_or(StoryError::Waits)??)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{TimerChange, TimerKind};
    use crate::rules::{Settings, Sources, compile};

    const HOUR: Duration = Duration::from_secs(3_600);

    fn turn() -> StoryTurn {
        let (wait, input, lookups) = (None, None, BTreeMap::new());
        StoryTurn { span: 0..0, wait, input, lookups, expect: Vec::new() }
    }

    #[test]
    fn timers_ring_once_in_order_and_at_their_time() {
        let toml = "[[fallback]]\nmisses = 1\ntext = \"?\"\n\
                    [[test]]\nname = \"x\"\n[[test.turn]]\nsay = \"a\"\nexpect = { silent = false }\n";
        let sources = Sources::default().with("a.toml", toml);
        let rules = Arc::new(compile(&sources, &Settings::default()).ruleset.unwrap());
        let mut stage = Stage::set(&rules, &rules.tests[0]).unwrap();
        let begin = stage.clock.now();
        let timer = |name: &str, after: Duration| {
            let key = TimerKey {
                contact: stage.contact,
                number: stage.number.clone(),
                kind: TimerKind::FollowUp,
                name: name.to_owned(),
            };
            TimerChange::Set(Timer { key, at: begin.plus(after) })
        };
        let timers = vec![timer("late", 3 * HOUR), timer("second", 2 * HOUR), timer("first", HOUR)];
        let mut state = stage.state().unwrap();
        state.contact.version = 2;
        let event = stage.own(EventKind::Timer { key: key_of(&timers[0]), due: begin });
        let write = Some(Write { expected: 1, state });
        let record = now(stage.store.journal(0, 1)).unwrap().remove(0).1;
        let step = Commit { write, timers, ..event.commit_alone(record, Vec::new()) };
        assert_eq!(now(stage.store.commit(step)).unwrap(), Committed::Applied);

        let rang = |stage: &mut Stage, wait| -> Vec<(String, Timestamp)> {
            let seen = stage.turn(&StoryTurn { wait: Some(wait), ..turn() }).unwrap();
            let ring = |one: &Arc<Decided>| match &one.event.kind {
                EventKind::Timer { key, .. } => Some((key.name.clone(), one.event.at)),
                _ => None,
            };
            seen.decided.iter().filter_map(ring).collect()
        };
        let at = |hours: u32| begin.plus(hours * HOUR);
        let two = [("first".to_owned(), at(1)), ("second".to_owned(), at(2))];
        assert_eq!(rang(&mut stage, HOUR * 5 / 2), two);
        assert_eq!(stage.clock.now(), begin.plus(HOUR * 5 / 2));
        assert_eq!(rang(&mut stage, HOUR), [("late".to_owned(), at(3))]);
        assert_eq!(rang(&mut stage, HOUR), []);
    }

    fn key_of(change: &TimerChange) -> TimerKey {
        match change {
            TimerChange::Set(timer) => timer.key.clone(),
            TimerChange::Clear(key) => key.clone(),
        }
    }
}
