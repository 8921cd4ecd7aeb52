//! A disk whose power can be cut: what was not synced is kept, dropped or torn, at random.

use fastrand::Rng;
use redb::StorageBackend;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard};

/// The part of a disk that is written whole or not at all.
const SECTOR: usize = 512;

/// A disk; clones are the same disk.
#[derive(Debug, Clone)]
pub struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug)]
struct Platter {
    /// What the running process sees.
    live: Vec<u8>,
    /// What a power cut leaves for certain.
    durable: Vec<u8>,
    /// What has been written since the last sync.
    pending: Vec<Change>,
    /// Writes and syncs until the power is cut.
    left: u64,
    syncs: Syncs,
}

#[derive(Debug)]
enum Change {
    Length(usize),
    Bytes { offset: usize, bytes: Vec<u8> },
}

/// Whether a sync does what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    Honest,
    /// It returns at once: as if the store had forgotten to sync.
    Lying,
}

impl Disk {
    /// A disk that holds `image`; the power is cut after `left` writes and syncs.
    pub fn new(image: Vec<u8>, left: u64, syncs: Syncs) -> Disk {
        let live = image.clone();
        Disk(Arc::new(Mutex::new(Platter { live, durable: image, pending: vec![], left, syncs })))
    }

    /// What is found when the power is back.
    pub fn image(&self, rng: &mut Rng) -> Vec<u8> {
        let platter = self.platter();
        let mut image = platter.durable.clone();
        // One cut loses everything or nothing of what was under way, another some of it.
        let mood = rng.u8(0..4);
        for change in &platter.pending {
            match (mood, change) {
                (0, _) => {}
                (1, change) => change.apply(&mut image),
                (_, Change::Bytes { offset, bytes }) => tear(&mut image, *offset, bytes, rng),
                (_, change) if rng.bool() => change.apply(&mut image),
                _ => {}
            }
        }
        image
    }

    pub fn is_off(&self) -> bool {
        self.platter().left == 0
    }

    fn platter(&self) -> MutexGuard<'_, Platter> {
        self.0.lock().unwrap()
    }

    fn change(&self, change: Change) -> Result<()> {
        let mut platter = self.platter();
        if platter.left == 0 {
            return platter.spend();
        }
        // The write at which the power goes is under way: it too may be kept or torn.
        change.apply(&mut platter.live);
        platter.pending.push(change);
        platter.spend()
    }
}

/// Each write is kept, dropped, or kept in some of its sectors.
fn tear(image: &mut Vec<u8>, offset: usize, bytes: &[u8], rng: &mut Rng) {
    let fate = rng.u8(0..3);
    for (n, sector) in bytes.chunks(SECTOR).enumerate() {
        if fate == 0 || (fate == 1 && rng.bool()) {
            let bytes = sector.to_vec();
            Change::Bytes { offset: offset + n * SECTOR, bytes }.apply(image);
        }
    }
}

impl Change {
    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Change::Length(length) => image.resize(*length, 0),
            Change::Bytes { offset, bytes } => {
                let end = offset + bytes.len();
                if image.len() < end {
                    image.resize(end, 0);
                }
                image[*offset..end].copy_from_slice(bytes);
            }
        }
    }
}

impl Platter {
    fn spend(&mut self) -> Result<()> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 { Err(Error::other("the power is off")) } else { Ok(()) }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64> {
        Ok(self.platter().live.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<()> {
        let platter = self.platter();
        let offset = usize::try_from(offset).unwrap();
        let end = offset + out.len();
        let bytes = platter.live.get(offset..end).ok_or(ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<()> {
        self.change(Change::Length(usize::try_from(length).unwrap()))
    }

    fn sync_data(&self) -> Result<()> {
        let mut platter = self.platter();
        platter.spend()?;
        if platter.syncs == Syncs::Honest {
            for change in std::mem::take(&mut platter.pending) {
                change.apply(&mut platter.durable);
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        let offset = usize::try_from(offset).unwrap();
        self.change(Change::Bytes { offset, bytes: bytes.to_vec() })
    }
}
