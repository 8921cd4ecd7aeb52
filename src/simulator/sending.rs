//! What becomes of a good request: refused by a fault, or accepted, answered (or not), shown in
//! the chat, told to the oracle, and followed by statuses.

use super::content::ChatContent;
use super::customers::{ChatMessage, ChatStatus, Customer, Side};
use super::faults::{Fate, Fault};
use super::graph::{Address, GraphError, SendRequest};
use super::oracle::Answer;
use super::statuses::{StatusStep, StatusUpdate};
use super::{SimEvent, Simulator, World, payload};
use crate::limits;
use crate::model::{Timestamp, Wamid};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;

/// An accepted message: a line of `GET /sim/sent`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sent {
    /// 1, 2, 3… in the order of acceptance.
    pub n: u64,
    /// The id given.
    pub wamid: Wamid,
    /// `to` as it came.
    pub to: Option<String>,
    /// `recipient` as it came.
    pub recipient: Option<String>,
    /// The text, or what words can say of it.
    pub text: String,
    /// All of it.
    pub content: ChatContent,
    /// `biz_opaque_callback_data` as it came.
    pub callback: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Accepted without an answer.
    pub hidden: bool,
}

/// Accepted messages, the newest so many.
#[derive(Debug, Default)]
pub(super) struct SentLog {
    last: u64,
    kept: VecDeque<Sent>,
}

impl SentLog {
    fn add(&mut self, make: impl FnOnce(u64) -> Sent) {
        self.last = self.last.saturating_add(1);
        if self.kept.len() >= limits::SIM_SENT_KEPT_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back(make(self.last));
    }
}

/// What is to be answered.
#[derive(Debug)]
pub(super) enum Reply {
    /// 200 with this.
    Accepted(Value),
    /// An error in Meta's shape, perhaps with `Retry-After` in seconds.
    Refused(GraphError, Option<u32>),
    /// A proxy's page.
    BadGateway,
    /// Nothing, and the connection stays open.
    Hold,
    /// Nothing, and the connection is closed.
    HangUp,
}

impl Simulator {
    /// Accepted messages after the `after`-th, at most [`limits::SIM_SENT_PAGE_MAX`].
    #[must_use]
    pub fn sent(&self, after: u64) -> Vec<Sent> {
        let world = self.world();
        let first_kept = world.sent.kept.front().map_or(1, |sent| sent.n);
        let skip = usize::try_from((after + 1).saturating_sub(first_kept)).unwrap_or(usize::MAX);
        world.sent.kept.iter().skip(skip).take(limits::SIM_SENT_PAGE_MAX).cloned().collect()
    }

    /// What becomes of a message.
    pub(super) fn send(&self, send: SendRequest) -> Reply {
        let fate = self.world().dice.fate();
        match fate {
            Fate::RateLimited { retry_after } => {
                Reply::Refused(GraphError::throughput(), retry_after.then_some(1))
            }
            Fate::ServerError { html: false } => Reply::Refused(GraphError::unavailable(), None),
            Fate::ServerError { html: true } => Reply::BadGateway,
            Fate::Timeout => Reply::Hold,
            Fate::Reset => Reply::HangUp,
            Fate::Hidden { held } => {
                self.accept(send, true);
                if held { Reply::Hold } else { Reply::HangUp }
            }
            Fate::Answered => Reply::Accepted(self.accept(send, false)),
        }
    }

    /// Marks a customer's message read, with those before it.
    pub(super) fn mark_read(&self, wamid: &Wamid, typing: bool) {
        let mut world = self.world();
        let Some(key) = world.wamids.customer(wamid.as_str()).cloned() else { return };
        let read = world.customers.find_mut(&key).map(|customer| customer.read_up_to(wamid));
        drop(world);
        for wamid in read.unwrap_or_default() {
            let status = ChatStatus::Read;
            self.announce(SimEvent::Status { customer: Arc::clone(&key), wamid, status });
        }
        if typing {
            self.announce(SimEvent::Typing { customer: key });
        }
    }

    /// Accepts a message; gives the answer's body.
    fn accept(&self, send: SendRequest, hidden: bool) -> Value {
        let at = self.settings.clock.now();
        let mut world = self.world();
        let id: Arc<str> = send.to.id().into();
        let key = world.customers.find(&id).map(|customer| Arc::clone(&customer.key));
        let wamid = world.new_wamid("OUT", key.as_ref().unwrap_or(&id));
        let answer = answer_body(&send.to, &wamid);
        let status_lost = world.dice.happens(Fault::LostStatus);
        let failure = world.failure(&id, &send.content, at);
        let steps = statuses_of(failure.as_ref(), status_lost);
        let updates: Vec<StatusUpdate> = steps
            .into_iter()
            .map(|step| status_update(&send, &wamid, world.customers.find(&id), step))
            .collect();
        if let (Some(key), None) = (&key, &failure) {
            world.oracle.answer(&Answer {
                customer: key,
                wamid: &wamid,
                text: &send.content.shown(),
                callback: send.callback.as_deref(),
                hidden,
                status_lost,
            });
        }
        let shown = world.show(&id, &wamid, &send.content, at);
        world.sent.add(|n| sent_line(n, send, wamid, at, hidden));
        drop(world);
        self.schedule(updates);
        if let (Some(customer), Some(message)) = (key, shown) {
            self.announce(SimEvent::Message { customer, message: Box::new(message) });
        }
        answer
    }

    /// `sent` after one delay, `delivered` after two, `read` after four.
    fn schedule(&self, updates: Vec<StatusUpdate>) {
        let mut times = 1;
        for update in updates {
            self.statuses.add(update, self.settings.status_delay.saturating_mul(times));
            times *= 2;
        }
    }
}

impl World {
    /// Why a message that was accepted will fail all the same (reference 5.1: mostly afterwards).
    fn failure(&self, id: &str, content: &ChatContent, at: Timestamp) -> Option<GraphError> {
        let Some(customer) = self.customers.find(id) else {
            return Some(GraphError::undeliverable());
        };
        let open = customer.last_wrote.is_some_and(|wrote| at < wrote.plus(limits::SERVICE_WINDOW));
        (!open && !content.needs_no_window()).then(GraphError::window)
    }

    fn show(
        &mut self,
        id: &str,
        wamid: &Wamid,
        content: &ChatContent,
        at: Timestamp,
    ) -> Option<ChatMessage> {
        let customer = self.customers.find_mut(id)?;
        let message = ChatMessage {
            from: Side::Business,
            wamid: wamid.clone(),
            said: None,
            attachment: None,
            text: content.shown(),
            content: Some(content.clone()),
            status: ChatStatus::Accepted,
            at,
        };
        customer.remember(message.clone());
        Some(message)
    }
}

fn statuses_of(failure: Option<&GraphError>, lost: bool) -> Vec<StatusStep> {
    match (failure, lost) {
        (_, true) => Vec::new(),
        (Some(error), false) => vec![StatusStep::Failed(error.clone())],
        (None, false) => vec![StatusStep::Sent, StatusStep::Delivered, StatusStep::Read],
    }
}

/// Which ids a status names depends on how the message was addressed and whether it failed
/// (reference 3.2).
fn status_update(
    send: &SendRequest,
    wamid: &Wamid,
    customer: Option<&Customer>,
    step: StatusStep,
) -> StatusUpdate {
    let failed = matches!(step, StatusStep::Failed(_));
    let (phone, bsuid) = match &send.to {
        Address::Phone { digits, .. } => {
            (Some(digits.clone()), customer.map(|customer| customer.bsuid.clone()))
        }
        Address::Bsuid(bsuid) => {
            (customer.and_then(|customer| customer.wa_id.clone()), Some(bsuid.clone()))
        }
    };
    let to_phone = phone.is_some();
    StatusUpdate {
        wamid: wamid.clone(),
        customer: customer.map(|customer| Arc::clone(&customer.key)),
        recipient_id: phone,
        recipient_user_id: bsuid.filter(|_| !(failed && to_phone)),
        callback: send.callback.clone(),
        contact: customer.filter(|_| !failed).map(payload::status_contact),
        step,
    }
}

fn answer_body(to: &Address, wamid: &Wamid) -> Value {
    let contact = match to {
        Address::Phone { input, digits } => json!({ "input": input, "wa_id": digits }),
        Address::Bsuid(id) => json!({ "input": id, "user_id": id }),
    };
    json!({
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{ "id": wamid }],
    })
}

fn sent_line(n: u64, send: SendRequest, wamid: Wamid, at: Timestamp, hidden: bool) -> Sent {
    let (to, recipient) = match send.to {
        Address::Phone { input, .. } => (Some(input), None),
        Address::Bsuid(id) => (None, Some(id)),
    };
    let (text, content, callback) = (send.content.shown(), send.content, send.callback);
    Sent { n, wamid, to, recipient, text, content, callback, at, hidden }
}
