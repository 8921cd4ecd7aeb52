//! The one thread that writes: it gathers steps, commits them with one fsync, then answers all.
//!
//! No step waits for more to come: what arrives while the disk syncs makes the next group. So an
//! idle store answers after one fsync, and a busy one shares it.

use super::fault::{Fault, Outcome};
use super::group::Group;
use super::shelf::Shelf;
use crate::limits;
use crate::store::StoreError;
use redb::{Database, Durability};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// A step: what it does inside a transaction, and what it gives.
pub(super) trait Work: Send + 'static {
    type Answer: Send + 'static;

    /// Checks first and writes then; called again where the group had to be begun again.
    fn apply(&self, group: &mut Group<'_>) -> Outcome<Self::Answer>;
}

/// A step that waits for its group, whatever its answer is.
trait Pending: Send {
    /// Applies it; an error spoils the transaction.
    fn apply(&mut self, group: &mut Group<'_>) -> Result<(), Fault>;
    /// Answers, after the group is durable or has failed.
    fn answer(self: Box<Self>, group: Result<(), StoreError>);
}

struct Ask<W: Work> {
    work: W,
    outcome: Option<Result<W::Answer, StoreError>>,
    to: oneshot::Sender<Result<W::Answer, StoreError>>,
}

impl<W: Work> Pending for Ask<W> {
    fn apply(&mut self, group: &mut Group<'_>) -> Result<(), Fault> {
        match self.work.apply(group) {
            Ok(answer) => self.outcome = Some(Ok(answer)),
            // Refused before it wrote anything: the group goes on.
            Err(Fault::Busy(why)) => self.outcome = Some(Err(StoreError::Busy(why))),
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    fn answer(self: Box<Self>, group: Result<(), StoreError>) {
        let Ask { outcome, to, .. } = *self;
        let silent = || Err(StoreError::Unavailable("the step was not taken".to_owned()));
        // Whoever asked may have gone; the step stands all the same.
        let _ = to.send(group.and_then(|()| outcome.unwrap_or_else(silent)));
    }
}

/// The queue to the writer, and the writer. Dropping it closes the queue, lets the writer finish
/// what is in it, and waits for that.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Pending>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(shelf: Arc<Shelf>) -> std::io::Result<Writer> {
        let (queue, steps) = mpsc::channel(limits::WRITER_QUEUE_MAX);
        let thread = std::thread::Builder::new()
            .name("usher-store".to_owned())
            .spawn(move || write_groups(&shelf, steps))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    /// Hands a step to the writer and waits until it is durable.
    pub(super) async fn ask<W: Work>(&self, work: W) -> Result<W::Answer, StoreError> {
        let stopped = || StoreError::Unavailable("its writer has stopped".to_owned());
        let (to, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(stopped)?;
        queue.try_send(Box::new(Ask { work, outcome: None, to })).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy("too many steps wait"),
            mpsc::error::TrySendError::Closed(_) => stopped(),
        })?;
        answer.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer ended with a panic");
        }
    }
}

fn write_groups(shelf: &Shelf, mut queue: mpsc::Receiver<Box<dyn Pending>>) {
    while let Some(first) = queue.blocking_recv() {
        let mut steps = vec![first];
        while steps.len() < limits::GROUP_COMMIT_MAX
            && let Ok(next) = queue.try_recv()
        {
            steps.push(next);
        }
        if write_group(shelf, steps).is_err() && !open_again(shelf, &mut queue) {
            return;
        }
    }
}

/// Closes the file and opens it again, however long that takes; what is asked meanwhile is refused.
/// Gives whether anybody may still ask.
fn open_again(shelf: &Shelf, queue: &mut mpsc::Receiver<Box<dyn Pending>>) -> bool {
    tracing::error!("the store cannot be written: it is closed, and opened again once it can");
    shelf.close();
    while let Err(error) = shelf.open() {
        tracing::debug!(%error, "the store cannot be opened yet");
        let tried = Instant::now();
        while tried.elapsed() < limits::STORE_REOPEN_EVERY {
            match queue.try_recv() {
                Ok(step) => step.answer(Err(StoreError::Unavailable(error.to_string()))),
                Err(mpsc::error::TryRecvError::Empty) => {
                    std::thread::park_timeout(limits::STORE_READERS_LOOK_EVERY);
                }
                Err(mpsc::error::TryRecvError::Disconnected) => return false,
            }
        }
    }
    tracing::warn!("the store can be written again");
    true
}

/// Commits a group and answers its steps. A step that meets an unreadable record is answered and
/// left out, and the others begin again without it. An error says that the file cannot be written.
fn write_group(shelf: &Shelf, mut steps: Vec<Box<dyn Pending>>) -> Result<(), StoreError> {
    loop {
        let tried = shelf.database().map_err(|fault| (None, fault));
        let spoilt = match tried.and_then(|database| try_group(&database, &mut steps)) {
            Ok(()) => {
                answer_all(steps, Ok(()));
                return Ok(());
            }
            Err((None, fault)) => {
                let error = StoreError::from(fault);
                answer_all(steps, Err(error.clone()));
                return Err(error);
            }
            Err((Some(spoilt), fault)) => (spoilt, StoreError::from(fault)),
        };
        tracing::error!(error = %spoilt.1, "a step of the store met something unreadable");
        steps.remove(spoilt.0).answer(Err(spoilt.1));
    }
}

fn answer_all(steps: Vec<Box<dyn Pending>>, group: Result<(), StoreError>) {
    if let Err(error) = &group {
        tracing::error!(%error, steps = steps.len(), "a group of steps could not be written");
    }
    for step in steps {
        step.answer(group.clone());
    }
}

/// One transaction. On failure it is rolled back; the number says which step alone is to blame.
fn try_group(
    database: &Database,
    steps: &mut [Box<dyn Pending>],
) -> Result<(), (Option<usize>, Fault)> {
    let all = |fault| (None, fault);
    let mut txn = database.begin_write().map_err(|e| all(e.into()))?;
    // A bug here would lose what was answered, so it is said although it is redb's default.
    txn.set_durability(Durability::Immediate).map_err(|e| all(Fault::Disk(e.to_string())))?;
    let mut group = Group::open(&txn).map_err(all)?;
    for (number, step) in steps.iter_mut().enumerate() {
        step.apply(&mut group).map_err(|fault| match fault {
            Fault::Disk(_) => (None, fault),
            Fault::Busy(_) | Fault::Corrupt(_) => (Some(number), fault),
        })?;
    }
    if group.finish().map_err(all)? {
        txn.commit().map_err(|e| all(e.into()))
    } else {
        txn.abort().map_err(|e| all(e.into()))
    }
}
