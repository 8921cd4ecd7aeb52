//! Which rules a path belongs to: a configuration, a rules folder, or nothing but itself.

use super::output::Failure;
use super::target::Findings;
use crate::config::{self, Config};
use crate::files::CONFIG_FILE;
use std::fs;
use std::path::{Path, PathBuf};

/// What has to be read for a path.
pub(super) enum Root {
    /// An `usher.toml`, with the rules it names.
    Config(PathBuf),
    /// A rules folder.
    Folder(PathBuf),
    /// One file that lies in no rules folder.
    File(PathBuf),
}

impl Root {
    /// What a PATH given by people stands for; a file stands for the rules it is a part of.
    pub(super) fn of(path: &Path) -> Root {
        let config = path.join(CONFIG_FILE);
        if path.file_name().is_some_and(|name| name == CONFIG_FILE) {
            Root::Config(path.to_owned())
        } else if config.is_file() {
            Root::Config(config)
        } else if path.is_file() {
            around(path).unwrap_or_else(|| Root::File(path.to_owned()))
        } else {
            // A folder that holds a rules folder stands for that one.
            let inner = path.join("rules");
            let inner = inner.strip_prefix(".").map(Path::to_owned).unwrap_or(inner);
            Root::Folder(if inner.is_dir() { inner } else { path.to_owned() })
        }
    }
}

/// The rules a file or folder is a part of: those of an `usher.toml` above it, else the nearest
/// folder called `rules`.
pub(super) fn around(path: &Path) -> Option<Root> {
    let above = above(path);
    let config = above.iter().map(|folder| folder.join(CONFIG_FILE)).find(|config| {
        config.is_file()
            && config::look(config).is_ok_and(|read| within(path, &read.config.rules).is_some())
    });
    let named = |folder: &&PathBuf| {
        real(folder).is_some_and(|real| real.file_name().is_some_and(|name| name == "rules"))
            && within(path, folder).is_some()
    };
    let folder = || above.iter().find(named).cloned().map(Root::Folder);
    config.map(Root::Config).or_else(folder)
}

/// Where the path lies in this folder, with `/`; `None` where it does not.
pub(super) fn within(path: &Path, folder: &Path) -> Option<String> {
    let (path, folder) = (real(path)?, real(folder)?);
    path.strip_prefix(folder).ok()?.to_str().map(str::to_owned)
}

/// The configuration in this file; what is wrong with it is shown.
pub(super) fn config(path: &Path) -> Result<Config, Failure> {
    let read = config::look(path).map_err(|refused| Findings::refused(path, refused).stop())?;
    Ok(read.config)
}

/// The path itself and the folders above it, the nearest first, as they are named from here.
fn above(path: &Path) -> Vec<PathBuf> {
    let mut above: Vec<PathBuf> = path.ancestors().map(Path::to_owned).collect();
    if path.is_relative() {
        let depth = std::env::current_dir().map_or(0, |here| here.components().count());
        above.extend((1..depth).map(|ups| (0..ups).map(|_| "..").collect()));
    }
    above
}

fn real(path: &Path) -> Option<PathBuf> {
    let here = path.as_os_str().is_empty();
    fs::canonicalize(if here { Path::new(".") } else { path }).ok()
}
