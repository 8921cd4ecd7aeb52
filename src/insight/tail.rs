//! The end of the journal: what happened last, without reading all of it.

use super::segments::{SegmentError, names};
use crate::limits;
use crate::model::Record;
use serde::Deserialize;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// As much of a line as is wanted.
#[derive(Deserialize)]
struct Line {
    record: Record,
}

/// The last records in the newest file of `dir`, the oldest first: at most `most`, and only those
/// within its last [`limits::JOURNAL_TAIL_BYTES_MAX`]. Damaged lines are passed over.
///
/// # Errors
/// The folder or the file cannot be read. That there is none is no error.
pub fn last(dir: &Path, most: usize) -> Result<VecDeque<Record>, SegmentError> {
    let Some(name) = names(dir)?.pop() else { return Ok(VecDeque::new()) };
    let path = dir.join(name);
    let bytes = tail(&path).map_err(|source| SegmentError::Io { path, source })?;
    let mut last = VecDeque::new();
    for line in bytes.rsplit(|byte| *byte == b'\n') {
        if last.len() >= most {
            break;
        }
        if let Ok(Line { record }) = serde_json::from_slice(line) {
            last.push_front(record);
        }
    }
    Ok(last)
}

fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(limits::JOURNAL_TAIL_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.take(limits::JOURNAL_TAIL_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}
