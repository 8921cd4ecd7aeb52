//! Rules replaced while usher runs: from a save to rules in force, or to a place in a file.
//!
//! Lives here: when to look (`watching`), when what was seen is whole (`settle`), judging
//! it meanwhile (`ahead`), what becomes of it (`runner`), the copy that a restart falls back on
//! (`last_good`). May not live here: how a folder
//! is read (`files`) and how rules are judged (`trial`). Events are hints, content is truth:
//! everything holds without a single event, only later.

mod ahead;
mod attempt;
mod last_good;
mod look;
mod runner;
mod settle;
mod start;
mod status;
mod watching;

pub use last_good::{LastGood, LastGoodError};
pub use runner::{Reloader, Runner};
pub use start::{Fallback, Refused, Setup, Start, start, start_without_rules};
pub use status::{Attempt, Gone, Origin, Outcome, Status};
pub use watching::Watch;
