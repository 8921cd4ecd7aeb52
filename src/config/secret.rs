//! Secrets: named in `usher.toml`, kept elsewhere. What stands in the file literally is refused,
//! and neither shown nor logged.

use super::secrets::Secrets;
use super::walk::{Found, Problems, Section, nearest};
use secrecy::SecretString;
use std::path::Path;
use toml::de::DeValue;

/// A file of secrets, several lines of which count.
const SECRET_FILE_BYTES_MAX: u64 = 64 * 1024;

impl Section<'_> {
    /// The secrets under a key; empty where it is absent or they cannot be read.
    pub(super) fn secrets(&mut self, key: &'static str, problems: &mut Problems<'_>) -> Secrets {
        let Some(found) = self.value(key) else {
            return Secrets::default();
        };
        match found.value {
            DeValue::Table(_) => self.secrets_from(&found, problems),
            DeValue::String(_) => {
                problems.literal_secrets.push(found.span.clone());
                let message = format!("`{}` holds the secret itself", found.name);
                let mend = format!(
                    "write `{key} = {{ env = \"{}\" }}` and put the secret into that environment \
                     variable, or `{key} = {{ file = \"{key}.txt\" }}`; then change the secret, as \
                     others may have read this file",
                    variable(&found.name, key)
                );
                problems.error("C006", found.key_span, "a literal secret", message, mend);
                Secrets::default()
            }
            _ => {
                problems.literal_secrets.push(found.span.clone());
                problems.wrong_kind(&found, "`{ env = \"NAME\" }` or `{ file = \"PATH\" }`");
                Secrets::default()
            }
        }
    }

    fn secrets_from(&self, found: &Found<'_>, problems: &mut Problems<'_>) -> Secrets {
        let Some(table) = found.value.as_table() else {
            return Secrets::default();
        };
        let mut entries = table.iter();
        let (Some((source, place)), None) = (entries.next(), entries.next()) else {
            let message = format!("`{}` needs one of `env` and `file`", found.name);
            problems.error("C005", found.span.clone(), "", message, None);
            return Secrets::default();
        };
        let Some(place) = place.get_ref().as_str() else {
            problems.wrong_kind(found, "`{ env = \"NAME\" }` or `{ file = \"PATH\" }`");
            return Secrets::default();
        };
        let read = match source.get_ref().as_ref() {
            "env" => from_environment(place).map(Secrets::from),
            "file" => {
                let file = problems.base.join(place);
                from_file(&file).map(|secrets| Secrets::of_file(&file, secrets))
            }
            other => {
                let message = format!("`{}` cannot be read from `{other}`", found.name);
                let near = nearest(other, ["env", "file"]).unwrap_or("env");
                let help = format!("did you mean `{near}`?");
                problems.error("C002", source.span(), "unknown key", message, help);
                return Secrets::default();
            }
        };
        read.unwrap_or_else(|why| {
            let message = format!("`{}` cannot be read: {}", found.name, why.message);
            let severity = problems.missing_secret;
            problems.finding("C007", severity, found.span.clone(), "", message, why.help);
            Secrets::default()
        })
    }
}

/// Why a secret could not be read, without its content.
pub(super) struct Unread {
    pub(super) message: String,
    help: String,
}

fn from_environment(name: &str) -> Result<Vec<SecretString>, Unread> {
    match std::env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(lines(&value)),
        Ok(_) => Err(Unread {
            message: format!("the environment variable `{name}` is empty"),
            help: format!("give `{name}` its value before starting usher"),
        }),
        Err(std::env::VarError::NotPresent) => Err(Unread {
            message: format!("the environment variable `{name}` is not set"),
            help: format!("set `{name}` before starting usher"),
        }),
        Err(std::env::VarError::NotUnicode(_)) => Err(Unread {
            message: format!("the environment variable `{name}` is no text"),
            help: "secrets are plain text".to_owned(),
        }),
    }
}

/// The secrets in a file, at least one.
pub(super) fn from_file(path: &Path) -> Result<Vec<SecretString>, Unread> {
    let shown = path.display();
    let unread = |message: String| Unread {
        message,
        help: format!("put the secret into `{shown}`, readable for the user usher runs as"),
    };
    let about = std::fs::metadata(path).map_err(|why| unread(format!("`{shown}`: {why}")))?;
    if !about.is_file() || about.len() > SECRET_FILE_BYTES_MAX {
        return Err(unread(format!("`{shown}` is no small text file")));
    }
    let text = std::fs::read_to_string(path).map_err(|why| unread(format!("`{shown}`: {why}")))?;
    match lines(&text) {
        lines if lines.is_empty() => Err(unread(format!("`{shown}` is empty"))),
        lines => Ok(lines),
    }
}

fn lines(text: &str) -> Vec<SecretString> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(SecretString::from).collect()
}

/// The variable we suggest for a key.
fn variable(name: &str, key: &str) -> &'static str {
    match key {
        "token" if name.starts_with("[connector.") => "CONNECTOR_TOKEN",
        "secret" => "CONNECTOR_SECRET",
        "access_token" => "WHATSAPP_TOKEN",
        "app_secret" => "WHATSAPP_APP_SECRET",
        "verify_token" => "WHATSAPP_VERIFY_TOKEN",
        _ => "USHER_ADMIN_TOKEN",
    }
}
