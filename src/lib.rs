//! usher answers WhatsApp customers from rule files.
//!
//! ```text
//!             webhook ─┐
//!   CRM / desk / API ──┤→ Event ─→ decide(&Ruleset, &State, &Event) ─→ Decision ─→ commit ─→ outbox ─→ world
//!      timer, lookup ──┘           pure: no I/O, no clock, no randomness     (one atomic   (durable,   (WhatsApp,
//!                                  the event carries its time                 transition)   retried)    CRM, desk)
//! ```
//!
//! [`turn`] is that picture on one page. Rooms import downwards only:
//!
//! ```text
//! cli → server → reload, insight → outbox, timers → whatsapp, simulator, stories → turn
//!     → metrics, clock
//!     → config, files → media, trial → store → decide → rules → text → model → limits
//! ```
//!
//! `tests/layers.rs` holds it. Absent by design: I/O, clocks and randomness in `model`, `text`,
//! `rules` and `decide`; rules in `store` and `outbox`; sending anywhere but behind a claim.

pub mod cli;
pub mod clock;
pub mod config;
pub mod decide;
pub mod files;
pub mod insight;
pub mod limits;
pub mod media;
pub mod metrics;
pub mod model;
pub mod outbox;
pub mod reload;
pub mod rules;
pub mod server;
pub mod simulator;
pub mod store;
pub mod stories;
pub mod text;
pub mod timers;
pub mod trial;
pub mod turn;
pub mod whatsapp;
