//! The rules that the demo plays, and what it takes over from their `usher.toml`.

use super::output::Failure;
use super::passing::Folder;
use super::root::{self, Root};
use super::starter;
use crate::config::{Limits, Number, SameText};
use crate::files::CONFIG_FILE;
use crate::limits;
use crate::model::NumberId;
use crate::simulator;
use std::path::{Path, PathBuf};

/// What is played.
pub(super) struct Play {
    /// The rules folder.
    pub(super) rules: PathBuf,
    /// It goes with the demo.
    pub(super) passes: bool,
    /// Region of numbers written without one.
    pub(super) default_region: Option<String>,
    /// The business's numbers; the first is the one that is written to.
    pub(super) numbers: Vec<Number>,
    /// As `usher.toml` says.
    pub(super) limits: Limits,
}

impl Play {
    /// The rules of PATH; without it those of the folder we are in, else the starter rules, written
    /// into `data` so that they can be edited.
    pub(super) fn of(given: Option<&Path>, data: &Folder) -> Result<Play, Failure> {
        match given {
            Some(path) if path.is_dir() => Play::at(&root_of(path)),
            Some(path) => match Root::of(path) {
                Root::File(file) => Err(Failure::start(format!(
                    "`{}` is no folder with rules; `usher demo` takes the folder",
                    file.display()
                ))),
                root => Play::at(&root),
            },
            None => match rules_here() {
                Some(root) => Play::at(&root),
                None => Play::starter(data),
            },
        }
    }

    fn at(root: &Root) -> Result<Play, Failure> {
        match root {
            Root::Config(path) => {
                let config = root::config(path)?;
                let numbers = config.whatsapp.numbers;
                let (rules, limits) = (config.rules, config.limits);
                let default_region = config.whatsapp.default_region;
                Ok(Play { rules, passes: false, default_region, numbers, limits })
            }
            Root::Folder(rules) | Root::File(rules) => Ok(Play::over(rules.clone(), false)),
        }
    }

    fn starter(data: &Folder) -> Result<Play, Failure> {
        let folder = data.path.join("rules");
        if !folder.exists() {
            starter::write_rules(&folder).map_err(|why| {
                let shown = folder.display();
                Failure::start(format!("the starter rules cannot be written to `{shown}`: {why}"))
            })?;
        }
        Ok(Play::over(folder, data.passes()))
    }

    fn over(rules: PathBuf, passes: bool) -> Play {
        let (default_region, limits) = (Some("TW".to_owned()), patient());
        Play { rules, passes, default_region, numbers: invented(), limits }
    }
}

/// Whoever plays the customer says the same again and again, to see what comes of it.
fn patient() -> Limits {
    let times = limits::SAME_TEXT_TIMES_MAX;
    Limits {
        replies_per_minute: limits::REPLIES_PER_MINUTE_MAX,
        same_text: SameText { times, ..SameText::default() },
        ..Limits::default()
    }
}

fn invented() -> Vec<Number> {
    let id = NumberId::from(simulator::Settings::NUMBER);
    vec![Number { id, name: "main".to_owned() }]
}

/// A folder's own rules; it may lie inside the folder that an `usher.toml` names.
fn root_of(path: &Path) -> Root {
    match Root::of(path) {
        Root::Folder(folder) => root::around(path).unwrap_or(Root::Folder(folder)),
        root => root,
    }
}

/// The rules of the folder we are in, where it has any or is a part of them.
fn rules_here() -> Option<Root> {
    let here = Path::new(".");
    let has_any = Path::new(CONFIG_FILE).is_file() || Path::new("rules").is_dir();
    if has_any { Some(Root::of(here)) } else { root::around(here) }
}
