//! HTTP: what usher listens on. WhatsApp's webhook, the API, probes and metrics.
//!
//! Lives here: routes, who may call them, the accept loop. May not live here: deciding (that is
//! `turn`'s), sending (that is `outbox`'s). The same routes are called without a socket by commands
//! that find no running daemon.

mod access;
mod api;
mod app;
mod body;
mod caller;
pub mod chat;
mod conversations;
mod dead;
mod decide;
mod events;
mod listen;
mod pauses;
mod probes;
mod problem;
mod process;
mod records;
mod routes;
mod rules;
mod seldom;
pub mod status;
pub mod tls;
mod trace;
mod webhook;

pub use app::{App, Settings};
pub use conversations::{ConversationPage, ConversationShown};
pub use dead::{DeadDone, DeadItem, DeadPage, DeadShown};
pub use decide::{Answer, RuleAnswer};
pub use events::EventAnswer;
pub use listen::{Front, serve};
pub use pauses::Resumed;
pub use problem::Problem;
pub use routes::{admin, all, public};
