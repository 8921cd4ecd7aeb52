//! `/chat/events`: what happens on the chats, what is decided, how the rules stand, as server-sent events.

use super::super::problem::Problem;
use super::{Chat, rules};
use crate::reload::Status;
use crate::simulator::SimEvent;
use crate::turn::Decided;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

/// One watcher.
struct Watcher {
    chat: Arc<Chat>,
    chats: Receiver<SimEvent>,
    decisions: Receiver<Arc<Decided>>,
    rules: watch::Receiver<Arc<Status>>,
    /// Given back when the page goes.
    _place: OwnedSemaphorePermit,
}

/// Live events until the page goes.
pub(super) async fn events(
    State(chat): State<Arc<Chat>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let place = Arc::clone(&chat.watchers)
        .try_acquire_owned()
        .map_err(|_| Problem::unavailable("too many pages are open already"))?;
    let (chats, decisions) = (chat.simulator.watch(), chat.turn.watch());
    let rules = chat.reloader.watch();
    let watcher = Watcher { chat, chats, decisions, rules, _place: place };
    let stream = futures_util::stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}

impl Watcher {
    /// The next event; `None` when nothing will come any more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let (name, data) = tokio::select! {
                event = self.chats.recv() => match event {
                    Ok(event) => on_chat(event),
                    Err(RecvError::Lagged(_)) => refresh(),
                    Err(RecvError::Closed) => return None,
                },
                decided = self.decisions.recv() => match decided {
                    Ok(decided) => match self.chat.view(&decided) {
                        Some((customer, view)) => {
                            ("decision", json!({ "customer": customer, "decision": view }))
                        }
                        None => continue,
                    },
                    Err(RecvError::Lagged(_)) => refresh(),
                    Err(RecvError::Closed) => return None,
                },
                changed = self.rules.changed() => match changed {
                    Ok(()) => ("rules", json!(rules::Standing::of(&self.chat.reloader))),
                    Err(_) => return None,
                },
            };
            return Some(Event::default().event(name).data(data.to_string()));
        }
    }
}

/// Something was missed: the page is to read everything again.
fn refresh() -> (&'static str, Value) {
    ("refresh", json!({}))
}

fn on_chat(event: SimEvent) -> (&'static str, Value) {
    match event {
        SimEvent::Met { customer, name } => ("met", json!({ "customer": customer, "name": name })),
        SimEvent::Message { customer, message } => {
            ("message", json!({ "customer": customer, "message": message }))
        }
        SimEvent::Status { customer, wamid, status } => {
            ("status", json!({ "customer": customer, "wamid": wamid, "status": status }))
        }
        SimEvent::Typing { customer } => ("typing", json!({ "customer": customer })),
    }
}
