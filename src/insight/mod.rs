//! What can be learned afterwards from what happened.
//!
//! Lives here: the journal in files. May not live here: anything an answer waits for.

pub mod journal;
pub mod segments;
pub mod tail;
