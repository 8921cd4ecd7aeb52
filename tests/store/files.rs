//! What only a store in a file can do.

use crate::kit::*;
use redb::backends::InMemoryBackend;
use redb::{ReadableDatabase, StorageBackend, TableDefinition};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use usherd::limits::{GROUP_COMMIT_MAX, WRITER_QUEUE_MAX};
use usherd::model::{Guards, Purpose};
use usherd::store::embedded::{Embedded, OpenError};
use usherd::store::{Committed, Store, StoreError};

#[tokio::test]
async fn everything_is_there_after_closing() {
    let dir = tempfile::tempdir().unwrap();
    let below = dir.path().join("a/b");
    let store: Shared = Arc::new(Embedded::open(&below).unwrap());
    arrive(&store, 1, 2, START).await;
    claim_sends(&store, START).await;
    let before = (state(&store, 1).await, store.counts().await, store.journal(0, 10).await);
    drop(store);
    let store: Shared = Arc::new(Embedded::open(&below).unwrap());
    assert_eq!((state(&store, 1).await, store.counts().await, store.journal(0, 10).await), before);
    assert_eq!(store.stranded(after(1), 10).await.unwrap().len(), 1);
    let copy = commit("arrive 1", newcomer(1, START), vec![], START);
    assert_eq!(store.commit(copy).await, Ok(Committed::Duplicate));
}

/// Customers' words are for the owner of the process alone, also where an older usher made the file.
#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let below = dir.path().join("data");
    let file = below.join("usher.redb");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    drop(Embedded::open(&below).unwrap());
    assert_eq!((mode(&below), mode(&file)), (0o700, 0o600));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(Embedded::open(&below).unwrap());
    assert_eq!(mode(&file), 0o600);
}

/// Whoever asked has gone; the step was handed over, so it is taken.
#[tokio::test]
async fn closing_finishes_what_was_handed_over() {
    let dir = tempfile::tempdir().unwrap();
    let store = Embedded::open(dir.path()).unwrap();
    for n in 0..20 {
        let effects = vec![send(n, Guards::REPLY, Purpose::Service)];
        let step = commit(&format!("{n}"), newcomer(n, START), effects, START);
        let mut asked = Box::pin(store.commit(step));
        let _ = futures_util::poll!(&mut asked);
    }
    drop(store);
    let store = Embedded::open(dir.path()).unwrap();
    assert_eq!(store.counts().await.unwrap().contacts, 20);
}

#[tokio::test]
async fn a_second_usher_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = Embedded::open(dir.path()).unwrap();
    let second = Embedded::open(dir.path()).err().unwrap();
    assert!(matches!(second, OpenError::InUse(_)), "{second}");
    drop(first);
    assert!(Embedded::open(dir.path()).is_ok());
}

#[tokio::test]
async fn a_newer_format_is_refused_and_left_alone() {
    const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    let dir = tempfile::tempdir().unwrap();
    drop(Embedded::open(dir.path()).unwrap());
    let path = dir.path().join("usher.redb");
    let database = redb::Database::open(&path).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(META).unwrap().insert("schema", b"99".as_slice()).unwrap();
    txn.commit().unwrap();
    drop(database);
    let refused = Embedded::open(dir.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Newer { found: 99, .. }), "{refused}");
    let database = redb::Database::open(&path).unwrap();
    let meta = database.begin_read().unwrap().open_table(META).unwrap();
    assert_eq!(meta.get("schema").unwrap().unwrap().value(), b"99");
}

#[test]
fn a_file_that_is_no_store_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("usher.redb"), vec![b'x'; 10_000]).unwrap();
    let refused = Embedded::open(dir.path()).err().unwrap();
    assert!(matches!(refused, OpenError::Corrupt { .. }), "{refused}");
}

#[test]
fn a_folder_that_cannot_be_made_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = Embedded::open(&file.join("data")).err().unwrap();
    assert!(matches!(refused, OpenError::NotWritable { .. }), "{refused}");
    assert!(refused.to_string().contains("check the folder's rights"));
}

/// One unreadable record spoils the step that meets it, not the group the step is in.
#[tokio::test]
async fn a_damaged_record_fails_alone() {
    const CONTACTS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("contacts");
    let dir = tempfile::tempdir().unwrap();
    let store: Shared = Arc::new(Embedded::open(dir.path()).unwrap());
    arrive(&store, 1, 0, START).await;
    let damaged = next(&state(&store, 1).await);
    drop(store);
    let database = redb::Database::open(dir.path().join("usher.redb")).unwrap();
    let txn = database.begin_write().unwrap();
    txn.open_table(CONTACTS).unwrap().insert(1, b"{\"here\":".as_slice()).unwrap();
    txn.commit().unwrap();
    drop(database);

    let store = Embedded::open(dir.path()).unwrap();
    let steps = (1..=20).map(|n| {
        let state = if n % 5 == 0 { damaged.clone() } else { newcomer(100 + n, START) };
        store.commit(commit(&format!("step {n}"), state, vec![], START))
    });
    let answers = futures_util::future::join_all(steps).await;
    for (n, answer) in (1..=20).zip(answers) {
        let corrupt = matches!(answer, Err(StoreError::Corrupt(_)));
        assert!(
            if n % 5 == 0 { corrupt } else { answer == Ok(Committed::Applied) },
            "{n}: {answer:?}"
        );
    }
    assert_eq!(store.counts().await.unwrap().contacts, 17);
}

/// A disk whose syncs wait until they are let through.
#[derive(Debug)]
struct Slow {
    disk: InMemoryBackend,
    gate: Arc<Mutex<()>>,
}

impl StorageBackend for Slow {
    fn len(&self) -> std::io::Result<u64> {
        self.disk.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.disk.read(offset, out)
    }
    fn set_len(&self, length: u64) -> std::io::Result<()> {
        self.disk.set_len(length)
    }
    fn sync_data(&self) -> std::io::Result<()> {
        drop(self.gate.lock().unwrap());
        self.disk.sync_data()
    }
    fn write(&self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        self.disk.write(offset, bytes)
    }
}

/// Over the limit a step is refused at once; what was taken in is applied when the disk is back.
#[tokio::test]
async fn a_slow_disk_fills_a_bounded_queue() {
    let gate = Arc::new(Mutex::new(()));
    let gated = Arc::clone(&gate);
    let disk = move || Slow { disk: InMemoryBackend::new(), gate: Arc::clone(&gated) };
    let store = Embedded::open_on(disk).unwrap();
    let closed = gate.lock().unwrap();
    let most = WRITER_QUEUE_MAX + GROUP_COMMIT_MAX;
    let mut asked: Vec<_> =
        (0..=most).map(|n| store.commit(note(&format!("step {n}"), vec![], START))).collect();
    let refused: Vec<bool> = asked
        .iter_mut()
        .map(|one| {
            let answer = futures_util::FutureExt::now_or_never(one);
            matches!(answer, Some(Err(StoreError::Busy(_))))
        })
        .collect();
    drop(closed);
    let taken = refused.iter().filter(|refused| !**refused).count();
    assert!((WRITER_QUEUE_MAX..=most).contains(&taken), "{taken}");
    let waiting = asked.into_iter().zip(refused).filter(|(_, refused)| !refused);
    for answer in futures_util::future::join_all(waiting.map(|(one, _)| one)).await {
        assert_eq!(answer, Ok(Committed::Applied));
    }
    assert_eq!(store.counts().await.unwrap().journal, taken as u64);
}

/// A disk that may be full; its clones are the same disk.
#[derive(Debug, Clone)]
struct Filled {
    disk: Arc<InMemoryBackend>,
    full: Arc<AtomicBool>,
}

impl Filled {
    fn room(&self) -> std::io::Result<()> {
        match self.full.load(Ordering::SeqCst) {
            true => Err(std::io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

impl StorageBackend for Filled {
    fn len(&self) -> std::io::Result<u64> {
        self.disk.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.disk.read(offset, out)
    }
    fn set_len(&self, length: u64) -> std::io::Result<()> {
        self.room()?;
        self.disk.set_len(length)
    }
    fn sync_data(&self) -> std::io::Result<()> {
        self.room()
    }
    fn write(&self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        self.room()?;
        self.disk.write(offset, bytes)
    }
}

/// While the disk is full the store says so, reads included, and it goes on as soon as there is
/// room, without anybody asking it to.
#[tokio::test]
async fn a_disk_that_was_full_is_written_again() {
    let disk = Filled { disk: Arc::new(InMemoryBackend::new()), full: Arc::default() };
    let (full, again) = (Arc::clone(&disk.full), disk);
    let store: Shared = Arc::new(Embedded::open_on(move || again.clone()).unwrap());
    arrive(&store, 1, 1, START).await;
    full.store(true, Ordering::SeqCst);
    let refused = store.commit(note("no room", vec![], START)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    until(async || store.next_due().await.is_err()).await;
    let refused = store.commit(note("no room", vec![], START)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");

    full.store(false, Ordering::SeqCst);
    until(async || store.next_due().await.is_ok()).await;
    assert_eq!(store.commit(note("room", vec![], START)).await, Ok(Committed::Applied));
    assert_eq!(claim_sends(&store, START).await, [job_id(1, 1, 0)], "what was there still is");
}

async fn until(holds: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds().await {
        assert!(Instant::now() < deadline, "in vain");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Format 1 listed jobs under way among those that wait.
#[tokio::test]
async fn an_older_file_is_brought_up_to_date() {
    type Place = (u128, u8, bool, u64, u16, u128);
    const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    const PLACES: TableDefinition<'_, Place, ()> = TableDefinition::new("places");
    const UNDER_WAY: TableDefinition<'_, Place, ()> = TableDefinition::new("under_way");
    let dir = tempfile::tempdir().unwrap();
    let store: Shared = Arc::new(Embedded::open(dir.path()).unwrap());
    arrive(&store, 1, 2, START).await;
    assert_eq!(claim_sends(&store, START).await, [job_id(1, 1, 0)]);
    drop(store);
    let database = redb::Database::open(dir.path().join("usher.redb")).unwrap();
    let txn = database.begin_write().unwrap();
    let first = txn.open_table(UNDER_WAY).unwrap().pop_first().unwrap().unwrap().0.value();
    txn.open_table(PLACES).unwrap().insert(first, ()).unwrap();
    txn.delete_table(UNDER_WAY).unwrap();
    txn.open_table(META).unwrap().insert("schema", b"1".as_slice()).unwrap();
    txn.commit().unwrap();
    drop(database);
    let store: Shared = Arc::new(Embedded::open(dir.path()).unwrap());
    assert_eq!(claim_sends(&store, START).await, [], "its lane is busy");
    assert_eq!(store.stranded(after(1), 10).await.unwrap().len(), 1);
    report(&store, job_id(1, 1, 0), accepted("wamid.1"), after(1)).await;
    assert_eq!(claim_sends(&store, after(1)).await, [job_id(1, 1, 1)]);
    assert_eq!(store.held(None, 1).await, Ok(Vec::new()));
}

/// Format 2 had no ledger and listed timers otherwise: what is not there yet is empty.
#[tokio::test]
async fn a_file_without_a_ledger_is_read() {
    const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
    const LEDGER: TableDefinition<'_, (u128, i64, u64), &[u8]> = TableDefinition::new("ledger");
    let dir = tempfile::tempdir().unwrap();
    let store: Shared = Arc::new(Embedded::open(dir.path()).unwrap());
    arrive(&store, 1, 1, START).await;
    drop(store);
    let database = redb::Database::open(dir.path().join("usher.redb")).unwrap();
    let txn = database.begin_write().unwrap();
    assert!(txn.delete_table(LEDGER).unwrap());
    txn.open_table(META).unwrap().insert("schema", b"2".as_slice()).unwrap();
    txn.commit().unwrap();
    drop(database);
    let store: Shared = Arc::new(Embedded::open(dir.path()).unwrap());
    assert_eq!(store.ledger(contact_id(1), 0, 9).await, Ok(Vec::new()));
    assert_eq!(claim_sends(&store, START).await, [job_id(1, 1, 0)]);
}
