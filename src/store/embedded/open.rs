//! Opening the file: who may, and whether this version can read it.

use super::fault::{Fault, OpenError, Outcome};
use super::jobs::find_job;
use super::tables::{META, Tables, decode, encode, place};
use crate::limits;
use crate::store::lane::{self, Standing};
use redb::{Builder, Database, ReadableTable, StorageBackend};
use std::path::{Path, PathBuf};

/// The format of the tables; raised when an older usher could no longer read them.
/// 2 lists jobs under way apart from those that wait; 3 has timers by kind and the ledger.
const SCHEMA: u32 = 3;
/// Under which key of `meta` it stands.
const SCHEMA_KEY: &str = "schema";
/// The file in the data folder.
const FILE: &str = "usher.redb";

/// Opens or makes the file in `dir`.
pub(super) fn in_folder(dir: &Path) -> Result<Database, OpenError> {
    make_private_folder(dir)
        .map_err(|error| OpenError::NotWritable { path: dir.to_owned(), why: error.to_string() })?;
    let path = dir.join(FILE);
    keep_private(&path)
        .map_err(|error| OpenError::NotWritable { path: path.clone(), why: error.to_string() })?;
    let opened = builder().create(&path);
    finish(path, opened)
}

/// Opens or makes a store on anything that behaves like a disk.
pub(super) fn on_backend(backend: impl StorageBackend) -> Result<Database, OpenError> {
    let opened = builder().create_with_backend(backend);
    finish(PathBuf::from("the given backend"), opened)
}

/// A database that was opened again, once it has shown that it can be written.
pub(super) fn again(database: Database) -> Result<Database, OpenError> {
    match put_schema(&database) {
        Ok(()) => Ok(database),
        Err(fault) => {
            let why = crate::store::StoreError::from(fault).to_string();
            Err(OpenError::NotWritable { path: PathBuf::from(FILE), why })
        }
    }
}

fn put_schema(database: &Database) -> Outcome<()> {
    let txn = database.begin_write()?;
    txn.open_table(META)?.insert(SCHEMA_KEY, encode(&SCHEMA)?.as_slice())?;
    Ok(txn.commit()?)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(limits::STORE_CACHE_BYTES_MAX);
    builder
}

/// Customers' words are for the owner of the process only.
fn make_private_folder(dir: &Path) -> std::io::Result<()> {
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(dir)
}

/// The file for its owner alone, whatever folder it lies in and whoever made it; an older usher
/// left it readable.
fn keep_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let file = file.mode(0o600).open(path)?;
        if file.metadata()?.permissions().mode() & 0o077 != 0 {
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    file.open(path)?;
    Ok(())
}

fn finish(
    path: PathBuf,
    opened: Result<Database, redb::DatabaseError>,
) -> Result<Database, OpenError> {
    let database = opened.map_err(|error| OpenError::from_redb(path.clone(), error.into()))?;
    match settle_schema(&database) {
        Ok(found) if found > SCHEMA => Err(OpenError::Newer { path, found, known: SCHEMA }),
        Ok(_) => Ok(database),
        Err(Fault::Corrupt(why)) => Err(OpenError::Corrupt { path, why }),
        Err(Fault::Disk(why)) => Err(OpenError::NotWritable { path, why }),
        Err(Fault::Busy(why)) => Err(OpenError::NotWritable { path, why: why.to_owned() }),
    }
}

/// The schema of the file; a new or older file gets ours and all tables, so that no read misses
/// one.
fn settle_schema(database: &Database) -> Outcome<u32> {
    let txn = database.begin_write()?;
    let found: Option<u32> = {
        let meta = txn.open_table(META)?;
        let row = meta.get(SCHEMA_KEY)?;
        row.map(|row| decode("the schema", row.value())).transpose()?
    };
    if let Some(found) = found
        && found >= SCHEMA
    {
        txn.abort()?;
        return Ok(found);
    }
    {
        let mut tables = Tables::open(&txn)?;
        if found == Some(1) {
            list_under_way(&mut tables)?;
        }
        tables.meta.insert(SCHEMA_KEY, encode(&SCHEMA)?.as_slice())?;
    }
    txn.commit()?;
    Ok(SCHEMA)
}

/// Format 1 listed every unsettled job of a lane together.
fn list_under_way(tables: &mut Tables<'_>) -> Outcome<()> {
    let mut under_way = Vec::new();
    for row in tables.places.iter()? {
        let key = row?.0.value();
        let found = find_job(&tables.jobs, place(key).job())?;
        if found.is_some_and(|one| lane::standing(&one.job.state) == Standing::UnderWay) {
            under_way.push(key);
        }
    }
    for key in under_way {
        tables.places.remove(key)?;
        tables.under_way.insert(key, ())?;
    }
    Ok(())
}
