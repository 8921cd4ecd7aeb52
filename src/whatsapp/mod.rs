//! WhatsApp's Cloud API: webhooks in, messages out.
//!
//! Lives here: the signature, the handshake, payloads → [`crate::model::Event`]s, the Graph client,
//! what it uploads, and its error table. May not live here: deciding, storing, retrying (that is `outbox`). Facts
//! of the protocol are Meta's documentation of 2026, Graph v25.0.

pub mod body;
pub mod client;
mod credentials;
pub mod errors;
pub mod signature;
pub mod uploads;
pub mod webhook;

pub use client::{Client, ClientSettings};
pub use uploads::Uploads;
pub use webhook::{Known, parse};
