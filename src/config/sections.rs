//! Section by section: what may be written, its bounds and its defaults.

use super::secrets::overlap;
use super::walk::{Problems, Section, nearest, quoted};
use super::{
    Config, Limits, Number, Role, Server, StoreUrl, TlsFiles, Token, WhatsApp, connectors, pace,
    span,
};
use crate::limits;
use crate::model::NumberId;
use crate::rules::diagnostic::Severity;
use crate::text::take;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

/// The whole file; `None` where something it cannot do without is missing or unusable.
pub(super) fn walk(mut top: Section<'_>, problems: &mut Problems<'_>) -> Option<Config> {
    let rules = path(&mut top, "rules", "rules", problems);
    let data = path(&mut top, "data", "data", problems);
    let server = top.section("server", problems);
    let server = server.map_or_else(|| Some(default_server()), |one| self::server(one, problems));
    let whatsapp = match top.section("whatsapp", problems) {
        Some(section) => whatsapp(section, problems),
        None => {
            if !top.has("whatsapp") {
                let message = "the section `[whatsapp]` is missing".to_owned();
                let help = "`usher init DIR` writes a whole file to start from".to_owned();
                problems.error("C008", 0..0, "", message, help);
            }
            None
        }
    };
    let store = match top.section("store", problems) {
        Some(section) => store(section, &data, problems),
        None => Some(StoreUrl::Embedded(data.clone())),
    };
    let limits = top
        .section("limits", problems)
        .map_or_else(Limits::default, |one| self::limits(one, problems));
    let journal = top.section("journal", problems).map_or_else(
        || data.join("journal"),
        |mut section| {
            let dir = given_path(&mut section, "dir", problems);
            section.finish(&[], problems);
            dir.unwrap_or_else(|| data.join("journal"))
        },
    );
    if let Some(section) = top.section("log", problems) {
        log(section, problems);
    }
    let connectors = connectors::connectors(&mut top, problems);
    top.finish(&["keep", "alerts", "reports", "desk"], problems);
    Some(Config {
        rules,
        data,
        server: server?,
        whatsapp: whatsapp?,
        store: store?,
        limits,
        journal,
        connectors,
    })
}

fn default_server() -> Server {
    Server {
        listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
        admin: SocketAddr::from(([127, 0, 0, 1], 9090)),
        drain: Duration::from_secs(25),
        linger: limits::LINGER_DEFAULT,
        tls: None,
        tokens: Vec::new(),
    }
}

fn server(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<Server> {
    let default = default_server();
    let listen = address(&mut section, "listen", default.listen, problems);
    let admin = address(&mut section, "admin", default.admin, problems);
    let hour = Duration::from_secs(3600);
    let lingers = section.text("linger", problems).map(|(_, span)| span);
    let drain = duration(&mut section, "drain", default.drain, Duration::ZERO..=hour, problems);
    let linger = duration(&mut section, "linger", default.linger, Duration::ZERO..=hour, problems);
    if let Some(span) = lingers
        && linger > drain / 2
    {
        let message =
            "`linger` is more than half of `drain`: the rest of it is left out".to_owned();
        let help =
            "make `drain` at least twice `linger`: requests, sends and the journal need time";
        problems.finding("C005", Severity::Warning, span, "", message, help.to_owned());
    }
    let tls = section.inner("tls", "[server] tls", problems);
    let tls = tls.and_then(|one| tls_files(one, problems));
    let tables = section.sections("tokens", "[server] tokens", problems);
    let mut seen = HashMap::new();
    let spans: Vec<Range<usize>> = tables.iter().map(|table| table.span.clone()).collect();
    let tokens = tables.into_iter().map(|one| token(one, &mut seen, problems));
    let tokens: Vec<Option<Token>> = tokens.collect();
    same_secrets(&tokens, &spans, problems);
    let tokens = tokens.into_iter().flatten().collect();
    section.finish(&[], problems);
    Some(Server { listen: listen?, admin: admin?, drain, linger, tls, tokens })
}

/// Files that are not there are found when the listeners start, as certificates that do not fit.
fn tls_files(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<TlsFiles> {
    for (key, example) in [("cert", "\"tls.crt\""), ("key", "\"tls.key\"")] {
        if !section.has(key) {
            section.missing(key, example, problems);
        }
    }
    let cert = given_path(&mut section, "cert", problems);
    let key = given_path(&mut section, "key", problems);
    section.finish(&[], problems);
    Some(TlsFiles { cert: cert?, key: key? })
}

fn token<'d>(
    mut section: Section<'d>,
    seen: &mut HashMap<&'d str, Range<usize>>,
    problems: &mut Problems<'_>,
) -> Option<Token> {
    let name = section.needed_text("name", "\"ops\"", problems);
    if let Some((name, span)) = &name
        && let Some(first) = seen.insert(*name, span.clone())
    {
        let message = format!("two tokens are named `{name}`");
        let help = "give each its own name: the log tells them apart by it".to_owned();
        problems.error("C009", span.clone(), "again here", message, help);
        problems.also_at(first, "first here");
    }
    let role = section.needed_text("role", "\"admin\"", problems);
    let role = role.and_then(|(role, span)| {
        let known = Role::NAMES.iter().find(|(name, _)| *name == role);
        if known.is_none() {
            let message = format!("`{role}` is no role");
            let names = || Role::NAMES.iter().map(|(name, _)| *name);
            let help = match nearest(role, names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the roles are {}", quoted(names())),
            };
            problems.error("C005", span, "unknown role", message, help);
        }
        known.map(|(_, role)| *role)
    });
    if !section.has("token") {
        section.missing("token", "{ env = \"USHER_ADMIN_TOKEN\" }", problems);
    }
    let secrets = section.secrets("token", problems);
    section.finish(&[], problems);
    Some(Token { name: name?.0.to_owned(), role: role?, secrets })
}

/// One secret under two names: whichever role is found first would be given.
fn same_secrets(tokens: &[Option<Token>], spans: &[Range<usize>], problems: &mut Problems<'_>) {
    let all: Vec<(&Token, &Range<usize>)> =
        tokens.iter().zip(spans).filter_map(|(one, span)| Some((one.as_ref()?, span))).collect();
    for (place, (token, span)) in all.iter().enumerate() {
        let before = all.iter().take(place);
        let mut same = before.filter(|(one, _)| overlap(&one.secrets.all(), &token.secrets.all()));
        if let Some((first, first_span)) = same.next() {
            let message =
                format!("the tokens `{}` and `{}` have the same secret", first.name, token.name);
            let help = "give each its own: it decides what its bearer may do".to_owned();
            problems.error("C009", (*span).clone(), "again here", message, help);
            problems.also_at((*first_span).clone(), "first here");
        }
    }
}

fn whatsapp(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<WhatsApp> {
    let api = section.text("api", problems);
    let api = api.map_or(Some("https://graph.facebook.com/v25.0"), |(api, span)| {
        let fits = api.strip_prefix("https://").or_else(|| api.strip_prefix("http://"));
        if fits.is_none_or(str::is_empty) {
            let message = format!("`{api}` is no web address");
            let help = "write `api = \"https://graph.facebook.com/v25.0\"`".to_owned();
            problems.error("C005", span, "", message, help);
            return None;
        }
        Some(api.trim_end_matches('/'))
    });
    let account = section.needed_text("business_account_id", "\"1065…\"", problems);
    let account = account.and_then(|(id, span)| decimal(id, span, problems));
    if !section.has("access_token") {
        section.missing("access_token", "{ env = \"WHATSAPP_TOKEN\" }", problems);
    }
    let access_token = section.secrets("access_token", problems);
    let app_secret = section.secrets("app_secret", problems);
    let verify_token = section.secrets("verify_token", problems);
    let default_region = region(&mut section, problems);
    let until = limits::SEND_UNKNOWN_AFTER;
    let from = Duration::from_millis(100);
    let timeout =
        duration(&mut section, "timeout", limits::SEND_LATE_AFTER, from..=until, problems);
    let numbers = numbers(&mut section, problems);
    let rate = pace::rate(&mut section, problems);
    let pair = pace::pair(&mut section, problems);
    section.finish(&["quota_per_minute", "daily"], problems);
    Some(WhatsApp {
        api: api?.to_owned(),
        business_account_id: account?.to_owned(),
        access_token,
        app_secret,
        verify_token,
        default_region,
        timeout,
        rate,
        pair,
        numbers: numbers?,
    })
}

fn region(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let (region, span) = section.text("default_region", problems)?;
    let upper = region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase());
    if upper && take::is_region(region) {
        return Some(region.to_owned());
    }
    let message = format!("`{region}` is no region");
    let help = "write the two capital letters of the country, such as `TW`".to_owned();
    problems.error("C005", span, "", message, help);
    None
}

fn numbers(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<Vec<Number>> {
    let given = section.has("number");
    let tables = section.sections("number", "[[whatsapp.number]]", problems);
    if tables.is_empty() {
        if !given {
            let message = "no `[[whatsapp.number]]` is given".to_owned();
            let help = "add `[[whatsapp.number]]` with `id = \"…\"` and `name = \"main\"`";
            problems.error("C008", section.span.clone(), "", message, help.to_owned());
        }
        return None;
    }
    let mut seen: HashMap<&str, Range<usize>> = HashMap::new();
    let mut numbers = Vec::new();
    for mut table in tables {
        let id = table.needed_text("id", "\"1065…\"", problems);
        let name = table.needed_text("name", "\"main\"", problems);
        table.finish(&[], problems);
        for (text, span) in [id.clone(), name.clone()].into_iter().flatten() {
            if let Some(first) = seen.insert(text, span.clone()) {
                let message = format!("two numbers are called `{text}`");
                let help = "each number has its own id and its own name".to_owned();
                problems.error("C009", span, "again here", message, help);
                problems.also_at(first, "first here");
            }
        }
        let id = id.and_then(|(id, span)| decimal(id, span, problems));
        if let (Some(id), Some((name, _))) = (id, name) {
            numbers.push(Number { id: NumberId::from(id), name: name.to_owned() });
        }
    }
    Some(numbers)
}

fn store(
    mut section: Section<'_>,
    data: &std::path::Path,
    problems: &mut Problems<'_>,
) -> Option<StoreUrl> {
    let url = match section.text("url", problems) {
        None if section.has("url") => None,
        None => Some(StoreUrl::Embedded(data.to_owned())),
        Some((url, span)) => store_url(url, span, problems),
    };
    if let Some((prefix, span)) = section.text("prefix", problems)
        && prefix != "usher"
    {
        let message = format!("the prefix `{prefix}` would part nothing");
        let help = "take it out: daemons with an embedded store are parted by their folders";
        problems.error("C005", span, "", message, help.to_owned());
    }
    section.finish(&["replicas"], problems);
    url
}

fn store_url(url: &str, span: Range<usize>, problems: &mut Problems<'_>) -> Option<StoreUrl> {
    let help = "write `url = \"embedded:data\"`".to_owned();
    match url.split_once(':') {
        Some(("embedded", dir)) if !dir.is_empty() => {
            Some(StoreUrl::Embedded(problems.base.join(dir)))
        }
        // The rest of the address may hold a password: only its kind is shown.
        Some((kind, _)) if kind.starts_with("redis") || kind.starts_with("valkey") => {
            problems.literal_secrets.push(span.clone());
            let message = format!("`{kind}:` stores are not part of this version");
            problems.error("C010", span, "this version has only `embedded:`", message, help);
            None
        }
        _ => {
            problems.literal_secrets.push(span.clone());
            let message = "`[store] url` names no store usher knows".to_owned();
            problems.error("C010", span, "this version has only `embedded:`", message, help);
            None
        }
    }
}

fn limits(mut section: Section<'_>, problems: &mut Problems<'_>) -> Limits {
    let default = Limits::default();
    let minute = Duration::from_secs(60);
    let answer_within = duration(
        &mut section,
        "answer_within",
        default.answer_within,
        minute..=limits::SERVICE_WINDOW,
        problems,
    );
    let unknown_wait = duration(
        &mut section,
        "unknown_wait",
        default.unknown_wait,
        limits::SEND_UNKNOWN_AFTER..=limits::UNKNOWN_SILENCE,
        problems,
    );
    let replies_per_minute = pace::replies_per_minute(&mut section, problems);
    let same_text = pace::same_text(&mut section, problems);
    let storm = pace::storm(&mut section, problems);
    section.finish(&[], problems);
    Limits { answer_within, unknown_wait, replies_per_minute, same_text, storm }
}

fn log(mut section: Section<'_>, problems: &mut Problems<'_>) {
    if let Some((text, span)) = section.text("text", problems)
        && text != "never"
    {
        let message = format!("`[log] text = \"{text}\"` is not part of this version");
        let help = "write `text = \"never\"`: customers' words stay out of logs".to_owned();
        problems.error("C003", span, "only `never`", message, help);
    }
    section.finish(&[], problems);
}

// ── Values ───────────────────────────────────────────────────────────────────────────────────

fn path(
    section: &mut Section<'_>,
    key: &'static str,
    default: &str,
    problems: &mut Problems<'_>,
) -> PathBuf {
    let given = given_path(section, key, problems);
    given.unwrap_or_else(|| problems.base.join(default))
}

fn given_path(
    section: &mut Section<'_>,
    key: &'static str,
    problems: &mut Problems<'_>,
) -> Option<PathBuf> {
    let (path, span) = section.text(key, problems)?;
    if path.is_empty() {
        let message = format!("`{key}` names no folder");
        problems.error("C005", span, "empty", message, None);
        return None;
    }
    Some(problems.base.join(path))
}

fn address(
    section: &mut Section<'_>,
    key: &'static str,
    default: SocketAddr,
    problems: &mut Problems<'_>,
) -> Option<SocketAddr> {
    let Some((text, span)) = section.text(key, problems) else {
        return Some(default);
    };
    let address = text.parse().ok();
    if address.is_none() {
        let message = format!("`{text}` is no address to listen on");
        let help = format!("write an IP address and a port, such as `{key} = \"{default}\"`");
        problems.error("C005", span, "", message, help);
    }
    address
}

pub(super) fn duration(
    section: &mut Section<'_>,
    key: &'static str,
    default: Duration,
    bounds: std::ops::RangeInclusive<Duration>,
    problems: &mut Problems<'_>,
) -> Duration {
    let Some((text, span)) = section.text(key, problems) else {
        return default;
    };
    match span::parse(text) {
        Some(value) if bounds.contains(&value) => return value,
        Some(_) => {
            let (least, most) = (bounds.start(), bounds.end());
            let message = format!("`{key} = \"{text}\"` is out of bounds");
            let help = format!("it must lie between {least:?} and {most:?}");
            problems.error("C005", span, "", message, help);
        }
        None => {
            let message = format!("`{text}` is no span of time");
            let help = "write a number and `ms`, `s`, `m`, `h` or `d`, such as `25s`".to_owned();
            problems.error("C005", span, "", message, help);
        }
    }
    default
}

fn decimal<'i>(id: &'i str, span: Range<usize>, problems: &mut Problems<'_>) -> Option<&'i str> {
    if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(id);
    }
    let message = format!("`{id}` is no id of WhatsApp");
    let help = "it is the long number shown in the WhatsApp Manager, digits only".to_owned();
    problems.error("C005", span, "", message, help);
    None
}
