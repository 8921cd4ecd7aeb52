//! Secrets and certificates are files that others replace while usher runs: their content is
//! looked at every few seconds, and what changed is read again.
//!
//! A change counts once it looked the same twice, so that a file half written, or a new
//! certificate whose key is still to come, is not taken for the new one.

use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::limits;
use crate::metrics::{Metrics, RereadLabels};
use crate::server::tls::Tls;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Whether something changed; or why it could not be read, without its content.
type Reread = Box<dyn Fn() -> Result<bool, String> + Send>;

/// Everything that is looked at.
pub(super) struct Watch {
    watched: Vec<Watched>,
    metrics: Arc<Metrics>,
}

/// Files that make one thing together.
struct Watched {
    /// The metric's label.
    what: &'static str,
    /// For the log.
    name: String,
    files: Vec<PathBuf>,
    reread: Reread,
    /// What the files held when they were last looked at.
    seen: Option<Fingerprint>,
    /// What they held when they were last read.
    read: Option<Fingerprint>,
    /// Why that failed, where it did.
    why: Option<String>,
}

type Fingerprint = [u8; 32];

impl Watch {
    /// What `usher.toml` names and may change under it.
    pub(super) fn new(config: &Config, tls: Option<Tls>, metrics: Arc<Metrics>) -> Watch {
        let theirs = config.whatsapp_secrets().into_iter().chain(config.connector_secrets());
        let theirs = theirs.map(|one| (one, Vec::new()));
        let tokens = config.token_secrets();
        let tokens = tokens.iter().enumerate().map(|(place, one)| {
            let others = tokens.iter().enumerate().filter(|(other, _)| *other != place);
            (one.clone(), others.map(|(_, other)| other.clone()).collect::<Vec<_>>())
        });
        let secrets = theirs.chain(tokens).filter_map(|((name, secrets), others)| {
            let files = vec![secrets.file()?.to_owned()];
            let reread: Reread = Box::new(move || secrets.reread_beside(&others));
            Some(Watched { what: "secret", name, files, reread, seen: None, read: None, why: None })
        });
        let mut watched: Vec<Watched> = secrets.collect();
        if let (Some(tls), Some(files)) = (tls, &config.server.tls) {
            show_expiry(&metrics, &files.cert, &tls);
            tell_time(&tls);
            let (shown, cert) = (Arc::clone(&metrics), files.cert.clone());
            let reread: Reread = Box::new(move || {
                let changed = tls.reread().map_err(|why| why.to_string());
                show_expiry(&shown, &cert, &tls);
                if changed == Ok(true) {
                    tell_time(&tls);
                }
                changed
            });
            let name = "`[server] tls`".to_owned();
            let files = vec![files.cert.clone(), files.key.clone()];
            let (seen, read, why) = (None, None, None);
            watched.push(Watched { what: "tls", name, files, reread, seen, read, why });
        }
        Watch { watched, metrics }
    }

    /// Looks until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut looks = tokio::time::interval(limits::FILES_LOOK_EVERY);
        loop {
            tokio::select! {
                _ = looks.tick() => {}
                () = stop.cancelled() => return,
            }
            // A file may lie on a disk that answers slowly.
            let looked = tokio::task::spawn_blocking(move || {
                self.look();
                self
            });
            match looked.await {
                Ok(watch) => self = watch,
                Err(error) => {
                    tracing::error!(%error, "secrets and certificates are not looked at any more");
                    return stop.cancelled().await;
                }
            }
        }
    }

    fn look(&mut self) {
        for watched in &mut self.watched {
            let Some(outcome) = watched.look() else { continue };
            let labels = RereadLabels { what: watched.what, outcome };
            self.metrics.files_reread.get_or_create(&labels).inc();
        }
    }
}

impl Watched {
    /// Reads the files again where they changed and have settled: the metric's outcome.
    fn look(&mut self) -> Option<&'static str> {
        let now = fingerprint(&self.files);
        let settled = self.seen.replace(now) == Some(now);
        if !settled {
            return None;
        }
        let known = self.read.replace(now) == Some(now);
        // What failed is tried again: it may have been refused for the sake of another file.
        if known && self.why.is_none() {
            return None;
        }
        match (self.reread)() {
            Ok(false) => {
                self.why = None;
                None
            }
            Ok(true) => {
                self.why = None;
                tracing::info!("{} changed and was read again", self.name);
                Some("changed")
            }
            Err(why) if known && self.why.as_ref() == Some(&why) => None,
            Err(why) => {
                self.why = Some(why.clone());
                tracing::error!("{} stays as it was: {why}", self.name);
                Some("failed")
            }
        }
    }
}

fn fingerprint(files: &[PathBuf]) -> Fingerprint {
    let mut digest = Sha256::new();
    for file in files {
        // Why a file cannot be read is part of the picture: it is told once.
        let content = content(file).unwrap_or_else(|why| why.to_string().into_bytes());
        digest.update(Sha256::digest(content));
    }
    digest.finalize().into()
}

fn content(file: &Path) -> std::io::Result<Vec<u8>> {
    let about = std::fs::metadata(file)?;
    if !about.is_file() || about.len() > limits::PEM_FILE_BYTES_MAX {
        return Err(std::io::Error::other("no small file"));
    }
    std::fs::read(file)
}

fn show_expiry(metrics: &Metrics, cert: &Path, tls: &Tls) {
    metrics.tls_expiry(&cert.display().to_string()).set(tls.expires_at());
}

fn tell_time(tls: &Tls) {
    if let Some(why) = tls.outside_its_time(SystemClock.now()) {
        tracing::error!("{why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secrets;

    fn watched(secrets: &Secrets) -> Watched {
        let files = vec![secrets.file().unwrap().to_owned()];
        let secrets = secrets.clone();
        let reread: Reread = Box::new(move || secrets.reread());
        let name = "`secret`".to_owned();
        Watched { what: "secret", name, files, reread, seen: None, read: None, why: None }
    }

    #[test]
    fn what_changed_counts_once_it_has_settled() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret.txt");
        std::fs::write(&file, "one").unwrap();
        let secrets = Secrets::of_file(&file, vec!["one".into()]);
        let mut watched = watched(&secrets);
        let mut looks = |content: Option<&str>| {
            match content {
                Some(content) => std::fs::write(&file, content).unwrap(),
                None => std::fs::remove_file(&file).unwrap(),
            }
            [watched.look(), watched.look(), watched.look()]
        };
        assert_eq!(looks(Some("one")), [None, None, None], "as it was read at the start");
        assert_eq!(looks(Some("two")), [None, Some("changed"), None]);
        assert_eq!(looks(Some("")), [None, Some("failed"), None], "told once");
        assert_eq!(looks(None), [None, Some("failed"), None]);
        assert_eq!(looks(Some("two")), [None, None, None], "back to what is in force");
        assert_eq!(looks(Some("three")), [None, Some("changed"), None]);
    }
}
