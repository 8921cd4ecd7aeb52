//! The journal on its way from the store to files: nothing lost, nothing twice, whatever breaks.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "store/kit.rs"]
#[expect(dead_code, reason = "shared with the tests of stores")]
mod kit;

use kit::{DAY, START, Shared, after, note, record};
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use usherd::insight::journal::{Drain, find};
use usherd::insight::segments::{SegmentError, read};
use usherd::limits::JOURNAL_BATCH_LINES_MAX;
use usherd::model::EventId;
use usherd::store::memory::Memory;

async fn happen(store: &Shared, names: &[(&str, i64)]) {
    for (name, at) in names {
        store.commit(note(name, Vec::new(), after(*at))).await.unwrap();
    }
}

async fn drain_all(store: &Shared, dir: &Path) {
    let mut drain = Drain::new(Arc::clone(store), dir.to_owned());
    while drain.drain_batch().await.unwrap() > 0 {}
}

/// Positions and events of all whole lines.
fn lines(dir: &Path) -> Vec<(u64, String)> {
    let whole = read(dir).unwrap().map(Result::unwrap);
    whole.map(|(n, record)| (n, record.event.id.to_string())).collect()
}

fn files(dir: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().into_string().unwrap()
    };
    let mut names: Vec<String> = std::fs::read_dir(dir).unwrap().map(name).collect();
    names.sort();
    names
}

fn numbered(wanted: &[(u64, &str)]) -> Vec<(u64, String)> {
    wanted.iter().map(|(n, name)| (*n, (*name).to_owned())).collect()
}

#[tokio::test]
async fn lines_move_to_a_file_a_day_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("journal");
    let store: Shared = Arc::new(Memory::new());
    assert_eq!(lines(&dir), [], "no folder is no journal");
    happen(&store, &[("a", 0), ("b", 1), ("c", DAY), ("late", DAY - 1), ("d", 2 * DAY)]).await;
    drain_all(&store, &dir).await;
    assert_eq!(files(&dir), ["2024-10-04.jsonl", "2024-10-05.jsonl", "2024-10-06.jsonl"]);
    let wanted = numbered(&[(1, "a"), (2, "b"), (3, "c"), (4, "late"), (5, "d")]);
    assert_eq!(lines(&dir), wanted);
    assert_eq!(store.counts().await.unwrap().journal, 0);
    let (_, first) = read(&dir).unwrap().next().unwrap().unwrap();
    assert_eq!(first, record("a", START), "a record survives the file");
    // A process that starts later goes on behind it.
    happen(&store, &[("e", 2 * DAY + 1)]).await;
    drain_all(&store, &dir).await;
    assert_eq!(lines(&dir).len(), 6);
}

/// Killed between the file and the store: the lines are in both.
#[tokio::test]
async fn lines_already_written_are_not_written_twice() {
    let dir = tempfile::tempdir().unwrap();
    let store: Shared = Arc::new(Memory::new());
    happen(&store, &[("a", 0), ("b", 1), ("c", 2)]).await;
    let other: Shared = Arc::new(Memory::new());
    happen(&other, &[("a", 0), ("b", 1)]).await;
    drain_all(&other, dir.path()).await;
    drain_all(&store, dir.path()).await;
    assert_eq!(lines(dir.path()), numbered(&[(1, "a"), (2, "b"), (3, "c")]));
}

/// Cut off at every byte of the last line: the torn line is cut and written again.
#[tokio::test]
async fn a_torn_last_line_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let names = [("a", 0), ("b", 1)];
    let store: Shared = Arc::new(Memory::new());
    happen(&store, &names).await;
    drain_all(&store, dir.path()).await;
    let file = dir.path().join("2024-10-04.jsonl");
    let whole = std::fs::read(&file).unwrap();
    let first_line = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in first_line..=whole.len() {
        std::fs::write(&file, whole.get(..length).unwrap()).unwrap();
        let store: Shared = Arc::new(Memory::new());
        happen(&store, &names).await;
        drain_all(&store, dir.path()).await;
        assert_eq!(std::fs::read(&file).unwrap(), whole, "cut at {length}");
    }
}

/// A power cut may leave zeros in what was not synced. The store still has those lines.
#[tokio::test]
async fn a_line_of_zeros_is_written_again_and_reported() {
    let dir = tempfile::tempdir().unwrap();
    let names = [("a", 0), ("b", 1), ("c", 2)];
    let store: Shared = Arc::new(Memory::new());
    happen(&store, &names).await;
    drain_all(&store, dir.path()).await;
    let file = dir.path().join("2024-10-04.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    let second = text.lines().nth(1).unwrap();
    std::fs::write(&file, text.replace(second, &"\0".repeat(second.len()))).unwrap();
    let store: Shared = Arc::new(Memory::new());
    happen(&store, &names).await;
    drain_all(&store, dir.path()).await;
    let (whole, damaged): (Vec<_>, Vec<_>) = read(dir.path()).unwrap().partition(Result::is_ok);
    let positions: Vec<u64> = whole.into_iter().map(|line| line.unwrap().0).collect();
    assert_eq!(positions, [1, 3, 2], "nothing lost");
    assert!(matches!(damaged.as_slice(), [Err(SegmentError::Line { line: 2, .. })]));
}

/// A store put back from a backup gives positions a second time; its lines are kept all the same.
#[tokio::test]
async fn another_history_is_not_taken_for_a_copy() {
    let dir = tempfile::tempdir().unwrap();
    let store: Shared = Arc::new(Memory::new());
    happen(&store, &[("a", 0), ("b", 1)]).await;
    drain_all(&store, dir.path()).await;
    let restored: Shared = Arc::new(Memory::new());
    happen(&restored, &[("a", 0), ("other", 1)]).await;
    drain_all(&restored, dir.path()).await;
    assert_eq!(lines(dir.path()), numbered(&[(1, "a"), (2, "b"), (2, "other")]));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_leaves_everything_in_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("journal");
    std::fs::write(&blocked, "").unwrap();
    let store: Shared = Arc::new(Memory::new());
    happen(&store, &[("a", 0)]).await;
    let mut drain = Drain::new(Arc::clone(&store), blocked.clone());
    assert!(drain.drain_batch().await.is_err());
    assert_eq!(store.counts().await.unwrap().journal, 1);
    std::fs::remove_file(&blocked).unwrap();
    assert_eq!(drain.drain_batch().await.unwrap(), 1, "it goes on when it can");
    assert_eq!(lines(&blocked), numbered(&[(1, "a")]));
}

#[tokio::test]
async fn an_event_is_found_in_the_store_and_in_every_file() {
    let dir = tempfile::tempdir().unwrap();
    let store: Shared = Arc::new(Memory::new());
    happen(&store, &[("old \"quoted\"", 0), ("newer", DAY)]).await;
    drain_all(&store, dir.path()).await;
    happen(&store, &[("newest", DAY)]).await;
    for name in ["old \"quoted\"", "newer", "newest"] {
        let found = find(dir.path(), &*store, &EventId::from(name)).await.unwrap();
        assert_eq!(found.unwrap().event.id.as_str(), name);
    }
    for name in ["new", "unheard of"] {
        assert_eq!(find(dir.path(), &*store, &EventId::from(name)).await.unwrap(), None);
    }
}

/// The task itself, from many batches to its end.
#[tokio::test]
async fn the_task_moves_everything_and_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let store: Shared = Arc::new(Memory::new());
    let many = 2 * JOURNAL_BATCH_LINES_MAX + 1;
    for n in 0..many {
        happen(&store, &[(&format!("event {n}"), 0)]).await;
    }
    let stop = CancellationToken::new();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(Drain::new(Arc::clone(&store), dir.path().to_owned()).run(stop.clone()));
    while store.counts().await.unwrap().journal > 0 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    tasks.join_next().await.unwrap().unwrap();
    let positions: Vec<u64> = lines(dir.path()).into_iter().map(|line| line.0).collect();
    assert_eq!(positions, (1..=many as u64).collect::<Vec<_>>());
}
