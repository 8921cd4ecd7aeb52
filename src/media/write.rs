//! Writing so that a crash leaves the old or the new, never half of it.

use super::{MediaError, unwritable};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Puts `bytes` in the place of a file: written beside it, synced, renamed.
///
/// # Errors
/// The folder does not take it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), MediaError> {
    into_place(path, |file, beside| file.write_all(bytes).map_err(|why| unwritable(beside, why)))
}

/// Has `write` fill a file beside `path`; when that goes well, syncs it and puts it in its place.
pub(super) fn into_place(
    path: &Path,
    write: impl FnOnce(&mut File, &Path) -> Result<(), MediaError>,
) -> Result<(), MediaError> {
    let beside = beside(path);
    let mut file = File::create(&beside).map_err(|why| unwritable(&beside, why))?;
    let written = write(&mut file, &beside)
        .and_then(|()| file.sync_all().map_err(|why| unwritable(&beside, why)))
        .and_then(|()| fs::rename(&beside, path).map_err(|why| unwritable(path, why)));
    if let Err(error) = written {
        // What is left of it is overwritten the next time.
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    sync_folder(path)
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.new"))
}

/// A rename is durable once its folder is.
fn sync_folder(path: &Path) -> Result<(), MediaError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|why| unwritable(folder, why))
}
