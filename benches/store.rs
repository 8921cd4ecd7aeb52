//! Steps a second of the embedded store beside bare redb in the same mode: one writer, groups, one
//! fsync a group, 64 committers. What the store adds to redb is the difference.
//!
//! `cargo bench --bench store`; `TMPDIR` says on which disk.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench")]

#[path = "../tests/store/kit.rs"]
#[expect(dead_code, reason = "shared with the tests of stores")]
mod kit;

use divan::counter::ItemsCount;
use futures_util::StreamExt;
use kit::{START, commit, newcomer, number, record, send};
use redb::{Database, TableDefinition};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use usherd::limits::{GROUP_COMMIT_MAX, WRITER_QUEUE_MAX};
use usherd::model::{Alias, Guards, Purpose};
use usherd::store::Store;
use usherd::store::embedded::Embedded;

const COMMITTERS: usize = 64;
const STEPS: u128 = 4_096;

fn main() {
    divan::main();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

/// A first message of a new contact with one answer, all of it: read, commit.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn embedded(bencher: divan::Bencher<'_, '_>) {
    let runtime = runtime();
    let fresh = || {
        let dir = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Embedded::open(dir.path()).unwrap());
        (dir, store)
    };
    bencher.counter(ItemsCount::new(STEPS as usize)).with_inputs(fresh).bench_values(
        |(dir, store)| {
            runtime.block_on(async {
                futures_util::stream::iter(0..STEPS)
                    .for_each_concurrent(COMMITTERS, |n| {
                        let store = &store;
                        async move {
                            store.resolve(&[Alias::WaId(n.to_string())], &number()).await.unwrap();
                            let effects = vec![send(n, Guards::REPLY, Purpose::Service)];
                            let step = commit(&n.to_string(), newcomer(n, START), effects, START);
                            store.commit(step).await.unwrap();
                        }
                    })
                    .await;
            });
            (dir, store)
        },
    );
}

const SEEN: TableDefinition<'_, &str, ()> = TableDefinition::new("seen");
const STATE: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("state");
const OUT: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("out");
const JOURNAL: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("journal");

struct Row {
    id: String,
    state: Vec<u8>,
    job: Vec<u8>,
    line: Vec<u8>,
    done: oneshot::Sender<()>,
}

/// The same bytes in four plain tables, with no index, no check but the id, no counters.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn bare_redb(bencher: divan::Bencher<'_, '_>) {
    let runtime = runtime();
    let fresh = || {
        let dir = tempfile::tempdir().unwrap();
        let database = Database::create(dir.path().join("bare.redb")).unwrap();
        let (queue, rows) = mpsc::channel(WRITER_QUEUE_MAX);
        std::thread::spawn(move || write(&database, rows));
        (dir, queue)
    };
    bencher.counter(ItemsCount::new(STEPS as usize)).with_inputs(fresh).bench_values(
        |(dir, queue)| {
            runtime.block_on(async {
                futures_util::stream::iter(0..STEPS)
                    .for_each_concurrent(COMMITTERS, |n| {
                        let queue = &queue;
                        async move {
                            let (done, answer) = oneshot::channel();
                            assert!(queue.send(row(n, done)).await.is_ok());
                            answer.await.unwrap();
                        }
                    })
                    .await;
            });
            (dir, queue)
        },
    );
}

fn row(n: u128, done: oneshot::Sender<()>) -> Row {
    let id = n.to_string();
    let step =
        commit(&id, newcomer(n, START), vec![send(n, Guards::REPLY, Purpose::Service)], START);
    let state = serde_json::to_vec(&step.write.unwrap().state).unwrap();
    let job = serde_json::to_vec(&step.jobs).unwrap();
    let line = serde_json::to_vec(&record(&id, START)).unwrap();
    Row { id, state, job, line, done }
}

fn write(database: &Database, mut rows: mpsc::Receiver<Row>) {
    let mut position = 0;
    while let Some(first) = rows.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP_COMMIT_MAX
            && let Ok(next) = rows.try_recv()
        {
            group.push(next);
        }
        let txn = database.begin_write().unwrap();
        {
            let mut seen = txn.open_table(SEEN).unwrap();
            let mut state = txn.open_table(STATE).unwrap();
            let mut out = txn.open_table(OUT).unwrap();
            let mut journal = txn.open_table(JOURNAL).unwrap();
            for row in &group {
                position += 1;
                seen.insert(row.id.as_str(), ()).unwrap();
                state.insert(row.id.as_str(), row.state.as_slice()).unwrap();
                out.insert(position, row.job.as_slice()).unwrap();
                journal.insert(position, row.line.as_slice()).unwrap();
            }
        }
        txn.commit().unwrap();
        group.into_iter().for_each(|row| row.done.send(()).unwrap());
    }
}
