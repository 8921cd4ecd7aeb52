//! The names things go by. Newtypes, so that a wamid is never taken for a contact.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use uuid::Uuid;

/// A contact's surrogate id: a UUIDv7, made at the edge (`turn`), never derived from a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContactId(pub Uuid);

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

impl FromStr for ContactId {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(ContactId)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Arc<str>);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.into())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                $name(text.into())
            }
        }
    };
}

text_id! {
    /// A business number: WhatsApp's `phone_number_id`, a decimal string.
    NumberId
}
text_id! {
    /// What makes an event once-only, e.g. `wa:m:wamid.IN01=` or `wa:s:wamid.OUT01=:read`.
    EventId
}
impl EventId {
    /// The end of the id, enough to find it among others. WhatsApp's own ids hold the customer's
    /// number further to the front.
    #[must_use]
    pub fn tail(&self) -> &str {
        let start = self.0.len().saturating_sub(14);
        self.0.get(start..).unwrap_or_default()
    }
}
text_id! {
    /// The id of a rule as written in the rule files (`order-status`), or a built-in place
    /// (`greeting`, `fallback.2`).
    RuleId
}
text_id! {
    /// WhatsApp's message id; opaque, compared byte for byte.
    Wamid
}

/// One effect of one decision: the contact, the version its state had after the decision, and the
/// place of the effect within it. Known before it is stored, the same at every replay, and the
/// order of a lane. Travels as `biz_opaque_callback_data`, so it names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId {
    /// Whose state was decided on.
    pub contact: ContactId,
    /// The contact's version after the deciding commit.
    pub version: u64,
    /// 0, 1, 2… within one decision.
    pub index: u16,
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.contact, self.version, self.index)
    }
}

/// A text that is not a job id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a job id: expected `CONTACT.VERSION.INDEX`")]
pub struct NotAJobId;

impl FromStr for JobId {
    type Err = NotAJobId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let (Some(contact), Some(version), Some(index), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotAJobId);
        };
        Ok(JobId {
            contact: contact.parse().map_err(|_| NotAJobId)?,
            version: version.parse().map_err(|_| NotAJobId)?,
            index: index.parse().map_err(|_| NotAJobId)?,
        })
    }
}

/// One of the names a contact is known by outside usher.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// WhatsApp's business-scoped user id, e.g. `PT.7301A`.
    Bsuid(String),
    /// WhatsApp's `wa_id`: usually digits without `+`, never assumed to be.
    WaId(String),
    /// A phone number in E.164, with `+`.
    Phone(String),
    /// A record of a CRM.
    Crm {
        /// The connector's name in `usher.toml`.
        connector: String,
        /// The record's id there.
        id: String,
    },
}

impl fmt::Display for Alias {
    /// The alias as a key: `bsuid:PT.7301A`, `wa:351…`, `phone:+351…`, `crm:hubspot:17`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Alias::Bsuid(id) => write!(f, "bsuid:{id}"),
            Alias::WaId(id) => write!(f, "wa:{id}"),
            Alias::Phone(number) => write!(f, "phone:{number}"),
            Alias::Crm { connector, id } => write!(f, "crm:{connector}:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_id_survives_the_wire() {
        let job = JobId { contact: ContactId(Uuid::from_u128(7)), version: 12, index: 3 };
        assert_eq!(job.to_string().parse(), Ok(job));
        assert_eq!("12.3".parse::<JobId>(), Err(NotAJobId));
        assert_eq!("job:42".parse::<JobId>(), Err(NotAJobId));
    }
}
