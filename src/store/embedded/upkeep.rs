//! What people do by hand: pauses, and undecided events dealt with.

use super::fault::Outcome;
use super::group::{Group, add};
use super::tables::{decode, encode};
use crate::limits;
use crate::model::{Pause, Upkeep};
use redb::{ReadableTable, ReadableTableMetadata};

impl Group<'_> {
    pub(super) fn upkeep(&mut self, upkeep: &Upkeep) -> Outcome<()> {
        match upkeep {
            Upkeep::Pause(pause) => {
                let scope = pause.scope.to_string();
                self.tables.pauses.insert(scope.as_str(), encode(pause)?.as_slice())?;
            }
            Upkeep::Resume(scope) => {
                if self.tables.pauses.remove(scope.to_string().as_str())?.is_some() {
                    add(&mut self.totals.pauses_ended, 1);
                }
            }
            Upkeep::Dealt(position) => {
                self.tables.undecided.remove(position)?;
            }
            // These are updates of jobs.
            Upkeep::Retry(_) | Upkeep::Discard(_) => {}
        }
        Ok(())
    }

    /// What is paused. There are few, mostly none.
    pub(super) fn standing_pauses(&self) -> Outcome<Vec<Pause>> {
        standing_pauses(&self.tables.pauses)
    }

    /// Keeps an undecided event at hand; the oldest one makes room.
    pub(super) fn keep_undecided(&mut self, position: u64, line: &[u8]) -> Outcome<()> {
        self.tables.undecided.insert(position, line)?;
        if self.tables.undecided.len()? > limits::UNDECIDED_KEPT_MAX {
            self.tables.undecided.pop_first()?;
        }
        Ok(())
    }
}

/// What is paused, in the order of scopes.
pub(super) fn standing_pauses(
    pauses: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Outcome<Vec<Pause>> {
    let mut standing: Vec<Pause> = Vec::new();
    for row in pauses.iter()? {
        standing.push(decode("a pause", row?.1.value())?);
    }
    standing.sort_by(|left, right| left.scope.cmp(&right.scope));
    Ok(standing)
}
