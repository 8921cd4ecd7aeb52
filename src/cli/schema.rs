//! `usher schema`: what editors need to complete and check rule files and `usher.toml`.

use super::output::{self, Exit, Outcome};
use crate::{config, rules};

/// Print the JSON Schema of rule files or of usher.toml, for editors
///
/// Editors with Taplo inside (VS Code: “Even Better TOML”) complete keys, show what each means, and
/// underline what does not exist. `usher init` writes both schemas and the `.taplo.toml` that names
/// them; after an update of usher, write them anew.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher schema > shop/rules.schema.json               of rule files
  usher schema --for config > shop/usher.schema.json  of usher.toml
A single file may name its schema in its first line:
  #:schema ../rules.schema.json")]
pub(super) struct Args {
    /// Which files it is for
    #[arg(long = "for", value_enum, default_value_t = Files::Rules)]
    files: Files,
}

/// Files that have a schema.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Files {
    /// Rule files.
    Rules,
    /// `usher.toml`.
    Config,
}

pub(super) fn run(args: &Args) -> Outcome {
    let schema = match args.files {
        Files::Rules => rules::schema::schema(),
        Files::Config => config::schema(),
    };
    output::json(&schema)?;
    Ok(Exit::Fine)
}
