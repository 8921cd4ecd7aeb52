//! Reads the journal wherever it lies: its newest lines in the store, the others in files.

use super::app::App;
use super::problem::Problem;
use crate::insight::{journal, segments, tail};
use crate::limits;
use crate::model::{ContactId, EventId, NumberId, Record, State};
use std::collections::VecDeque;
use std::path::PathBuf;

/// The last records, oldest first, at most `most`.
pub(super) async fn last(app: &App, most: usize) -> Result<VecDeque<Record>, Problem> {
    let mut last = match app.settings.journal.clone() {
        Some(dir) => blocking(move || tail::last(&dir, most).map_err(unreadable)).await?,
        None => VecDeque::new(),
    };
    let mut after = 0;
    loop {
        let page = app.turn.store().journal(after, limits::JOURNAL_BATCH_LINES_MAX).await?;
        let Some((position, _)) = page.last() else { break };
        after = *position;
        last.extend(page.into_iter().map(|(_, record)| record));
        let over = last.len().saturating_sub(most);
        last.drain(..over);
    }
    Ok(last)
}

/// The record of an event.
pub(super) async fn find(app: &App, event: &EventId) -> Result<Option<Record>, Problem> {
    if let Some(dir) = &app.settings.journal {
        let found = journal::find(dir, app.turn.store().as_ref(), event).await;
        return found.map_err(unreadable);
    }
    let mut after = 0;
    loop {
        let page = app.turn.store().journal(after, limits::JOURNAL_BATCH_LINES_MAX).await?;
        let Some((position, _)) = page.last() else { return Ok(None) };
        after = *position;
        if let Some((_, record)) = page.into_iter().find(|(_, one)| one.event.id == *event) {
            return Ok(Some(record));
        }
    }
}

/// The state a record's event was decided on: its own snapshot, else the last one before it and
/// what moved since. `None` where the journal no longer says.
pub(super) async fn before(app: &App, record: &Record) -> Result<Option<State>, Problem> {
    if let Some(state) = &record.snapshot {
        return Ok(Some(state.clone()));
    }
    let (Some(contact), Some(number)) = (record.contact, record.number.clone()) else {
        return Ok(None);
    };
    let event = record.event.id.clone();
    let mut replay = Replay { contact, number, event, state: None, reached: false };
    if let Some(dir) = app.settings.journal.clone() {
        replay = blocking(move || through_files(dir, replay)).await?;
    }
    let mut after = 0;
    while !replay.reached {
        let page = app.turn.store().journal(after, limits::JOURNAL_BATCH_LINES_MAX).await?;
        let Some((position, _)) = page.last() else { break };
        after = *position;
        page.iter().for_each(|(_, record)| replay.see(record));
    }
    Ok(replay.state.filter(|_| replay.reached))
}

fn through_files(dir: PathBuf, mut replay: Replay) -> Result<Replay, Problem> {
    for item in segments::read(&dir).map_err(unreadable)? {
        // A damaged line loses what it moved: a state built on it would be wrong.
        match item {
            Ok((_, record)) => replay.see(&record),
            Err(_) => replay.state = None,
        }
        if replay.reached {
            break;
        }
    }
    Ok(replay)
}

/// One contact's state followed through the journal up to an event.
struct Replay {
    contact: ContactId,
    number: NumberId,
    event: EventId,
    state: Option<State>,
    reached: bool,
}

impl Replay {
    fn see(&mut self, record: &Record) {
        if self.reached || record.contact != Some(self.contact) {
            return;
        }
        if record.event.id == self.event {
            self.reached = true;
            return;
        }
        if record.number.as_ref() != Some(&self.number) {
            // What moved on another number is not in a state of this one.
            self.state = None;
            return;
        }
        let before = record.snapshot.clone().or_else(|| self.state.take());
        self.state = before.map(|before| {
            let mut after = before.after(&record.changes);
            after.contact.version = record.version;
            after
        });
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(Problem::unavailable("usher is stopping")))
}

fn unreadable(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "the journal cannot be read");
    Problem::unavailable(error.to_string())
}
