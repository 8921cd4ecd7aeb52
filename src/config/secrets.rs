//! Secrets as they are used: several of equal standing, exchanged while usher runs.
//!
//! A clone shares what it holds: whoever checks a signature sees the new secret with the next
//! webhook. Who looks at the files again, and when, is not decided here.

use super::secret;
use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// None, one, or several secrets under one key; each is as good as the others.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    now: Arc<ArcSwap<Vec<SecretString>>>,
    file: Option<PathBuf>,
}

impl Secrets {
    /// Secrets that were read from a file, which may be read again.
    #[must_use]
    pub fn of_file(file: &Path, secrets: Vec<SecretString>) -> Secrets {
        Secrets { file: Some(file.to_owned()), ..Secrets::from(secrets) }
    }

    /// Those in force now, in the order of the file's lines.
    #[must_use]
    pub fn all(&self) -> Arc<Vec<SecretString>> {
        self.now.load_full()
    }

    /// The first of those in force.
    #[must_use]
    pub fn first(&self) -> Option<SecretString> {
        self.now.load().first().cloned()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.now.load().is_empty()
    }

    /// The file they come from; `None` where they come from the environment, which stays as it is.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Reads the file again: whether the secrets changed.
    ///
    /// # Errors
    /// Why it could not be read, without its content; what was in force stays in force.
    pub fn reread(&self) -> Result<bool, String> {
        self.reread_beside(&[])
    }

    /// As [`Secrets::reread`], but what is read must be none of what `others` hold.
    ///
    /// # Errors
    /// Why it could not be read, or whose secret it is already; what was in force stays in force.
    pub fn reread_beside(&self, others: &[(String, Secrets)]) -> Result<bool, String> {
        let Some(file) = &self.file else {
            return Ok(false);
        };
        let read = secret::from_file(file).map_err(|why| why.message)?;
        if let Some((name, _)) = others.iter().find(|(_, other)| overlap(&read, &other.all())) {
            return Err(format!("`{}` holds a secret of {name}", file.display()));
        }
        let changed = !same(&read, &self.now.load());
        if changed {
            self.now.store(Arc::new(read));
        }
        Ok(changed)
    }
}

impl From<Vec<SecretString>> for Secrets {
    fn from(secrets: Vec<SecretString>) -> Secrets {
        Secrets { now: Arc::new(ArcSwap::from_pointee(secrets)), file: None }
    }
}

impl From<SecretString> for Secrets {
    fn from(secret: SecretString) -> Secrets {
        Secrets::from(vec![secret])
    }
}

impl From<&str> for Secrets {
    fn from(secret: &str) -> Secrets {
        Secrets::from(SecretString::from(secret))
    }
}

/// Whether a secret stands in both: then nobody could tell who came with it.
pub(super) fn overlap(left: &[SecretString], right: &[SecretString]) -> bool {
    left.iter().any(|one| right.iter().any(|other| one.expose_secret() == other.expose_secret()))
}

/// Both sides are ours, and nobody measures how long it takes.
fn same(left: &[SecretString], right: &[SecretString]) -> bool {
    let exposed = |secrets: &[SecretString]| -> Vec<String> {
        secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect()
    };
    exposed(left) == exposed(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(secrets: &Secrets) -> Vec<String> {
        secrets.all().iter().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    #[test]
    fn a_clone_sees_what_was_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret.txt");
        std::fs::write(&file, "old\n").unwrap();
        let secrets = Secrets::of_file(&file, vec!["old".into()]);
        let clone = secrets.clone();
        assert_eq!(secrets.reread(), Ok(false));
        std::fs::write(&file, "new\n\n old \n").unwrap();
        assert_eq!(secrets.reread(), Ok(true));
        assert_eq!(shown(&clone), ["new", "old"]);
    }

    #[test]
    fn a_secret_of_somebody_else_is_not_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("viewer.txt");
        let secrets = Secrets::of_file(&file, vec!["old".into()]);
        let others = [("the token `ops`".to_owned(), Secrets::from("hidden"))];
        std::fs::write(&file, "new\nhidden\n").unwrap();
        let why = secrets.reread_beside(&others).unwrap_err();
        assert!(why.contains("a secret of the token `ops`") && !why.contains("hidden"), "{why}");
        assert_eq!(shown(&secrets), ["old"]);
        std::fs::write(&file, "new\n").unwrap();
        assert_eq!(secrets.reread_beside(&others), Ok(true));
        assert_eq!(shown(&secrets), ["new"]);
    }

    #[test]
    fn what_cannot_be_read_changes_nothing_and_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret.txt");
        let secrets = Secrets::of_file(&file, vec!["old".into()]);
        for broken in [None, Some(&b""[..]), Some(b" \n "), Some(b"\xff\xfe hidden")] {
            match broken {
                Some(bytes) => std::fs::write(&file, bytes).unwrap(),
                None => assert!(!file.exists()),
            }
            let why = secrets.reread().unwrap_err();
            assert!(!why.contains("hidden") && why.contains("secret.txt"), "{why}");
            assert_eq!(shown(&secrets), ["old"]);
        }
        let plain = Secrets::from("from the environment");
        assert_eq!(plain.reread(), Ok(false));
        assert!(!format!("{secrets:?} {plain:?}").contains("old"));
    }
}
