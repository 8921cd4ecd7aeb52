//! Which of several access tokens is sent: the first, until WhatsApp refuses it.

use crate::config::Secrets;
use secrecy::SecretString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The access tokens of an account.
#[derive(Debug)]
pub(super) struct Credentials {
    secrets: Secrets,
    /// Held for a look.
    choice: Mutex<Choice>,
}

/// A choice holds for one reading of the file: after another, the first line is tried first.
#[derive(Debug)]
struct Choice {
    of: Arc<Vec<SecretString>>,
    index: usize,
}

/// A token in use.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    of: Arc<Vec<SecretString>>,
    index: usize,
}

impl Credential {
    /// The token; empty where there is none.
    pub(super) fn token(&self) -> SecretString {
        self.of.get(self.index).cloned().unwrap_or_else(|| SecretString::from(""))
    }
}

impl Credentials {
    pub(super) fn new(secrets: Secrets) -> Credentials {
        let of = secrets.all();
        Credentials { secrets, choice: Mutex::new(Choice { of, index: 0 }) }
    }

    /// The token to send with: the one that was not refused.
    pub(super) fn current(&self) -> Credential {
        let mut choice = self.choice();
        let now = self.secrets.all();
        if !Arc::ptr_eq(&choice.of, &now) {
            *choice = Choice { of: now, index: 0 };
        }
        Credential { of: Arc::clone(&choice.of), index: choice.index }
    }

    /// WhatsApp refused this token: the one to try instead, where there is another. Whoever meets
    /// the refusal first moves on; the others follow.
    pub(super) fn after_refusal(&self, refused: &Credential) -> Option<Credential> {
        if self.current().is(refused) {
            let mut choice = self.choice();
            choice.index = (refused.index + 1) % refused.of.len().max(1);
        }
        let next = self.current();
        (!next.is(refused)).then_some(next)
    }

    fn choice(&self) -> MutexGuard<'_, Choice> {
        // Nothing panics while it is held; a poisoned lock still holds a whole value.
        self.choice.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Credential {
    fn is(&self, other: &Credential) -> bool {
        Arc::ptr_eq(&self.of, &other.of) && self.index == other.index
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn shown(credential: &Credential) -> String {
        credential.token().expose_secret().to_owned()
    }

    #[test]
    fn the_next_token_is_tried_and_remembered() {
        let both = vec!["old".into(), "new".into()];
        let credentials = Credentials::new(Secrets::from(both));
        let first = credentials.current();
        assert_eq!(shown(&first), "old");
        assert_eq!(shown(&credentials.after_refusal(&first).unwrap()), "new");
        // A second send that was under way with the old one moves nothing further.
        assert_eq!(shown(&credentials.after_refusal(&first).unwrap()), "new");
        assert_eq!(shown(&credentials.current()), "new");
        assert_eq!(shown(&credentials.after_refusal(&credentials.current()).unwrap()), "old");
    }

    #[test]
    fn a_single_token_has_no_other() {
        let credentials = Credentials::new(Secrets::from("only"));
        assert!(credentials.after_refusal(&credentials.current()).is_none());
        assert_eq!(shown(&credentials.current()), "only");
        let none = Credentials::new(Secrets::default());
        assert!(none.after_refusal(&none.current()).is_none());
    }

    #[test]
    fn a_file_that_changed_is_begun_anew() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("token.txt");
        std::fs::write(&file, "three").unwrap();
        let secrets = Secrets::of_file(&file, vec!["one".into(), "two".into()]);
        let credentials = Credentials::new(secrets.clone());
        let old = credentials.current();
        credentials.after_refusal(&old).unwrap();
        secrets.reread().unwrap();
        assert_eq!(shown(&credentials.current()), "three");
        assert_eq!(shown(&credentials.after_refusal(&old).unwrap()), "three");
    }
}
