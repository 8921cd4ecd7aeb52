//! The JSON Schema of `usher.toml`, for editors: every key `sections` asks for, what it takes, what
//! it means. A test holds that neither knows a key the other lacks.

use super::Role;
use crate::limits;
use crate::rules::schema::kind::{MANY, key};
use crate::rules::schema::{Key, Kind, Table, document};
use serde_json::Value;

/// The schema of `usher.toml`.
#[must_use]
pub fn schema() -> Value {
    document("usher.toml", "The configuration of usher", FILE, &["whatsapp"])
}

/// `127.0.0.1:8080`, `[::1]:8080`.
const ADDRESS: Kind = Kind::Form(r".+:[0-9]+");

/// `25s`, `3.5s`, `100ms`.
const SPAN: Kind = Kind::Form(r"\s*[0-9]+(\.[0-9]+)?\s*(ms|s|m|h|d)\s*");

/// Digits, as WhatsApp's ids are.
const DIGITS: Kind = Kind::Form("[0-9]+");

/// `{ env = "NAME" }` or `{ file = "PATH" }`.
const SECRET: Kind = Kind::Either(&[
    Kind::Table(&Table {
        header: "{ env }",
        meaning: "From an environment variable",
        groups: &[&[key("env", Kind::Text, "The environment variable that holds it")]],
        needed: &["env"],
    }),
    Kind::Table(&Table {
        header: "{ file }",
        meaning: "From a file",
        groups: &[&[key("file", Kind::Text, "The file that holds it; several lines count each")]],
        needed: &["file"],
    }),
]);

const ROLES: Kind = Kind::OneOf(&[
    Role::NAMES[0].0,
    Role::NAMES[1].0,
    Role::NAMES[2].0,
    Role::NAMES[3].0,
    Role::NAMES[4].0,
]);

/// The whole file.
static FILE: &[Key] = &[
    key("rules", Kind::Text, "The folder of rule files; rules unless given"),
    key("data", Kind::Text, "The folder of what usher keeps; data unless given"),
    key("server", Kind::Table(&SERVER), "Where usher listens, and who may use its API"),
    key("whatsapp", Kind::Table(&WHATSAPP), "The WhatsApp business account"),
    key("store", Kind::Table(&STORE), "Where state is kept"),
    key("limits", Kind::Table(&LIMITS), "Bounds that may be changed"),
    key("journal", Kind::Table(&JOURNAL), "What happened, in files"),
    key("connector", Kind::Map(&CONNECTOR), "Other systems: [connector.NAME]"),
    key("log", Kind::Table(&LOG), "What is logged"),
];

static SERVER: Table = Table {
    header: "[server]",
    meaning: "Where usher listens, and who may use its API",
    groups: &[&[
        key("listen", ADDRESS, "What WhatsApp reaches: /webhook, /healthz, /readyz"),
        key("admin", ADDRESS, "What your people and tools reach: /v1, /metrics; may equal listen"),
        key("drain", SPAN, "At the end, requests and sends under way may take so long: 25s"),
        key(
            "linger",
            SPAN,
            "How much of drain usher goes on listening: 2s; at most half of it counts",
        ),
        key("tls", Kind::Table(&TLS), "Certificate and key; without it a proxy speaks TLS"),
        key("tokens", Kind::List(&Kind::Table(&TOKEN), 0, MANY), "Who may use the API"),
    ]],
    needed: &[],
};

static TLS: Table = Table {
    header: "[server] tls",
    meaning: "Certificate and key, read anew when they change",
    groups: &[&[
        key("cert", Kind::Text, "The file of the certificate and those it rests on, PEM"),
        key("key", Kind::Text, "The file of its key, PEM"),
    ]],
    needed: &["cert", "key"],
};

static TOKEN: Table = Table {
    header: "[server] tokens",
    meaning: "Somebody who may use the API",
    groups: &[&[
        key("name", Kind::Text, "Whose it is; the log says it"),
        key(
            "role",
            ROLES,
            "events brings events only; viewer, analyst, agent, admin: each may do what those before may",
        ),
        key("token", SECRET, "The token: { env = \"NAME\" } or { file = \"PATH\" }"),
    ]],
    needed: &["name", "role", "token"],
};

static WHATSAPP: Table = Table {
    header: "[whatsapp]",
    meaning: "The WhatsApp business account",
    groups: &[&[
        key("api", Kind::Form("https?://.+"), "Root of the Graph API, with its version"),
        key("business_account_id", DIGITS, "The account's id, from the WhatsApp Manager"),
        key("access_token", SECRET, "What usher sends with: { env = \"WHATSAPP_TOKEN\" }"),
        key("app_secret", SECRET, "What webhooks are signed with; several may count"),
        key("verify_token", SECRET, "What you gave Meta beside the webhook's address"),
        key(
            "default_region",
            Kind::Form("[A-Z]{2}"),
            "Of phone numbers without a country code: TW",
        ),
        key("timeout", SPAN, "A slower send counts as late: 3.5s"),
        key("rate", Kind::Table(&RATE), "Messages a second and number: { start = 50, max = 80 }"),
        key("pair", Kind::Table(&PAIR), "Messages to one customer: { every = \"6s\", burst = 10 }"),
        key("number", Kind::List(&Kind::Table(&NUMBER), 1, MANY), "Our numbers"),
    ]],
    needed: &["business_account_id", "access_token", "number"],
};

static RATE: Table = Table {
    header: "[whatsapp] rate",
    meaning: "Messages a second and number",
    groups: &[&[
        key("start", LEVEL, "At the start"),
        key("max", LEVEL, "At most: the number's own level at WhatsApp"),
    ]],
    needed: &[],
};

const LEVEL: Kind = Kind::Whole(1, limits::RATE_LEVEL_MAX as i64);

static PAIR: Table = Table {
    header: "[whatsapp] pair",
    meaning: "Messages to one customer",
    groups: &[&[
        key("every", SPAN, "One so often: 6s"),
        key("burst", Kind::Whole(1, 1_000), "And so many at once"),
    ]],
    needed: &[],
};

static NUMBER: Table = Table {
    header: "[[whatsapp.number]]",
    meaning: "One of our numbers",
    groups: &[&[
        key("id", DIGITS, "WhatsApp's phone_number_id"),
        key("name", Kind::Text, "What rules call it"),
    ]],
    needed: &["id", "name"],
};

static STORE: Table = Table {
    header: "[store]",
    meaning: "Where state is kept",
    groups: &[&[
        key("url", Kind::Form("embedded:.+"), "embedded:FOLDER"),
        key("prefix", Kind::OneOf(&["usher"]), "Parts daemons that share a store"),
    ]],
    needed: &[],
};

static LIMITS: Table = Table {
    header: "[limits]",
    meaning: "Bounds that may be changed",
    groups: &[&[
        key("answer_within", SPAN, "Older messages are recorded, not answered: 6h"),
        key("unknown_wait", SPAN, "How long a send nobody answered waits for a status: 60s"),
        key(
            "replies_per_minute",
            Kind::Whole(1, limits::REPLIES_PER_MINUTE_MAX as i64),
            "Replies to one customer within a minute, 20 unless given; more is a storm",
        ),
        key(
            "same_text",
            Kind::Table(&SAME_TEXT),
            "The same text to one customer: { times = 3, in = \"10m\" }",
        ),
        key("storm", Kind::Form("queue:.+"), "Who gets a customer in a storm: queue:NAME"),
    ]],
    needed: &[],
};

static SAME_TEXT: Table = Table {
    header: "[limits] same_text",
    meaning: "When one customer gets the same too often",
    groups: &[&[
        key(
            "times",
            Kind::Whole(2, limits::SAME_TEXT_TIMES_MAX as i64),
            "From this one on it is not sent: 3",
        ),
        key("in", SPAN, "Within so long: 10m"),
    ]],
    needed: &[],
};

static JOURNAL: Table = Table {
    header: "[journal]",
    meaning: "What happened, in files",
    groups: &[&[key("dir", Kind::Text, "Its folder; data/journal unless given")]],
    needed: &[],
};

const CONNECTOR: Kind = Kind::Either(&[Kind::Table(&REST), Kind::Table(&HOOK)]);

static REST: Table = Table {
    header: "[connector.rest]",
    meaning: "A system that lookups ask",
    groups: &[&[
        key("kind", Kind::OneOf(&["rest"]), "rest: it is asked, and answers with JSON"),
        key("url", WEB, "Its address; the path of a lookup is put behind it"),
        key("token", SECRET, "What usher shows to be let in, as Authorization: Bearer"),
        key("header", Kind::Text, "The header that holds the token instead, as it is: X-Api-Key"),
        key("timeout", SPAN, "The longest a question to it may take: 2s; at most 10s"),
    ]],
    needed: &["kind", "url"],
};

static HOOK: Table = Table {
    header: "[connector.webhook]",
    meaning: "A system that is told what happened",
    groups: &[&[
        key("kind", Kind::OneOf(&["webhook"]), "webhook: it is told, by POST"),
        key("url", WEB, "Where it is told"),
        key("secret", SECRET, "Signs what it is told: X-Usher-Signature"),
        key("timeout", SPAN, "The longest a telling may take: 2s; at most 10s"),
    ]],
    needed: &["kind", "url", "secret"],
};

const WEB: Kind = Kind::Form("https?://.+");

static LOG: Table = Table {
    header: "[log]",
    meaning: "What is logged",
    groups: &[&[key("text", Kind::OneOf(&["never"]), "Customers' words stay out of logs")]],
    needed: &[],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Severity;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    /// No key usher knows is near it.
    const UNKNOWN: &str = "qqqqqqqqqqqq";

    /// Every table of the schema with keys that `sections` asks for, by its header.
    fn tables(keys: &'static [Key], header: &'static str, found: &mut Known) {
        found.insert(header.to_owned(), keys.iter().map(|key| key.name.to_owned()).collect());
        for key in keys {
            let kinds = match key.kind {
                Kind::List(kind, ..) => vec![*kind],
                Kind::Map(Kind::Either(kinds)) => kinds.to_vec(),
                kind => vec![kind],
            };
            for kind in kinds {
                let Kind::Table(table) = kind else { continue };
                table.groups.iter().for_each(|keys| tables(keys, table.header, found));
            }
        }
    }

    type Known = BTreeMap<String, BTreeSet<String>>;

    /// `server` of `[server]`.
    fn bare(section: &str) -> &str {
        section.trim_matches(['[', ']'])
    }

    /// What each section asks for, from the help beside a key it does not know.
    fn asked(described: &Known) -> Known {
        let mut text = format!("{UNKNOWN} = 1\n");
        for header in described.keys().filter(|header| !header.is_empty()) {
            text += &match header.split_once(' ') {
                Some((section, "tokens")) => format!("[[{}.tokens]]\n", bare(section)),
                Some((section, table)) => format!("[{}.{table}]\n", bare(section)),
                None if header.starts_with("[connector.") => {
                    format!("{header}\nkind = \"{}\"\n", bare(header).replace("connector.", ""))
                }
                None => format!("{header}\n"),
            };
            text += &format!("{UNKNOWN} = 1\n");
        }
        let refused = crate::config::parse("usher.toml", &text, Path::new("."), Severity::Error);
        let unknown = refused.unwrap_err().diagnostics.into_iter().filter(|one| one.code == "C002");
        unknown
            .map(|one| {
                let header = one.message.trim_start_matches('`').split(UNKNOWN).next().unwrap();
                let help = one.help.unwrap();
                let known = help.strip_prefix("known here: ").expect("every key is listed");
                let keys = known.split(", ").map(|key| key.trim_matches('`').to_owned());
                (header.trim().to_owned(), keys.collect())
            })
            .collect()
    }

    #[test]
    fn every_key_that_is_read_has_an_entry_and_the_reverse() {
        let mut described = BTreeMap::new();
        tables(FILE, "", &mut described);
        assert!(described.len() >= 9, "{described:?}");
        assert_eq!(described, asked(&described));
    }
}
