//! What people do to the outbox by hand: pauses, and what becomes of what gave up.

use super::{Content, Effect, Job, JobId, NumberId, Purpose, RuleId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One thing done by hand. It is an event like any other, so the journal says who and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upkeep {
    /// A pause begins; it takes the place of an older one of the same scope.
    Pause(Pause),
    /// A pause ends.
    Resume(Scope),
    /// A dead letter is tried again.
    Retry(JobId),
    /// A dead letter is done with.
    Discard(JobId),
    /// An undecided event is done with: its position in the journal.
    Dealt(u64),
}

/// What is not sent for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// What.
    pub scope: Scope,
    /// Since when.
    pub since: Timestamp,
    /// Until when; without it until it is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Whose token began it.
    pub by: String,
}

impl Pause {
    /// Whether this pause keeps the job from being sent at `now`.
    #[must_use]
    pub fn keeps(&self, job: &Job, now: Timestamp) -> bool {
        let Effect::Send { number, content, purpose, rule, .. } = &job.effect else {
            return false;
        };
        self.until.is_none_or(|until| now < until)
            && match &self.scope {
                Scope::All => true,
                Scope::Number(paused) => paused == number,
                Scope::Rule(paused) => paused == rule,
                Scope::Purpose(paused) => paused == purpose,
                Scope::Template(paused) => {
                    matches!(content, Content::Template { name, .. } if name == paused)
                }
            }
    }
}

/// Every pause there is, and how many have ended so far: whoever holds back messages for the sake
/// of a pause looks at them again when that number moves.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pauses {
    /// Pauses that ended.
    pub ended: u64,
    /// Those that stand, by their scope.
    pub standing: Vec<Pause>,
}

/// Which messages a pause is about. Its text (`rule:order-status`) is its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// All of them.
    All,
    /// Those from one of our numbers.
    Number(NumberId),
    /// Those one rule wanted.
    Rule(RuleId),
    /// Those of one template, by its name at WhatsApp.
    Template(String),
    /// Those of one purpose.
    Purpose(Purpose),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::All => f.write_str("all"),
            Scope::Number(number) => write!(f, "number:{number}"),
            Scope::Rule(rule) => write!(f, "rule:{rule}"),
            Scope::Template(name) => write!(f, "template:{name}"),
            Scope::Purpose(purpose) => write!(f, "purpose:{}", purpose.as_str()),
        }
    }
}

/// A text that names nothing that can be paused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be paused: write `all`, `rule:ID`, `template:NAME`, `number:ID` or `purpose:marketing`"
)]
pub struct NotAScope(String);

impl FromStr for Scope {
    type Err = NotAScope;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAScope(text.to_owned());
        if text == "all" {
            return Ok(Scope::All);
        }
        let (kind, name) = text.split_once(':').ok_or_else(wrong)?;
        let purpose = || Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == name);
        match kind {
            _ if name.is_empty() => Err(wrong()),
            "number" => Ok(Scope::Number(NumberId::from(name))),
            "rule" => Ok(Scope::Rule(RuleId::from(name))),
            "template" => Ok(Scope::Template(name.to_owned())),
            "purpose" => purpose().map(Scope::Purpose).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ContactId, Guards, Outside, Recipient};

    fn job(content: Content) -> Job {
        let id = JobId { contact: ContactId(uuid::Uuid::from_u128(1)), version: 1, index: 0 };
        let effect = Effect::Send {
            number: "1".into(),
            to: Recipient::Phone("2".to_owned()),
            content,
            purpose: Purpose::Utility,
            needs: None,
            rule: "hello".into(),
            answers: None,
            guards: Guards::REPLY,
            outside: Outside::Drop,
        };
        Job::new(id, effect, Timestamp(0))
    }

    #[test]
    fn a_pause_keeps_what_its_scope_names_until_it_runs_out() {
        let text = job(Content::Text { body: "hi".to_owned() });
        let (name, language) = ("news".to_owned(), "en".to_owned());
        let template = job(Content::Template { name, language, params: Vec::new() });
        for (scope, of_text, of_template) in [
            ("all", true, true),
            ("number:1", true, true),
            ("number:2", false, false),
            ("rule:hello", true, true),
            ("rule:other", false, false),
            ("template:news", false, true),
            ("template:hello", false, false),
            ("purpose:utility", true, true),
            ("purpose:marketing", false, false),
        ] {
            let scope: Scope = scope.parse().unwrap();
            let until = Some(Timestamp(100));
            let pause = Pause { scope, since: Timestamp(0), until, by: String::new() };
            assert_eq!(pause.keeps(&text, Timestamp(99)), of_text, "{}", pause.scope);
            assert_eq!(pause.keeps(&template, Timestamp(99)), of_template, "{}", pause.scope);
            assert!(!pause.keeps(&template, Timestamp(100)), "it has run out");
            assert_eq!(pause.scope.to_string().parse(), Ok(pause.scope.clone()));
        }
        for wrong in ["", "everything", "rule:", "purpose:fun", "contact:1"] {
            assert!(wrong.parse::<Scope>().is_err(), "{wrong}");
        }
    }
}
