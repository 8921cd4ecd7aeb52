//! Which files WhatsApp holds for which number: every file is uploaded once, its id kept for as
//! long as it lives, over restarts. How an upload is done is `client`'s business.

use super::client::Answer;
use super::errors::Action;
use crate::clock::Clock;
use crate::limits;
use crate::media;
use crate::model::{NumberId, SendError, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::{OnceCell, Semaphore};

/// Where the ids are kept, under `data/media`.
const IDS: &str = "ids.json";

/// The uploads of this process. Its files are those that [`media::keep`] puts under `data/media`.
pub struct Uploads {
    data: PathBuf,
    clock: Arc<dyn Clock>,
    /// Held for a look, never across an await.
    known: Mutex<HashMap<Key, Known>>,
    /// Uploads under way: whoever needs the same file waits for the same one.
    flights: Mutex<HashMap<Key, Flight>>,
    /// One permit for each upload under way.
    places: Semaphore,
    /// One writer of the list at a time, so that the last one written is the newest.
    saving: tokio::sync::Mutex<()>,
}

/// A file that WhatsApp holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Uploaded {
    /// Its id there.
    pub(super) id: String,
    /// It was uploaded just now: WhatsApp cannot have forgotten it.
    pub(super) fresh: bool,
}

/// A file to be uploaded: open, at its beginning, and of the digest it should have.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) file: File,
    pub(super) bytes: u64,
}

type Outcome = Result<Uploaded, Box<Answer>>;
type Flight = Arc<OnceCell<Outcome>>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    number: NumberId,
    sha256: String,
}

#[derive(Debug, Clone)]
struct Known {
    id: String,
    uploaded_at: Timestamp,
    /// From here on it is uploaded again when it is next needed.
    renewed_from: Timestamp,
}

impl Known {
    fn new(id: String, uploaded_at: Timestamp) -> Known {
        let renewed_from = uploaded_at.plus(limits::UPLOAD_RENEWED_AFTER);
        Known { id, uploaded_at, renewed_from }
    }

    fn lives(&self, now: Timestamp) -> bool {
        now < self.uploaded_at.plus(limits::UPLOAD_LIVES)
    }
}

/// A line of the list on disk.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    number: NumberId,
    sha256: String,
    id: String,
    uploaded_at: Timestamp,
}

impl Uploads {
    /// The uploads known under this data folder. A list that cannot be read is begun anew: files
    /// are then uploaded again when they are next needed.
    #[must_use]
    pub fn open(data: &Path, clock: Arc<dyn Clock>) -> Uploads {
        let path = media::folder(data).join(IDS);
        let lines = read(&path).unwrap_or_else(|why| {
            tracing::warn!(path = %path.display(), why, "the list of uploads is begun anew");
            Vec::new()
        });
        let known = lines.into_iter().map(|line| {
            let Line { number, sha256, id, uploaded_at } = line;
            (Key { number, sha256 }, Known::new(id, uploaded_at))
        });
        Uploads {
            data: data.to_owned(),
            clock,
            known: Mutex::new(known.collect()),
            flights: Mutex::default(),
            places: Semaphore::new(limits::UPLOADS_AT_ONCE_MAX),
            saving: tokio::sync::Mutex::default(),
        }
    }

    /// WhatsApp's id of a kept file for this number; `upload` is called where there is none, or
    /// only one that will die soon. Whoever asks meanwhile waits for the same upload. `Err` is what
    /// is to be said of the send: nothing was sent.
    pub(super) async fn id(
        &self,
        number: &NumberId,
        sha256: &str,
        upload: impl AsyncFnOnce(Verified) -> Result<String, Box<Answer>>,
    ) -> Outcome {
        let key = Key { number: number.clone(), sha256: sha256.to_owned() };
        if let Some(id) = self.good(&key) {
            return Ok(Uploaded { id, fresh: false });
        }
        let flight = Arc::clone(self.flights().entry(key.clone()).or_default());
        let outcome = flight.get_or_init(|| self.fetch(&key, upload)).await.clone();
        let mut flights = self.flights();
        if flights.get(&key).is_some_and(|current| Arc::ptr_eq(current, &flight)) {
            flights.remove(&key);
        }
        drop(flights);
        // One that dies soon still lives.
        outcome.or_else(|answer| match self.put_off(&key) {
            Some(id) => Ok(Uploaded { id, fresh: false }),
            None => Err(answer),
        })
    }

    /// WhatsApp does not know this id any more. Another that came meanwhile stays.
    pub(super) async fn forget(&self, number: &NumberId, sha256: &str, id: &str) {
        let key = Key { number: number.clone(), sha256: sha256.to_owned() };
        if self.remove(&key, id) {
            tracing::warn!(sha256, "WhatsApp has forgotten a file; it is uploaded again");
            self.save().await;
        }
    }

    async fn fetch(
        &self,
        key: &Key,
        upload: impl AsyncFnOnce(Verified) -> Result<String, Box<Answer>>,
    ) -> Outcome {
        // Another flight may have landed between the look and this one.
        if let Some(id) = self.good(key) {
            return Ok(Uploaded { id, fresh: false });
        }
        // Never closed.
        let _place = self.places.acquire().await;
        let file = self.verified(&key.sha256).await.map_err(|detail| Box::new(failed(detail)))?;
        let id = upload(file).await?;
        self.remember(key.clone(), Known::new(id.clone(), self.clock.now()));
        self.save().await;
        Ok(Uploaded { id, fresh: true })
    }

    /// The kept file with this digest. One that has other bytes is taken away, so that it is copied
    /// anew with the next start or reload.
    async fn verified(&self, sha256: &str) -> Result<Verified, String> {
        let path = media::kept(&self.data, sha256);
        let shown = format!("a file that is to be sent, kept as `{}`,", path.display());
        let unreadable = |why: std::io::Error| format!("{shown} cannot be read: {why}");
        let mut file = File::open(&path).await.map_err(unreadable)?;
        let mut digest = media::Sha256Hex::default();
        let mut chunk = vec![0; 64 * 1024];
        let mut bytes = 0_u64;
        loop {
            let read = file.read(&mut chunk).await.map_err(unreadable)?;
            if read == 0 {
                break;
            }
            digest.update(chunk.get(..read).unwrap_or_default());
            bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        }
        if digest.hex() != sha256 {
            // If it stays, the next start finds it as wrong as it is.
            let _ = tokio::fs::remove_file(&path).await;
            return Err(format!("{shown} has other bytes than it should; save the rules again"));
        }
        file.rewind().await.map_err(unreadable)?;
        Ok(Verified { file, bytes })
    }

    /// The id of an upload that need not be renewed yet.
    fn good(&self, key: &Key) -> Option<String> {
        let now = self.clock.now();
        let known = self.known();
        let upload = known.get(key).filter(|upload| upload.lives(now))?;
        (now < upload.renewed_from).then(|| upload.id.clone())
    }

    /// The id of an upload that lives although it could not be renewed. It is used as it is for a
    /// while: whoever sends next must not wait for a line that is slow now.
    fn put_off(&self, key: &Key) -> Option<String> {
        let now = self.clock.now();
        let mut known = self.known();
        let upload = known.get_mut(key).filter(|upload| upload.lives(now))?;
        upload.renewed_from = now.plus(limits::UPLOAD_RENEWAL_RETRY);
        Some(upload.id.clone())
    }

    fn remember(&self, key: Key, upload: Known) {
        let now = self.clock.now();
        let mut known = self.known();
        known.insert(key, upload);
        known.retain(|_, upload| upload.lives(now));
        while known.len() > limits::UPLOADS_KNOWN_MAX {
            let oldest = known.iter().min_by_key(|(_, upload)| upload.uploaded_at);
            let Some(oldest) = oldest.map(|(key, _)| key.clone()) else { break };
            known.remove(&oldest);
        }
    }

    fn remove(&self, key: &Key, id: &str) -> bool {
        let mut known = self.known();
        let found = known.get(key).is_some_and(|known| known.id == id);
        if found {
            known.remove(key);
        }
        found
    }

    /// Keeps the list. A failure costs another upload after a restart, no message.
    async fn save(&self) {
        let _one = self.saving.lock().await;
        let lines = self.lines();
        let path = media::folder(&self.data).join(IDS);
        let written = tokio::task::spawn_blocking(move || {
            let json = serde_json::to_vec_pretty(&lines).map_err(|why| why.to_string())?;
            media::replace(&path, &json).map_err(|why| why.to_string())
        });
        let why = match written.await {
            Ok(Ok(())) => return,
            Ok(Err(why)) => why,
            Err(_) => "the writer ended early".to_owned(),
        };
        tracing::warn!(why, "the list of uploads could not be kept");
    }

    fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = self
            .known()
            .iter()
            .map(|(key, known)| Line {
                number: key.number.clone(),
                sha256: key.sha256.clone(),
                id: known.id.clone(),
                uploaded_at: known.uploaded_at,
            })
            .collect();
        lines.sort_by(|a, b| (&a.number, &a.sha256).cmp(&(&b.number, &b.sha256)));
        lines
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Key, Known>> {
        // Nothing panics while it is held; a poisoned lock still holds a whole value.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<Key, Flight>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Uploads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Uploads").field("data", &self.data).finish_non_exhaustive()
    }
}

/// A send whose file could not be brought to WhatsApp, for a reason that may pass.
pub(super) fn failed(detail: String) -> Answer {
    Answer::Refused {
        error: SendError { code: None, reason: "media".to_owned(), detail },
        action: Action::Again,
        retry_after: None,
    }
}

/// No list is an empty one.
fn read(path: &Path) -> Result<Vec<Line>, String> {
    match std::fs::metadata(path) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(why.to_string()),
        Ok(about) if about.len() > limits::UPLOADS_FILE_BYTES_MAX => {
            return Err("it is too large".to_owned());
        }
        Ok(_) => {}
    }
    let bytes = std::fs::read(path).map_err(|why| why.to_string())?;
    let lines: Vec<Line> = serde_json::from_slice(&bytes).map_err(|why| why.to_string())?;
    Ok(lines.into_iter().take(limits::UPLOADS_KNOWN_MAX).collect())
}
