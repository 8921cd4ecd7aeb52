//! The journal's files: `YYYY-MM-DD.jsonl`, one line a record, `{"n":position,"record":…}`.
//!
//! A file is only ever appended to, and only the newest one. Its name is the UTC day of its first
//! record; a record of an earlier day that comes late stands in it too, so that the order of
//! files and lines is the order of commits.

use crate::limits;
use crate::model::{Day, EventId, Record};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// What is wrong with a journal file.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// It cannot be read or written.
    #[error("cannot use the journal in `{path}`: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// One line is damaged; the others can be read.
    #[error("line {line} of `{path}` is damaged: {why}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What was found.
        why: String,
    },
}

/// One line, to be written.
#[derive(Serialize)]
struct LineOut<'a> {
    n: u64,
    record: &'a Record,
}

/// One line, read.
#[derive(Deserialize)]
struct LineIn {
    n: u64,
    record: Record,
}

/// As much of a line as says which it is.
#[derive(Deserialize)]
struct LineHead {
    n: u64,
    record: RecordHead,
}

#[derive(Deserialize)]
struct RecordHead {
    event: EventHead,
}

#[derive(Deserialize)]
struct EventHead {
    id: EventId,
}

/// The files of a folder, the newest one open at its end.
pub(super) struct Segments {
    dir: PathBuf,
    newest: Option<(String, File)>,
    /// Lines of the newest file that the store still holds: written before a crash, perhaps not
    /// synced. By position, with the event, so that they are not written twice.
    known: HashMap<u64, EventId>,
}

impl Segments {
    /// Opens the folder, makes it if need be, and cuts a torn last line. `from` is the first
    /// position the store still holds; nothing before it is to be written again.
    pub(super) fn open(dir: &Path, from: u64) -> Result<Segments, SegmentError> {
        make_private_folder(dir).map_err(|source| at(dir, source))?;
        let mut segments = Segments { dir: dir.to_owned(), newest: None, known: HashMap::new() };
        if let Some(name) = names(dir)?.pop() {
            let path = dir.join(&name);
            let (file, known) = open_newest(&path, from).map_err(|source| at(&path, source))?;
            segments.newest = Some((name, file));
            segments.known = known;
        }
        Ok(segments)
    }

    /// Appends the records that belong in one file, durably; how many of `lines` that was. The
    /// rest begins the next file: it is opened only once these have been drained.
    pub(super) fn append(&mut self, lines: &[(u64, Record)]) -> Result<usize, SegmentError> {
        let Some((_, first)) = lines.first() else { return Ok(0) };
        let name = self.name_for(first);
        let same = lines.iter().take_while(|(_, record)| self.name_for(record) == name).count();
        let mut bytes = Vec::new();
        for (n, record) in lines.iter().take(same) {
            if self.known.remove(n).as_ref() == Some(&record.event.id) {
                continue;
            }
            write_line(&mut bytes, *n, record).map_err(|source| at(&self.dir, source))?;
        }
        let path = self.dir.join(&name);
        self.write(name, &bytes).map_err(|source| at(&path, source))?;
        Ok(same)
    }

    /// Never an earlier file than the newest.
    fn name_for(&self, record: &Record) -> String {
        let name = segment_name(record.at.day());
        match &self.newest {
            Some((newest, _)) if *newest > name => newest.clone(),
            _ => name,
        }
    }

    /// Synced even when there is nothing new: lines found after a crash may not have been.
    fn write(&mut self, name: String, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.newest {
            Some((newest, file)) if *newest == name => file,
            newest => {
                let file = create(&self.dir, &name)?;
                &mut newest.insert((name, file)).1
            }
        };
        file.write_all(bytes)?;
        file.sync_data()
    }
}

fn at(path: &Path, source: io::Error) -> SegmentError {
    SegmentError::Io { path: path.to_owned(), source }
}

fn write_line(bytes: &mut Vec<u8>, n: u64, record: &Record) -> io::Result<()> {
    serde_json::to_writer(&mut *bytes, &LineOut { n, record })?;
    bytes.push(b'\n');
    Ok(())
}

/// Customers' words are for the owner of the process only.
fn make_private_folder(dir: &Path) -> io::Result<()> {
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(dir)
}

/// A new file, whose name survives a power cut.
fn create(dir: &Path, name: &str) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(dir.join(name))?;
    File::open(dir)?.sync_all()?;
    Ok(file)
}

fn open_newest(path: &Path, from: u64) -> io::Result<(File, HashMap<u64, EventId>)> {
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    let mut known = HashMap::new();
    let mut whole: u64 = 0;
    let mut reader = BufReader::new(&mut file);
    while let Some(line) = next_line(&mut reader)? {
        if line.torn {
            break;
        }
        whole = whole.saturating_add(line.length);
        if let Ok(LineHead { n, record }) = serde_json::from_slice(&line.bytes)
            && n >= from
        {
            known.insert(n, record.event.id);
        }
    }
    if file.metadata()?.len() > whole {
        tracing::warn!(path = %path.display(), "cutting a line that a crash left half-written");
        file.set_len(whole)?;
        file.sync_all()?;
    }
    file.seek(SeekFrom::End(0))?;
    Ok((file, known))
}

/// The journal's files of a folder, the oldest first.
pub(super) fn names(dir: &Path) -> Result<Vec<String>, SegmentError> {
    let mut names = Vec::new();
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        Err(error) => return Err(at(dir, error)),
    };
    for entry in entries {
        let name = entry.map_err(|source| at(dir, source))?.file_name();
        names.extend(name.to_str().filter(|name| is_segment(name)).map(str::to_owned));
    }
    names.sort_unstable();
    Ok(names)
}

fn segment_name(day: Day) -> String {
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().days(day.0)).unwrap_or(jiff::civil::Date::MAX);
    format!("{date}.jsonl")
}

fn is_segment(name: &str) -> bool {
    name.strip_suffix(".jsonl")
        .is_some_and(|day| day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok())
}

struct Line {
    bytes: Vec<u8>,
    /// With its end of line, and what was too long to keep.
    length: u64,
    /// It has no end: the file ends in it.
    torn: bool,
}

/// The next line; of one longer than the limit only the beginning is kept.
fn next_line(reader: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    let limit = limits::JOURNAL_LINE_BYTES_MAX as u64;
    let mut length = reader.by_ref().take(limit).read_until(b'\n', &mut bytes)? as u64;
    if length == 0 {
        return Ok(None);
    }
    let mut torn = bytes.last() != Some(&b'\n');
    if torn && length == limit {
        let rest = reader.skip_until(b'\n')? as u64;
        length = length.saturating_add(rest);
        torn = rest == 0;
    }
    Ok(Some(Line { bytes, length, torn }))
}

/// All records in the files of `dir`, the oldest first. A damaged line is an error of its own; the
/// iterator goes on behind it. A last line still being written is passed over.
///
/// # Errors
/// The folder cannot be read. That there is none is no error.
pub fn read(dir: &Path) -> Result<Records, SegmentError> {
    let paths: Vec<PathBuf> = names(dir)?.into_iter().map(|name| dir.join(name)).collect();
    Ok(Records { paths: paths.into_iter(), open: None })
}

/// The record of an event in the files of `dir`, the newest first.
///
/// # Errors
/// A file cannot be read. Damaged lines are passed over.
pub(super) fn find(dir: &Path, event: &EventId) -> Result<Option<Record>, SegmentError> {
    for name in names(dir)?.into_iter().rev() {
        let mut records = Records { paths: vec![dir.join(name)].into_iter(), open: None };
        // Looked for in the bytes first: parsing every line would be slower by far.
        let quoted = serde_json::to_string(event).unwrap_or_default();
        while let Some(item) = records.next_with(|bytes| contains(bytes, quoted.as_bytes())) {
            match item {
                Ok((_, record)) if record.event.id == *event => return Ok(Some(record)),
                Ok(_) | Err(SegmentError::Line { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(None)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The records of a journal's files; made by [`read`].
pub struct Records {
    paths: std::vec::IntoIter<PathBuf>,
    open: Option<Reading>,
}

struct Reading {
    path: PathBuf,
    reader: BufReader<File>,
    line: u64,
}

impl Iterator for Records {
    /// Position and record.
    type Item = Result<(u64, Record), SegmentError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with(|_| true)
    }
}

impl Records {
    /// The next record whose line `wanted` accepts.
    fn next_with(
        &mut self,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Option<Result<(u64, Record), SegmentError>> {
        loop {
            if self.open.is_none() {
                match Reading::open(self.paths.next()?) {
                    Ok(reading) => self.open = Some(reading),
                    Err(error) => return Some(Err(error)),
                }
            }
            let reading = self.open.as_mut()?;
            match next_line(&mut reading.reader) {
                Ok(Some(line)) if !line.torn => {
                    reading.line = reading.line.saturating_add(1);
                    if wanted(&line.bytes) {
                        return Some(reading.parse(&line.bytes));
                    }
                }
                Ok(_) => self.open = None,
                Err(source) => {
                    let failed = at(&reading.path, source);
                    self.open = None;
                    return Some(Err(failed));
                }
            }
        }
    }
}

impl Reading {
    fn open(path: PathBuf) -> Result<Reading, SegmentError> {
        let file = File::open(&path).map_err(|source| at(&path, source))?;
        Ok(Reading { path, reader: BufReader::new(file), line: 0 })
    }

    fn parse(&self, bytes: &[u8]) -> Result<(u64, Record), SegmentError> {
        let damaged = |error: serde_json::Error| SegmentError::Line {
            path: self.path.clone(),
            line: self.line,
            // Its own words quote what stands there, which may be a customer's.
            why: format!("not as expected at byte {}", error.column()),
        };
        serde_json::from_slice(bytes).map(|LineIn { n, record }| (n, record)).map_err(damaged)
    }
}
