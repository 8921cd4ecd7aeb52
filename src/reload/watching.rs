//! Hints from the file system: that it is worth looking now. Never what changed.
//!
//! Watches folders, never files: an editor that saves by renaming leaves a watched file behind.
//! Where the kernel has no watches left, says so once and leaves it to the regular look.

use crate::files::Ground;
use crate::limits;
use arc_swap::ArcSwap;
use notify::{Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeSet, HashMap};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::Notify;

/// Whether to ask the file system for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// Ask, and do without where it gives none.
    Events,
    /// Do not ask.
    Polling,
}

/// The watches that stand.
pub(super) struct Watching {
    watch: Watch,
    heard: Arc<Heard>,
    watcher: Option<RecommendedWatcher>,
    /// With what tells a folder from another that takes its name later.
    watched: HashMap<PathBuf, (u64, u64)>,
    /// When the kernel last refused a watch.
    refused: Option<Instant>,
    /// What stands now was told to people.
    told: bool,
}

/// What the watcher's thread and ours share.
struct Heard {
    /// Rung when it is worth looking.
    bell: Arc<Notify>,
    /// Written by the look, read by the watcher's thread.
    ground: ArcSwap<(Ground, BTreeSet<PathBuf>)>,
    /// Watches may have been lost: all are to be set anew.
    lost: AtomicBool,
}

impl Watching {
    /// Nothing is watched yet; `bell` is rung with each hint.
    pub(super) fn new(watch: Watch, bell: Arc<Notify>) -> Watching {
        let heard = Heard { bell, ground: ArcSwap::default(), lost: AtomicBool::new(false) };
        Watching {
            watch,
            heard: Arc::new(heard),
            watcher: None,
            watched: HashMap::new(),
            refused: None,
            told: false,
        }
    }

    /// Whether changes are found only by looking.
    pub(super) fn is_polling(&self) -> bool {
        self.watch == Watch::Polling || self.refused.is_some()
    }

    /// Watches this ground and nothing else. Gives whether a watch is new.
    pub(super) fn follow(&mut self, ground: &Ground) -> bool {
        let waits = |at: Instant| at.elapsed() < limits::RELOAD_WATCH_RETRY;
        if self.watch == Watch::Polling || self.refused.is_some_and(waits) {
            return false;
        }
        let wanted = ground.watched();
        self.heard.ground.store(Arc::new((ground.clone(), wanted.clone())));
        let followed = self.started().and_then(|()| self.set(&wanted));
        self.tell(followed.as_ref().err());
        followed.unwrap_or(true)
    }

    fn started(&mut self) -> notify::Result<()> {
        if self.watcher.is_none() {
            let heard = Arc::clone(&self.heard);
            let hear = move |event: notify::Result<Event>| heard.hear(&event);
            // Our own reads follow links; a watch does not need to.
            let config = Config::default().with_follow_symlinks(false);
            self.watcher = Some(RecommendedWatcher::new(hear, config)?);
        }
        Ok(())
    }

    fn set(&mut self, wanted: &BTreeSet<PathBuf>) -> notify::Result<bool> {
        let Some(watcher) = &mut self.watcher else { return Ok(false) };
        let lost = self.heard.lost.swap(false, Ordering::SeqCst);
        self.watched.retain(|path, identity| {
            let stays = !lost && wanted.contains(path) && self::identity(path) == Some(*identity);
            if !stays {
                // Fails where the folder is gone, and its watch with it.
                let _ = watcher.unwatch(path);
            }
            stays
        });
        let mut news = false;
        for path in wanted {
            if self.watched.contains_key(path) {
                continue;
            }
            let Some(identity) = identity(path) else { continue };
            match watcher.watch(path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    news = true;
                    self.watched.insert(path.clone(), identity);
                }
                Err(error) if is_gone(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(news)
    }

    /// Says it when watching broke down, and when it works again; neither twice.
    fn tell(&mut self, error: Option<&notify::Error>) {
        let was = self.refused.take().is_some();
        self.refused = error.map(|_| Instant::now());
        match error {
            Some(error) if !self.told => {
                self.told = true;
                tracing::warn!(
                    %error,
                    every = ?limits::RELOAD_SCAN_EVERY,
                    "the file system tells of no more changes, so the rules folder is read again \
                     and again; raise `fs.inotify.max_user_watches` or `max_user_instances`"
                );
            }
            None if was => {
                self.told = false;
                tracing::info!("the file system tells of changes to the rules again");
            }
            _ => {}
        }
    }
}

impl Heard {
    /// On the watcher's own thread.
    fn hear(&self, event: &notify::Result<Event>) {
        let worth = match event {
            Ok(event) if event.need_rescan() => self.lose(),
            // Our own reading causes these.
            Ok(Event { kind: EventKind::Access(_), .. }) => false,
            Ok(event) => event.paths.is_empty() || event.paths.iter().any(|path| self.about(path)),
            Err(_) => self.lose(),
        };
        if worth {
            self.bell.notify_one();
        }
    }

    /// Whether a change at `path` is worth a look.
    fn about(&self, path: &Path) -> bool {
        let known = self.ground.load();
        let (ground, watched) = known.as_ref();
        // Of a watched folder itself only this is told: that it went, or who may read it.
        if watched.contains(path) {
            return self.lose();
        }
        ground.concerns(path)
    }

    fn lose(&self) -> bool {
        self.lost.store(true, Ordering::SeqCst);
        true
    }
}

/// What tells a folder from another of the same path: device and number.
fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

/// The folder went while we looked: the next look sees what is there instead.
fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
        ErrorKind::Io(why) => why.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;
    use futures_util::FutureExt;
    use notify::event::{AccessKind, DataChange, Flag, ModifyKind};
    use std::fs;
    use std::time::Duration;

    const MODIFIED: EventKind = EventKind::Modify(ModifyKind::Data(DataChange::Any));

    fn event(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(PathBuf::from(path))
    }

    #[test]
    fn only_what_may_change_the_rules_rings() {
        let rescan = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        let opened = EventKind::Access(AccessKind::Any);
        // Whether it rings, and whether all watches are to be set anew.
        let cases = [
            ("a rule file", Ok(event(MODIFIED, "/r/a.toml")), true, false),
            ("our own reading", Ok(event(opened, "/r/a.toml")), false, false),
            ("an editor's hidden file", Ok(event(MODIFIED, "/r/.a.swp")), false, false),
            ("a link on the way", Ok(event(MODIFIED, "/etc/current")), true, false),
            ("a neighbour of it", Ok(event(MODIFIED, "/etc/usher.log")), false, false),
            ("the folder itself", Ok(event(MODIFIED, "/r")), true, true),
            ("events were lost", Ok(rescan), true, true),
            ("the watcher broke down", Err(notify::Error::generic("no more")), true, true),
        ];
        for (what, event, rings, loses) in cases {
            let watching = Watching::new(Watch::Events, Arc::new(Notify::new()));
            let ground = Ground {
                folders: [PathBuf::from("/r")].into(),
                places: [PathBuf::from("/etc/current")].into(),
            };
            let watched = ground.watched();
            watching.heard.ground.store(Arc::new((ground, watched)));
            watching.heard.hear(&event);
            let rang = watching.heard.bell.notified().now_or_never().is_some();
            assert_eq!(rang, rings, "{what}");
            assert_eq!(watching.heard.lost.load(Ordering::SeqCst), loses, "{what}");
        }
    }

    /// What would be lost: after a folder was removed and made again, every event, for the watch
    /// died with the old one; also where the new one got the old one's number.
    #[tokio::test]
    async fn a_folder_made_again_is_watched_again() {
        let dir = tempfile::tempdir().unwrap();
        let rules = dir.path().join("rules");
        let bell = Arc::new(Notify::new());
        let mut watching = Watching::new(Watch::Events, Arc::clone(&bell));
        let rang = async || {
            let rang = tokio::time::timeout(Duration::from_secs(60), bell.notified()).await;
            assert!(rang.is_ok(), "no event came");
        };
        for text in ["1", "2"] {
            fs::create_dir(&rules).unwrap();
            // Whatever came before is seen by this look.
            while watching.follow(&files::snapshot(&rules).ground) {}
            bell.notified().now_or_never();
            fs::write(rules.join("a.toml"), text).unwrap();
            rang().await;
            fs::remove_dir_all(&rules).unwrap();
            rang().await;
        }
        assert!(!watching.is_polling());
    }

    #[test]
    fn what_is_no_longer_on_the_way_is_no_longer_watched() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        fs::create_dir_all(dir.join("rules/shop")).unwrap();
        fs::write(dir.join("rules/a.toml"), "").unwrap();
        let mut watching = Watching::new(Watch::Events, Arc::default());
        let mut follow = || {
            let news = watching.follow(&files::snapshot(&dir.join("rules")).ground);
            let mut watched: Vec<PathBuf> = watching.watched.keys().cloned().collect();
            watched.sort();
            (news, watched)
        };
        let (rules, shop) = (dir.join("rules"), dir.join("rules/shop"));
        assert_eq!(follow(), (true, vec![dir.clone(), rules.clone(), shop.clone()]));
        assert_eq!(follow(), (false, vec![dir.clone(), rules.clone(), shop.clone()]));
        fs::remove_dir(&shop).unwrap();
        // The event may come late: then the watches are set anew once more.
        let (_, watched) = follow();
        assert_eq!(watched, [dir, rules]);
    }

    #[test]
    fn polling_asks_for_nothing() {
        let mut watching = Watching::new(Watch::Polling, Arc::default());
        let ground = files::snapshot(Path::new(env!("CARGO_MANIFEST_DIR"))).ground;
        assert!(!watching.follow(&ground) && watching.watched.is_empty());
        assert!(watching.is_polling() && watching.watcher.is_none());
    }
}
