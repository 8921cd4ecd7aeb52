//! `usher.toml`: each mistake has its code, its place and its mend; no secret is ever shown.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on may panic")]

use secrecy::ExposeSecret;
use std::path::Path;
use std::time::Duration;
use usherd::config::{self, Config, Connector, Role, StoreUrl};
use usherd::rules::Severity;

/// A whole file; tests change one line of it.
const GOOD: &str = r#"rules = "rules"
data  = "data"

[server]
listen = "127.0.0.1:8080"
admin  = "127.0.0.1:9090"
drain  = "25s"
tokens = [{ name = "ops", role = "admin", token = { file = "admin.txt" } }]

[whatsapp]
api                 = "https://graph.facebook.com/v25.0/"
business_account_id = "100000000000001"
access_token        = { file = "access.txt" }
app_secret          = { file = "app.txt" }
verify_token        = { file = "verify.txt" }
default_region      = "TW"
timeout             = "3.5s"

[[whatsapp.number]]
id   = "900000000000001"
name = "main"

[store]
url = "embedded:data"

[limits]
answer_within = "6h"
unknown_wait  = "60s"

[journal]
dir = "data/journal"

[log]
text = "never"
"#;

/// A folder with the secrets [`GOOD`] names.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("admin.txt", "admin-1\n"),
        ("access.txt", "access-1\n"),
        ("app.txt", "app-old\n\n  app-new \n"),
        ("verify.txt", "verify-1"),
        ("empty.txt", "\n\n"),
    ] {
        std::fs::write(dir.path().join(file), text).unwrap();
    }
    dir
}

fn good(dir: &Path) -> Config {
    config::parse("usher.toml", GOOD, dir, Severity::Error).unwrap().config
}

/// Checks what is said about the file with `from` replaced by `to`: `CODE LINE MESSAGE | HELP`.
fn check(from: &str, to: &str, expect: &[&str]) {
    assert!(GOOD.contains(from), "{from}");
    let dir = folder();
    let text = GOOD.replace(from, to);
    let refused = config::parse("usher.toml", &text, dir.path(), Severity::Error)
        .expect_err(&format!("accepted: {to}"));
    let base = format!("{}/", dir.path().display());
    let said: Vec<String> = refused
        .diagnostics
        .iter()
        .map(|one| {
            let line = one.places.first().map_or(0, |place| place.line);
            let help = one.help.as_deref().unwrap_or("-");
            format!("{} {line} {} | {help}", one.code, one.message).replace(&base, "")
        })
        .collect();
    assert_eq!(said, expect, "{to}");
}

#[test]
fn a_whole_file_is_understood() {
    let dir = folder();
    let config = good(dir.path());
    assert_eq!(config.rules, dir.path().join("rules"));
    assert_eq!(config.store, StoreUrl::Embedded(dir.path().join("data")));
    assert_eq!(config.journal, dir.path().join("data/journal"));
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.tokens[0].role, Role::Admin);
    assert_eq!(config.whatsapp.api, "https://graph.facebook.com/v25.0");
    assert_eq!(config.whatsapp.timeout, Duration::from_millis(3_500));
    let settings = config.settings();
    assert_eq!(settings.default_region.as_deref(), Some("TW"));
    assert_eq!(settings.numbers.unwrap()[0].1, "main");
}

#[test]
fn every_line_of_a_secret_file_counts() {
    let dir = folder();
    let config = good(dir.path());
    let secrets = config.whatsapp.app_secret.all();
    let secrets: Vec<&str> = secrets.iter().map(ExposeSecret::expose_secret).collect();
    assert_eq!(secrets, ["app-old", "app-new"]);
}

#[test]
fn tls_names_two_files_beside_the_configuration() {
    let dir = folder();
    let tls = GOOD.replace("drain ", "tls = { cert = \"a.crt\", key = \"b.key\" }\ndrain ");
    let read = config::parse("usher.toml", &tls, dir.path(), Severity::Error).unwrap();
    let files = read.config.server.tls.unwrap();
    assert_eq!(files.cert, dir.path().join("a.crt"));
    assert_eq!(files.key, dir.path().join("b.key"));
    assert!(good(dir.path()).server.tls.is_none());
    check(
        "drain ",
        "tls = { cert = \"a.crt\" }\ndrain ",
        &["C008 7 `[server] tls key` is missing | write `key = \"tls.key\"` under `[server] tls`"],
    );
    check(
        "drain ",
        "tls = true\ndrain ",
        &["C004 7 `[server] tls` must be a table, written `tls = { … }` | -"],
    );
}

#[test]
fn what_may_do_what_forms_no_single_ladder() {
    use Role::{Admin, Agent, Analyst, Events, Viewer};
    let allowed = [
        (Events, vec![Events]),
        (Viewer, vec![Viewer]),
        (Analyst, vec![Viewer, Analyst]),
        (Agent, vec![Viewer, Analyst, Agent]),
        (Admin, vec![Events, Viewer, Analyst, Agent, Admin]),
    ];
    for (role, may) in allowed {
        for (_, least) in Role::NAMES {
            assert_eq!(role.includes(least), may.contains(&least), "{role:?} {least:?}");
        }
    }
}

#[test]
fn what_is_left_out_has_a_default() {
    let dir = folder();
    let short = "[whatsapp]\nbusiness_account_id = \"1\"\naccess_token = { file = \"access.txt\" }\n\
                 [[whatsapp.number]]\nid = \"2\"\nname = \"main\"\n";
    let config = config::parse("usher.toml", short, dir.path(), Severity::Error).unwrap().config;
    assert_eq!(config.server.admin.to_string(), "127.0.0.1:9090");
    assert_eq!(config.journal, dir.path().join("data/journal"));
    assert_eq!(config.limits.answer_within, Duration::from_secs(6 * 3600));
    assert!(config.whatsapp.app_secret.is_empty());
    assert_eq!(config.server.linger, Duration::from_secs(2));
}

#[test]
fn each_mistake_has_its_place_and_its_mend() {
    check(
        "listen = ",
        "lisen = ",
        &["C002 5 `[server] lisen` is no key usher knows | did you mean `listen`?"],
    );
    check(
        "[log]",
        "[colours]",
        &["C002 33 `colours` is no key usher knows | known here: `rules`, `data`, `server`, \
           `whatsapp`, `store`, `limits`, `journal`, `log`, `connector`"],
    );
    for (from, to, name, line) in [
        ("timeout ", "daily = { utility = 1000 }\ntimeout ", "[whatsapp] daily", 17),
        ("url = ", "replicas = 0\nurl = ", "[store] replicas", 24),
        ("[log]", "[keep]\njournal = \"400d\"\n[log]", "keep", 33),
    ] {
        check(
            from,
            to,
            &[&format!(
                "C003 {line} `{name}` is not part of this version | take it out; a later version \
                 of usher brings it"
            )],
        );
    }
    for (given, findings) in [
        (
            "rate = 50",
            "C004 17 `[whatsapp] rate` must be a table such as `{ start = 50, max = 80 }` | -",
        ),
        (
            "rate = { start = 90 }",
            "C005 17 `start = 90` lies above `max = 80` | begin at `max` or below",
        ),
        (
            "rate = { max = 0 }",
            "C005 17 `max = 0` is out of bounds | it must lie between 1 and 1000",
        ),
        ("rate = { max = \"80\" }", "C004 17 `[whatsapp] rate max` must be a whole number | -"),
        (
            "pair = { every = \"2h\" }",
            "C005 17 `every = \"2h\"` is out of bounds | it must lie between 1ms and 60s",
        ),
    ] {
        check("timeout ", &format!("{given}\ntimeout "), &[findings]);
    }
    check(
        "text = \"never\"",
        "text = \"always\"",
        &["C003 34 `[log] text = \"always\"` is not part of this version | write `text = \
           \"never\"`: customers' words stay out of logs"],
    );
    check(
        "drain  = \"25s\"",
        "drain = 25",
        &["C004 7 `[server] drain` must be a text in quotes | -"],
    );
    check(
        "drain  = \"25s\"",
        "drain = \"soon\"",
        &[
            "C005 7 `soon` is no span of time | write a number and `ms`, `s`, `m`, `h` or `d`, such \
           as `25s`",
        ],
    );
    check(
        "timeout             = \"3.5s\"",
        "timeout = \"2m\"",
        &["C005 17 `timeout = \"2m\"` is out of bounds | it must lie between 100ms and 30s"],
    );
    check(
        "\"127.0.0.1:8080\"",
        "\"localhost\"",
        &[
            "C005 5 `localhost` is no address to listen on | write an IP address and a port, such as \
           `listen = \"127.0.0.1:8080\"`",
        ],
    );
    check(
        "role = \"admin\"",
        "role = \"admn\"",
        &["C005 8 `admn` is no role | did you mean `admin`?"],
    );
    check(
        "\"TW\"",
        "\"Taiwan\"",
        &["C005 16 `Taiwan` is no region | write the two capital letters of the country, such as \
           `TW`"],
    );
    check(
        "\"900000000000001\"",
        "\"+886 2 1234\"",
        &["C005 20 `+886 2 1234` is no id of WhatsApp | it is the long number shown in the \
           WhatsApp Manager, digits only"],
    );
    check(
        "https://",
        "ftp://",
        &["C005 11 `ftp://graph.facebook.com/v25.0/` is no web address | write `api = \
           \"https://graph.facebook.com/v25.0\"`"],
    );
    check(
        "name = \"main\"\n",
        "name = \"main\"\n[[whatsapp.number]]\nid = \"5\"\nname = \"main\"\n",
        &["C009 24 two numbers are called `main` | each number has its own id and its own name"],
    );
    check(
        "url = \"embedded:data\"",
        "url = \"redis://:hunter2@cache/0\"",
        &["C010 24 `redis:` stores are not part of this version | write `url = \"embedded:data\"`"],
    );
    check(
        "[store]\nurl = \"embedded:data\"",
        "[store]\nprefix = \"acme\"",
        &["C005 24 the prefix `acme` would part nothing | take it out: daemons with an embedded \
           store are parted by their folders"],
    );
    check(
        "business_account_id = \"100000000000001\"\n",
        "",
        &["C008 10 `[whatsapp] business_account_id` is missing | write `business_account_id = \
           \"1065…\"` under `[whatsapp]`"],
    );
    check(
        "[[whatsapp.number]]\nid   = \"900000000000001\"\nname = \"main\"\n",
        "",
        &[
            "C008 10 no `[[whatsapp.number]]` is given | add `[[whatsapp.number]]` with `id = \"…\"` \
           and `name = \"main\"`",
        ],
    );
    check(
        "drain  = \"25s\"",
        "drain  = 25s\"",
        &["C001 7 this is no TOML: missing opening quote, expected `\"` | -"],
    );
}

#[test]
fn a_storm_has_bounds_and_a_queue() {
    let dir = folder();
    let limits = good(dir.path()).limits;
    assert_eq!((limits.replies_per_minute, limits.same_text.times), (20, 3));
    assert_eq!(limits.same_text.within, Duration::from_secs(600));
    assert_eq!(limits.storm, None);
    let given = "[limits]\nreplies_per_minute = 5\nsame_text = { times = 2, in = \"1h\" }\n\
                 storm = \"queue:care\"";
    let text = GOOD.replace("[limits]", given);
    let read = config::parse("usher.toml", &text, dir.path(), Severity::Error).unwrap();
    let limits = &read.config.limits;
    assert_eq!((limits.replies_per_minute, limits.same_text.times), (5, 2));
    assert_eq!(limits.same_text.within, Duration::from_secs(3_600));
    assert_eq!(limits.storm.as_deref(), Some("care"));
    assert_eq!(read.config.settings().storm_queue.as_deref(), Some("care"));
    for (given, finding) in [
        (
            "replies_per_minut = 5",
            "C002 27 `[limits] replies_per_minut` is no key usher knows | did you mean \
             `replies_per_minute`?",
        ),
        (
            "replies_per_minute = 0",
            "C005 27 `replies_per_minute = 0` is out of bounds | it must lie between 1 and 1000",
        ),
        (
            "replies_per_minute = \"20\"",
            "C004 27 `[limits] replies_per_minute` must be a whole number | -",
        ),
        (
            "same_text = 3",
            "C004 27 `[limits] same_text` must be a table such as `{ times = 3, in = \"10m\" }` | -",
        ),
        (
            "same_text = { times = 1 }",
            "C005 27 `times = 1` is out of bounds | it must lie between 2 and 100",
        ),
        (
            "same_text = { in = \"2d\" }",
            "C005 27 `in = \"2d\"` is out of bounds | it must lie between 1s and 86400s",
        ),
        (
            "same_text = { within = \"2h\" }",
            "C002 27 `[limits] same_text within` is no key usher knows | known here: `times`, `in`",
        ),
        (
            "storm = \"care\"",
            "C005 27 `storm = \"care\"` names no queue | write `storm = \"queue:NAME\"`, with the name \
             of a queue of the rules",
        ),
        (
            "storm = \"queue:\"",
            "C005 27 `storm = \"queue:\"` names no queue | write `storm = \"queue:NAME\"`, with the \
             name of a queue of the rules",
        ),
    ] {
        check("answer_within", &format!("{given}\nanswer_within"), &[finding]);
    }
}

#[test]
fn connectors_are_asked_or_told() {
    let dir = folder();
    let more = r#"
[connector.shop]
kind = "rest"
url = "https://shop.example.com/api"
token = { file = "access.txt" }
header = "X-Api-Key"
timeout = "500ms"
[connector.open]
kind = "rest"
url = "http://10.0.0.5:8081"
[connector.crm]
kind = "webhook"
url = "https://hooks.example.com/catch/k1/k2?x=1"
secret = { file = "app.txt" }
"#;
    let text = format!("{GOOD}{more}");
    let read = config::parse("usher.toml", &text, dir.path(), Severity::Error).unwrap();
    let connectors = &read.config.connectors;
    assert_eq!(connectors.keys().collect::<Vec<_>>(), ["crm", "open", "shop"]);
    let Connector::Rest(shop) = &connectors["shop"] else { panic!("{connectors:?}") };
    assert_eq!(shop.url.url().as_str(), "https://shop.example.com/api");
    assert_eq!(shop.token.first().unwrap().expose_secret(), "access-1");
    assert_eq!(shop.header.as_deref(), Some("X-Api-Key"));
    assert_eq!(shop.timeout, Duration::from_millis(500));
    let Connector::Rest(open) = &connectors["open"] else { panic!("{connectors:?}") };
    assert!(open.token.is_empty() && open.header.is_none());
    assert_eq!(open.timeout, Duration::from_secs(2));
    let Connector::Webhook(crm) = &connectors["crm"] else { panic!("{connectors:?}") };
    assert_eq!(crm.secret.all().len(), 2);
    assert_eq!(crm.timeout, Duration::from_secs(2));
    let names: Vec<String> =
        read.config.connector_secrets().into_iter().map(|(name, _)| name).collect();
    let wanted =
        ["`[connector.crm] secret`", "`[connector.open] token`", "`[connector.shop] token`"];
    assert_eq!(names, wanted);
    let shown = format!("{:?}", read.config);
    assert!(!shown.contains("k1") && !shown.contains("access-1"), "{shown}");
}

#[test]
fn each_mistake_in_a_connector_has_its_mend() {
    const REST: &str = "kind = \"rest\"\nurl = \"https://shop.example.com\"";
    let token = "token = { file = \"access.txt\" }";
    for (header, body, findings) in [
        (
            "connector.hubspot",
            "kind = \"hubspot\"\ntoken = { env = \"NO_SUCH\" }".to_owned(),
            &[
                "C003 34 `[connector.hubspot] kind = \"hubspot\"` is not part of this version | take \
               the connector out; a later version of usher brings it",
            ][..],
        ),
        (
            "connector.shop",
            "kind = \"webhok\"".to_owned(),
            &["C005 34 `webhok` is no kind of connector | did you mean `webhook`?"],
        ),
        (
            "connector.shop",
            "kind = \"soap\"".to_owned(),
            &["C005 34 `soap` is no kind of connector | the kinds are `rest`, `webhook`"],
        ),
        (
            "connector.shop",
            "url = \"https://shop.example.com\"".to_owned(),
            &["C008 33 `[connector.shop] kind` is missing | write `kind = \"rest\"` under \
               `[connector.shop]`"],
        ),
        (
            "connector.shop",
            "kind = \"rest\"".to_owned(),
            &["C008 33 `[connector.shop] url` is missing | write `url = \
               \"https://shop.example.com/api\"` under `[connector.shop]`"],
        ),
        (
            "connector.shop",
            "kind = \"webhook\"\nurl = \"https://crm.example.com\"".to_owned(),
            &["C008 33 `[connector.shop] secret` is missing | write `secret = { env = \
               \"CONNECTOR_SECRET\" }` under `[connector.shop]`"],
        ),
        (
            "connector.shop",
            "kind = \"rest\"\nurl = \"https://me:hunter2@shop.example.com\"".to_owned(),
            &["C005 35 `[connector.shop] url` holds a name or a password | write `url = \
               \"https://shop.example.com/api\"`; what lets usher in stands apart"],
        ),
        (
            "connector.shop",
            "kind = \"rest\"\nurl = \"ftp://shop.example.com\"".to_owned(),
            &["C005 35 `[connector.shop] url` is no web address | write `url = \
               \"https://shop.example.com/api\"`; what lets usher in stands apart"],
        ),
        (
            "connector.shop",
            "kind = \"rest\"\nurl = \"https://shop.example.com?key=hunter2\"".to_owned(),
            &["C005 35 the `url` of a `rest` connector holds a `?` | write the query into the \
               `path` of the lookup; a key goes into `token`, with `header` where the system wants \
               it under a name of its own"],
        ),
        (
            "connector.shop",
            format!("{REST}\ntimout = \"1s\""),
            &["C002 36 `[connector.shop] timout` is no key usher knows | did you mean `timeout`?"],
        ),
        (
            "connector.shop",
            format!("{REST}\nsecret = {{ file = \"app.txt\" }}"),
            &[
                "C002 36 `[connector.shop] secret` is no key usher knows | known here: `kind`, `url`, \
               `token`, `header`, `timeout`",
            ],
        ),
        (
            "connector.shop",
            format!("{REST}\ntimeout = \"11s\""),
            &["C005 36 `timeout = \"11s\"` is out of bounds | it must lie between 100ms and 10s"],
        ),
        (
            "connector.shop",
            format!("{REST}\n{token}\nheader = \"Host\""),
            &["C005 37 `Host` is no header that can hold a token | write its name alone, such as \
               `header = \"X-Api-Key\"`"],
        ),
        (
            "connector.shop",
            format!("{REST}\nheader = \"X-Api-Key\""),
            &[
                "C008 36 `header` names where the `token` goes, but there is none | add `token = { env \
               = \"CONNECTOR_TOKEN\" }`, or take `header` out",
            ],
        ),
        (
            "connector.\"my shop\"",
            REST.to_owned(),
            &[
                "C005 33 `my shop` is no name for a connector | use letters a to z, digits, `_` and \
               `-`, at most 64",
            ],
        ),
        (
            "connector.Shop",
            REST.to_owned(),
            &[
                "C005 33 `Shop` is no name for a connector | use letters a to z, digits, `_` and `-`, \
               at most 64",
            ],
        ),
        (
            "connector",
            "shop = \"https://shop.example.com\"".to_owned(),
            &["C004 34 `[connector.shop]` must be a table | -"],
        ),
        (
            "connector.shop",
            format!("{REST}\ntoken = \"hunter2\""),
            &["C006 36 `[connector.shop] token` holds the secret itself | write `token = { env = \
               \"CONNECTOR_TOKEN\" }` and put the secret into that environment variable, or `token \
               = { file = \"token.txt\" }`; then change the secret, as others may have read this \
               file"],
        ),
    ] {
        check("[log]", &format!("[{header}]\n{body}\n[log]"), findings);
        let dir = folder();
        let text = GOOD.replace("[log]", &format!("[{header}]\n{body}\n[log]"));
        let refused = config::parse("usher.toml", &text, dir.path(), Severity::Error).unwrap_err();
        let shown = format!("{refused:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn no_two_tokens_have_the_same_secret() {
    check(
        "file = \"admin.txt\" } }]",
        "file = \"admin.txt\" } }, { name = \"board\", role = \"viewer\", token = { file = \
         \"admin.txt\" } }]",
        &[
            "C009 8 the tokens `ops` and `board` have the same secret | give each its own: it decides \
           what its bearer may do",
        ],
    );
}

#[test]
fn a_region_is_one_of_the_world() {
    check(
        "\"TW\"",
        "\"XX\"",
        &["C005 16 `XX` is no region | write the two capital letters of the country, such as `TW`"],
    );
}

#[test]
fn what_linger_loses_is_a_warning() {
    let dir = folder();
    let text = GOOD.replace("drain  = \"25s\"", "drain  = \"5s\"\nlinger = \"3s\"");
    let read = config::parse("usher.toml", &text, dir.path(), Severity::Error).unwrap();
    let said: Vec<&str> = read.diagnostics.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(said, ["`linger` is more than half of `drain`: the rest of it is left out"]);
}

#[test]
fn secrets_that_cannot_be_read_are_named() {
    check(
        "{ file = \"access.txt\" }",
        "{ env = \"USHER_TEST_NOT_SET\" }",
        &["C007 13 `[whatsapp] access_token` cannot be read: the environment variable \
           `USHER_TEST_NOT_SET` is not set | set `USHER_TEST_NOT_SET` before starting usher"],
    );
    check(
        "{ file = \"access.txt\" }",
        "{ file = \"gone.txt\" }",
        &["C007 13 `[whatsapp] access_token` cannot be read: `gone.txt`: No such file or \
           directory (os error 2) | put the secret into `gone.txt`, readable for the user usher \
           runs as"],
    );
    check(
        "{ file = \"access.txt\" }",
        "{ file = \"empty.txt\" }",
        &["C007 13 `[whatsapp] access_token` cannot be read: `empty.txt` is empty | put the \
           secret into `empty.txt`, readable for the user usher runs as"],
    );
    check(
        "{ file = \"access.txt\" }",
        "{ fiel = \"access.txt\" }",
        &["C002 13 `[whatsapp] access_token` cannot be read from `fiel` | did you mean `file`?"],
    );
}

#[test]
fn to_look_at_a_file_no_secret_is_needed() {
    let dir = folder();
    let text = GOOD.replace("{ file = \"access.txt\" }", "{ env = \"USHER_TEST_NOT_SET\" }");
    let read = config::parse("usher.toml", &text, dir.path(), Severity::Warning).unwrap();
    assert_eq!(read.diagnostics.len(), 1);
    assert_eq!(read.diagnostics[0].severity, Severity::Warning);
    assert!(read.config.whatsapp.access_token.is_empty());
}

#[test]
fn a_literal_secret_is_refused_and_shown_nowhere() {
    let dir = folder();
    for line in [
        "access_token = \"EAAsecret\"",
        "access_token = '''\nEAAsecret'''",
        "access_token = [\"EAAsecret\"]",
        "acess_token = \"EAAsecret\"\naccess_token = { file = \"access.txt\" }",
        "access_token = EAAsecret",
        "access_token = \"EAAsecret",
    ] {
        let text = GOOD.replace("access_token        = { file = \"access.txt\" }", line);
        let refused = config::parse("usher.toml", &text, dir.path(), Severity::Error).unwrap_err();
        let shown = format!("{:?} {}", refused.diagnostics, refused.source);
        assert!(!shown.contains("EAAsecret"), "{line}: {shown}");
        assert_eq!(refused.source.len(), text.len(), "places must still fit");
    }
    check(
        "{ file = \"access.txt\" }",
        "\"EAAsecret\"",
        &[
            "C006 13 `[whatsapp] access_token` holds the secret itself | write `access_token = { env \
           = \"WHATSAPP_TOKEN\" }` and put the secret into that environment variable, or \
           `access_token = { file = \"access_token.txt\" }`; then change the secret, as others may \
           have read this file",
        ],
    );
}

#[test]
fn all_mistakes_come_at_once() {
    let dir = folder();
    let text = GOOD
        .replace("drain  = \"25s\"", "drain = 25")
        .replace("\"TW\"", "\"Taiwan\"")
        .replace("embedded:data", "redis://cache")
        .replace("[log]", "[logs]");
    let refused = config::parse("usher.toml", &text, dir.path(), Severity::Error).unwrap_err();
    let codes: Vec<&str> = refused.diagnostics.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["C004", "C005", "C010", "C002"]);
}

#[test]
fn a_file_that_is_not_there_is_one_sentence() {
    let refused = config::load(Path::new("no/such/usher.toml")).unwrap_err();
    assert_eq!(refused.diagnostics.len(), 1);
    assert!(refused.diagnostics[0].message.starts_with("`no/such/usher.toml` cannot be read"));
}
