//! `[connector.NAME]`: other systems that usher asks (`rest`) or tells (`webhook`).

use super::Secrets;
use super::sections::duration;
use super::walk::{Found, Problems, Section, nearest, quoted};
use crate::limits;
use reqwest::Url;
use reqwest::header::HeaderName;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::time::Duration;

/// One `[connector.NAME]`.
#[derive(Debug, Clone)]
pub enum Connector {
    /// `kind = "rest"`: it is asked.
    Rest(Rest),
    /// `kind = "webhook"`: it is told.
    Webhook(Webhook),
}

/// A system that answers questions with JSON.
#[derive(Debug, Clone)]
pub struct Rest {
    /// What the paths of lookups are put behind; without query.
    pub url: Address,
    /// What usher shows to be let in; empty: nothing.
    pub token: Secrets,
    /// The header that holds the token as it is; `None`: `Authorization: Bearer`.
    pub header: Option<String>,
    /// The longest any question to it may take.
    pub timeout: Duration,
}

/// A system that takes what happened.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Where it is told.
    pub url: Address,
    /// Signs what it is told. Empty only in [`super::look`].
    pub secret: Secrets,
    /// The longest a telling may take.
    pub timeout: Duration,
}

/// An address of another system: http or https, with a host, without name and password. Only its
/// host is ever shown: the path may be what keeps strangers out.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// Why it is none, as the end of a sentence, and without the address.
    pub fn parse(text: &str) -> Result<Address, &'static str> {
        let url = Url::parse(text).map_err(|_| "is no web address")?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("is no web address");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("holds a name or a password");
        }
        if url.fragment().is_some() {
            return Err("holds a `#`");
        }
        Ok(Address(url))
    }

    /// The whole of it.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host) = (self.0.scheme(), self.0.host_str().unwrap_or_default());
        match self.0.port() {
            Some(port) => write!(f, "{scheme}://{host}:{port}/…"),
            None => write!(f, "{scheme}://{host}/…"),
        }
    }
}

const KINDS: [&str; 2] = ["rest", "webhook"];

/// Kinds that later versions bring.
const KINDS_LATER: [&str; 5] = ["hubspot", "salesforce", "zoho", "bottlecrm", "chatwoot"];

/// Headers that usher or HTTP itself writes.
const HEADERS_TAKEN: [&str; 11] = [
    "host",
    "content-length",
    "content-type",
    "connection",
    "transfer-encoding",
    "upgrade",
    "te",
    "expect",
    "accept",
    "accept-encoding",
    "user-agent",
];

/// Every `[connector.NAME]`.
pub(super) fn connectors(
    top: &mut Section<'_>,
    problems: &mut Problems<'_>,
) -> BTreeMap<String, Connector> {
    let sections = top.named("connector", problems);
    if let Some((found, _)) = sections.get(limits::CONNECTORS_MAX) {
        let message = "there are too many connectors".to_owned();
        let help = format!("at most {} are possible", limits::CONNECTORS_MAX);
        problems.error("C005", found.key_span.clone(), "one too many", message, help);
    }
    let mut connectors = BTreeMap::new();
    for (found, section) in sections {
        let named = name(&found, problems);
        let connector = connector(section, problems);
        if let (Some(name), Some(connector)) = (named, connector) {
            connectors.insert(name, connector);
        }
    }
    connectors
}

fn name(found: &Found<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let name = &found.name;
    let plain = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-')
    };
    let short = (1..=limits::CONNECTOR_NAME_BYTES_MAX).contains(&name.len());
    if short && name.bytes().all(plain) {
        return Some(name.clone());
    }
    let message = format!("`{name}` is no name for a connector");
    let help = format!(
        "use letters a to z, digits, `_` and `-`, at most {}",
        limits::CONNECTOR_NAME_BYTES_MAX
    );
    problems.error("C005", found.key_span.clone(), "", message, help);
    None
}

fn connector(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<Connector> {
    let (kind, span) = section.needed_text("kind", "\"rest\"", problems)?;
    match kind {
        "rest" => rest(section, problems).map(Connector::Rest),
        "webhook" => webhook(section, problems).map(Connector::Webhook),
        other => {
            let name = section.name_of("kind");
            refuse_kind(&name, other, span, problems);
            None
        }
    }
}

fn refuse_kind(name: &str, kind: &str, span: Range<usize>, problems: &mut Problems<'_>) {
    if KINDS_LATER.contains(&kind) {
        let message = format!("`{name} = \"{kind}\"` is not part of this version");
        let help = "take the connector out; a later version of usher brings it".to_owned();
        problems.error("C003", span, "not yet", message, help);
        return;
    }
    let message = format!("`{kind}` is no kind of connector");
    let help = match nearest(kind, KINDS) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the kinds are {}", quoted(KINDS)),
    };
    problems.error("C005", span, "unknown kind", message, help);
}

fn rest(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<Rest> {
    let url = address(&mut section, "\"https://shop.example.com/api\"", problems);
    let url = url.and_then(|(url, span)| without_query(url, span, problems));
    let tokened = section.has("token");
    let token = section.secrets("token", problems);
    let header = header(&mut section, tokened, problems);
    let timeout = timeout(&mut section, problems);
    section.finish(&[], problems);
    Some(Rest { url: url?, token, header, timeout })
}

fn webhook(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<Webhook> {
    let url = address(&mut section, "\"https://crm.example.com/hooks/usher\"", problems);
    if !section.has("secret") {
        section.missing("secret", "{ env = \"CONNECTOR_SECRET\" }", problems);
    }
    let secret = section.secrets("secret", problems);
    let timeout = timeout(&mut section, problems);
    section.finish(&[], problems);
    Some(Webhook { url: url?.0, secret, timeout })
}

fn address(
    section: &mut Section<'_>,
    example: &str,
    problems: &mut Problems<'_>,
) -> Option<(Address, Range<usize>)> {
    let (text, span) = section.needed_text("url", example, problems)?;
    match Address::parse(text) {
        Ok(address) => Some((address, span)),
        Err(why) => {
            // It may hold a password: neither the message nor the line shows it.
            problems.literal_secrets.push(span.clone());
            let message = format!("`{}` {why}", section.name_of("url"));
            let help = format!("write `url = {example}`; what lets usher in stands apart");
            problems.error("C005", span, "", message, help);
            None
        }
    }
}

/// Paths are put behind the address of a `rest` connector: a query would swallow them.
fn without_query(
    address: Address,
    span: Range<usize>,
    problems: &mut Problems<'_>,
) -> Option<Address> {
    if address.url().query().is_none() {
        return Some(address);
    }
    problems.literal_secrets.push(span.clone());
    let message = "the `url` of a `rest` connector holds a `?`".to_owned();
    let help = "write the query into the `path` of the lookup; a key goes into `token`, with \
                `header` where the system wants it under a name of its own";
    problems.error("C005", span, "", message, help.to_owned());
    None
}

fn header(section: &mut Section<'_>, tokened: bool, problems: &mut Problems<'_>) -> Option<String> {
    let (text, span) = section.text("header", problems)?;
    let known = HeaderName::from_bytes(text.as_bytes()).ok();
    if known.is_none_or(|name| HEADERS_TAKEN.contains(&name.as_str())) {
        let message = format!("`{text}` is no header that can hold a token");
        let help = "write its name alone, such as `header = \"X-Api-Key\"`".to_owned();
        problems.error("C005", span, "", message, help);
        return None;
    }
    if !tokened {
        let message = "`header` names where the `token` goes, but there is none".to_owned();
        let help = "add `token = { env = \"CONNECTOR_TOKEN\" }`, or take `header` out".to_owned();
        problems.error("C008", span, "", message, help);
        return None;
    }
    Some(text.to_owned())
}

fn timeout(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Duration {
    let bounds = Duration::from_millis(100)..=limits::CONNECTOR_TIMEOUT_MAX;
    duration(section, "timeout", limits::CONNECTOR_TIMEOUT_DEFAULT, bounds, problems)
}
