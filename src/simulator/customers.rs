//! The customers the simulator plays, and what each has said and been told.

use super::attachments::AttachmentId;
use super::content::ChatContent;
use super::say::Say;
use crate::limits;
use crate::model::{Timestamp, Wamid};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// A customer: known by a phone number and a BSUID, or, hiding the number, by a BSUID alone.
#[derive(Debug, Clone, Serialize)]
pub struct Customer {
    /// `wa_id` digits, or the BSUID of a customer without a number.
    pub key: Arc<str>,
    /// The profile name.
    pub name: String,
    /// The number, where it is shown.
    #[serde(skip)]
    pub wa_id: Option<String>,
    /// The business-scoped user id; everybody has one.
    #[serde(skip)]
    pub bsuid: String,
    /// When they last wrote: their service window counts from here.
    #[serde(skip)]
    pub last_wrote: Option<Timestamp>,
    /// The chat, oldest first, at most [`limits::SIM_CHAT_MESSAGES_MAX`].
    pub messages: VecDeque<ChatMessage>,
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChatMessage {
    /// Who wrote it.
    pub from: Side,
    /// Its id.
    pub wamid: Wamid,
    /// What is shown of it in a line.
    pub text: String,
    /// What the customer sent; `None` for what the business sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<Say>,
    /// The media id of the file sent along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentId>,
    /// What a message of the business holds; `None` for what a customer sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<ChatContent>,
    /// How far it came.
    pub status: ChatStatus,
    /// When it was written.
    pub at: Timestamp,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The customer.
    Customer,
    /// The business, by way of the API.
    Business,
}

/// How far a message came, either way. A customer's message is `delivered` once its webhook was
/// answered 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatStatus {
    /// Taken, nothing more known.
    Accepted,
    /// On the servers.
    Sent,
    /// With the other side.
    Delivered,
    /// Seen by the other side.
    Read,
    /// Not delivered.
    Failed,
}

impl ChatStatus {
    /// WhatsApp's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ChatStatus::Accepted => "accepted",
            ChatStatus::Sent => "sent",
            ChatStatus::Delivered => "delivered",
            ChatStatus::Read => "read",
            ChatStatus::Failed => "failed",
        }
    }
}

/// Why a customer cannot be played, or cannot say that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomerError {
    /// The key is neither.
    #[error(
        "a customer is named by a number in digits (`351910000001`) or by a BSUID (`PT.7301A`), not `{0}`"
    )]
    Key(String),
    /// Too many already.
    #[error("the simulator plays at most {} customers", limits::SIM_CUSTOMERS_MAX)]
    TooMany,
    /// Something that may not be empty.
    #[error("there is nothing to say: the {0} is empty")]
    Empty(&'static str),
    /// Texts too long.
    #[error("the texts of a customer's message have at most {} bytes", limits::SIM_TEXT_BYTES_MAX)]
    TooLong,
    /// None of the kinds, or several.
    #[error(
        "name exactly one of `text`, `button`, `row`, `quick_reply`, `image`, `video`, `document`, \
         `audio`, `voice`, `sticker`, `location`, `contacts`, `reaction`, `call`"
    )]
    Kinds,
    /// A place that is not on the globe.
    #[error("`latitude` goes from -90 to 90, `longitude` from -180 to 180")]
    Place,
    /// A message that is not in this customer's chat.
    #[error("`{0}` is no message of this customer's chat")]
    Message(Wamid),
    /// Too many webhooks wait.
    #[error("too many webhooks wait to be taken; is the webhook's address right?")]
    Busy,
}

/// All customers, in the order they came.
#[derive(Debug, Default)]
pub(super) struct Customers {
    all: Vec<Customer>,
    /// Key and BSUID → place in `all`.
    places: HashMap<String, usize>,
}

impl Customers {
    /// The customer of this key, made where there is none yet; a name given replaces the old one.
    pub(super) fn meet(
        &mut self,
        key: &str,
        name: Option<&str>,
    ) -> Result<(&mut Customer, bool), CustomerError> {
        let place = self.places.get(key).copied();
        let new = place.is_none();
        let place = match place {
            Some(place) => place,
            None => self.add(key)?,
        };
        let customer = self.all.get_mut(place).ok_or(CustomerError::TooMany)?;
        if let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) {
            customer.name = name.chars().take(limits::SIM_NAME_CHARS_MAX).collect();
        }
        Ok((customer, new))
    }

    /// By key or BSUID.
    pub(super) fn find(&self, id: &str) -> Option<&Customer> {
        self.places.get(id).and_then(|place| self.all.get(*place))
    }

    /// By key or BSUID.
    pub(super) fn find_mut(&mut self, id: &str) -> Option<&mut Customer> {
        self.places.get(id).and_then(|place| self.all.get_mut(*place))
    }

    pub(super) fn all(&self) -> &[Customer] {
        &self.all
    }

    fn add(&mut self, key: &str) -> Result<usize, CustomerError> {
        let wa_id = is_wa_id(key);
        if !wa_id && !is_bsuid(key) {
            return Err(CustomerError::Key(key.chars().take(64).collect()));
        }
        if self.all.len() >= limits::SIM_CUSTOMERS_MAX {
            return Err(CustomerError::TooMany);
        }
        let bsuid = if wa_id { bsuid_of(key) } else { key.to_owned() };
        let place = self.all.len();
        self.places.insert(key.to_owned(), place);
        self.places.insert(bsuid.clone(), place);
        self.all.push(Customer {
            key: key.into(),
            name: format!("Customer {}", place + 1),
            wa_id: wa_id.then(|| key.to_owned()),
            bsuid,
            last_wrote: None,
            messages: VecDeque::new(),
        });
        Ok(place)
    }
}

impl Customer {
    pub(super) fn remember(&mut self, message: ChatMessage) {
        if self.messages.len() >= limits::SIM_CHAT_MESSAGES_MAX {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }

    /// Raises a message's status; whether it moved.
    pub(super) fn raise(&mut self, wamid: &Wamid, status: ChatStatus) -> bool {
        match self.messages.iter_mut().rev().find(|message| message.wamid == *wamid) {
            Some(message) if message.status < status => {
                message.status = status;
                true
            }
            _ => false,
        }
    }

    /// The business has read this message and all the customer's before it.
    pub(super) fn read_up_to(&mut self, wamid: &Wamid) -> Vec<Wamid> {
        let Some(last) = self.messages.iter().position(|message| message.wamid == *wamid) else {
            return Vec::new();
        };
        let unread =
            self.messages.iter_mut().take(last + 1).filter(|message| {
                message.from == Side::Customer && message.status < ChatStatus::Read
            });
        unread
            .map(|message| {
                message.status = ChatStatus::Read;
                message.wamid.clone()
            })
            .collect()
    }
}

/// Whether this is a number with country code in digits alone (E.164: at most 15).
pub(super) fn is_wa_id(text: &str) -> bool {
    (7..=15).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0')
}

/// Whether this is a BSUID: country, a dot, up to 128 letters and digits; parents hold `ENT.`
/// (reference 3.2).
pub(super) fn is_bsuid(text: &str) -> bool {
    let Some((country, id)) = text.split_once('.') else { return false };
    let id = id.strip_prefix("ENT.").unwrap_or(id);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The BSUID of the customer with this number: always the same one.
fn bsuid_of(wa_id: &str) -> String {
    const COUNTRIES: [(&str, &str); 8] = [
        ("886", "TW"),
        ("351", "PT"),
        ("852", "HK"),
        ("82", "KR"),
        ("81", "JP"),
        ("86", "CN"),
        ("65", "SG"),
        ("44", "GB"),
    ];
    let country = COUNTRIES
        .iter()
        .find(|(prefix, _)| wa_id.starts_with(prefix))
        .map_or("US", |(_, country)| country);
    let id = Sha256::digest(wa_id)
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{country}.{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_number_or_a_bsuid() {
        for good in ["351910000001", "PT.7301A", "US.ENT.99", "US.13491208655302741918"] {
            assert!(is_wa_id(good) || is_bsuid(good), "{good}");
        }
        for bad in ["", "+351910000001", "0910000001", "12345", "pt.7301A", "PT.", "PT.a b", "Ana"]
        {
            assert!(!is_wa_id(bad) && !is_bsuid(bad), "{bad}");
        }
    }

    #[test]
    fn a_customer_is_found_by_either_id_and_made_once() {
        let mut customers = Customers::default();
        let (jin, new) = customers.meet("821000000001", Some("Jin")).unwrap();
        let bsuid = jin.bsuid.clone();
        assert!(new && bsuid.starts_with("KR."));
        assert!(!customers.meet("821000000001", None).unwrap().1);
        assert_eq!(customers.find(&bsuid).unwrap().name, "Jin");
        assert!(customers.meet("PT.7301A", None).unwrap().0.wa_id.is_none());
        assert_eq!(customers.all().len(), 2);
    }

    #[test]
    fn reading_a_message_reads_those_before_it() {
        let mut customers = Customers::default();
        let (jin, _) = customers.meet("821000000001", None).unwrap();
        for id in ["a", "b", "c"] {
            jin.remember(ChatMessage {
                from: Side::Customer,
                wamid: id.into(),
                text: String::new(),
                said: None,
                attachment: None,
                content: None,
                status: ChatStatus::Sent,
                at: Timestamp(0),
            });
        }
        assert_eq!(jin.read_up_to(&"b".into()), ["a".into(), "b".into()]);
        assert!(jin.read_up_to(&"b".into()).is_empty());
        assert!(!jin.raise(&"a".into(), ChatStatus::Delivered), "a status never falls");
    }
}
