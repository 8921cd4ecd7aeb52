//! `usher init`: a folder to start from, checked.

use super::check;
use super::output::{self, Exit, Failure, Outcome};
use super::starter;
use super::target;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Write a commented usher.toml, starter rules, and schemas for your editor into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  usher init shop")]
pub(super) struct Args {
    /// The folder; made where there is none. Nothing in it is overwritten
    dir: PathBuf,
}

pub(super) fn run(args: &Args) -> Outcome {
    let dir = &args.dir;
    let taken = starter::files().find(|(place, _)| dir.join(place).exists());
    if let Some((place, _)) = taken {
        let path = dir.join(place);
        let sentence = format!("`{}` is there already; choose another folder", path.display());
        return Err(Failure::start(sentence));
    }
    for (place, bytes) in starter::files() {
        let path = dir.join(place);
        write(&path, &bytes)?;
        output::line(&format!("  {}", path.display()))?;
    }
    let checked = match target::read(dir)? {
        Ok(target) => target.check(),
        Err(findings) => return Err(findings.stop()),
    };
    if checked.findings.refuse() {
        return Err(checked.findings.stop());
    }
    // The secrets it names are yet to be set: that much is expected.
    if let Some(rules) = &checked.ruleset {
        output::line(&format!("rules fine: {}", check::counts(rules)))?;
    }
    output::text(&next_steps(dir))?;
    Ok(Exit::Fine)
}

/// Writes a file that is not there yet.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(Path::new(""));
    let written = fs::create_dir_all(parent)
        .and_then(|()| fs::File::create_new(path))
        .and_then(|mut file| file.write_all(bytes));
    written.map_err(|why| Failure::start(format!("`{}` cannot be written: {why}", path.display())))
}

fn next_steps(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "
What next:
  1. Change the rules in {dir}/rules, and see what they do:
       usher explain \"where is my order\" --config {dir}/usher.toml
  2. Fill in your ids in {dir}/usher.toml, and set the secrets it names:
       export WHATSAPP_TOKEN=… WHATSAPP_APP_SECRET=… WHATSAPP_VERIFY_TOKEN=… USHER_ADMIN_TOKEN=…
  3. Start it:
       usher run --config {dir}/usher.toml
  To try it without an account: cd {dir} && usher demo
"
    )
}
