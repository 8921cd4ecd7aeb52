//! The nouns: who writes, what was said, what is to be done, and how each may change.
//!
//! Lives here: plain data and the pure functions that say how it moves (`State::apply`,
//! `Job::after`, `merge`). May not live here: anything that reads a clock, draws a random number,
//! touches a file or a socket, or knows a rule. This room imports nothing of usher but `limits`.

pub mod change;
pub mod consent;
pub mod contact;
pub mod content;
pub mod conversation;
pub mod effect;
pub mod event;
pub mod ids;
pub mod job;
pub mod journal;
pub mod merge;
pub mod message;
pub mod outside;
pub mod quiet;
pub mod raw;
pub mod sending;
pub mod state;
pub mod tally;
pub mod time;
pub mod timer;
pub mod upkeep;

pub use change::{Change, Closing};
pub use consent::{Consent, ConsentAct, LedgerEntry, Purpose, Refusal, TierNeeded};
pub use contact::Contact;
pub use content::{
    Button, Content, Degrees, Frame, Media, MediaKind, MediaSource, Param, Row, Section,
};
pub use conversation::{
    ConsentAsked, Conversation, Expected, FollowUp, HandOff, OpenForm, OpenMenu, Owner,
    PendingLookup, Question, Scheduled, Session, Storm, Task,
};
pub use effect::{Call, Effect, Guards, Outside, Recipient};
pub use event::{Event, EventKind, Preference, Profile, Subject};
pub use ids::{Alias, ContactId, EventId, JobId, NumberId, RuleId, Wamid};
pub use job::{Destination, Hold, Job, JobState, JobUpdate};
pub use journal::{FirstAnswer, Record, Verdict};
pub use merge::merge;
pub use message::{Message, MessageKind};
pub use outside::{
    About, AgentAct, ConsentUpdate, ContactUpdate, DeskAct, Echo, Emitted, LookedUp, LookupOutcome,
    Outbound, Posted, Stated, Stops,
};
pub use quiet::QuietHours;
pub use raw::Raw;
pub use sending::{DeliveryStatus, SendError, SendOutcome, Status};
pub use state::{Header, State};
pub use tally::Tally;
pub use time::{Day, Timestamp};
pub use timer::{Timer, TimerChange, TimerKey, TimerKind};
pub use upkeep::{NotAScope, Pause, Pauses, Scope, Upkeep};
