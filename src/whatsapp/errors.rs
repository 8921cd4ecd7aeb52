//! What WhatsApp's error codes mean for a send: Meta's table as data.
//!
//! Branch on the code, never on the title; the HTTP status only speaks where the code is unknown.
//! The same table serves answers to a send and `failed` statuses.

use crate::limits;
use crate::model::SendError;
use serde_json::Value;
use std::time::Duration;

/// What is to be done about a refused send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It may pass: try again, with the usual pauses.
    Again,
    /// It passes after so long: not before it.
    After(Duration),
    /// This customer got too much at once; only they wait (1, 4, 16… seconds).
    RecipientLater,
    /// The number got too much: it pauses, first for so long. Jobs use up no tries.
    SlowNumber(Duration),
    /// The number cannot send until somebody mends it: it pauses and is probed.
    HaltNumber,
    /// Nothing can be sent until somebody mends it: everything pauses and is probed.
    HaltAll,
    /// It will never pass.
    Dead,
}

/// A code's action and its reason: the metric label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// What to do.
    pub action: Action,
    /// Why, in one fixed word.
    pub reason: &'static str,
}

/// The reason of an access token that WhatsApp does not take.
pub const TOKEN_REFUSED: &str = "token";

const BRIEFLY: Action = Action::SlowNumber(Duration::from_secs(1));
const FOR_LONG: Action = Action::SlowNumber(Duration::from_secs(1_800));

/// First and last code, action, reason; ascending.
const TABLE: &[(i64, i64, Action, &str)] = &[
    (0, 0, Action::HaltAll, TOKEN_REFUSED),
    (1, 1, Action::Again, "unknown_error"),
    (2, 2, Action::Again, "service_down"),
    (3, 3, Action::Dead, "capability"),
    (4, 4, BRIEFLY, "throttled"),
    (10, 10, Action::HaltAll, "permission"),
    (33, 33, Action::HaltNumber, "number"),
    (100, 100, Action::Dead, "invalid"),
    (102, 102, Action::HaltAll, TOKEN_REFUSED),
    (190, 190, Action::HaltAll, TOKEN_REFUSED),
    (200, 299, Action::HaltAll, "permission"),
    (368, 368, Action::HaltAll, "account_blocked"),
    (613, 613, BRIEFLY, "throttled"),
    (80_007, 80_007, BRIEFLY, "throttled"),
    (130_403, 130_403, Action::Dead, "blocked_by_us"),
    (130_429, 130_429, BRIEFLY, "throttled"),
    (130_472, 130_472, Action::Dead, "experiment"),
    (130_497, 130_497, Action::Dead, "country"),
    (130_501, 130_501, Action::Dead, "invalid"),
    (131_000, 131_000, Action::Again, "unknown_error"),
    (131_005, 131_005, Action::HaltAll, "permission"),
    (131_008, 131_009, Action::Dead, "invalid"),
    (131_016, 131_016, Action::Again, "service_down"),
    (131_021, 131_021, Action::Dead, "recipient_is_sender"),
    (131_026, 131_026, Action::Dead, "undeliverable"),
    (131_030, 131_030, Action::Dead, "not_on_test_list"),
    (131_031, 131_031, Action::HaltAll, "account_blocked"),
    (131_037, 131_037, Action::HaltNumber, "display_name"),
    (131_042, 131_042, Action::HaltAll, "billing"),
    (131_044, 131_044, Action::HaltAll, "billing"),
    (131_045, 131_045, Action::HaltNumber, "number"),
    (131_047, 131_047, Action::Dead, "window_closed"),
    (131_048, 131_048, FOR_LONG, "spam_limit"),
    (131_049, 131_049, Action::Dead, "marketing_limit"),
    (131_050, 131_050, Action::Dead, "stopped_in_whatsapp"),
    (131_051, 131_051, Action::Dead, "invalid"),
    (131_052, 131_052, Action::Dead, "media"),
    (131_053, 131_053, Action::Again, "media"),
    (131_056, 131_056, Action::RecipientLater, "pair_rate"),
    (131_057, 131_057, Action::After(Duration::from_secs(60)), "maintenance"),
    (131_060, 131_060, Action::Dead, "unavailable"),
    (131_061, 131_063, Action::Dead, "wrong_route"),
    (131_064, 131_064, FOR_LONG, "template_misuse"),
    (132_000, 132_000, Action::Dead, "template"),
    (132_001, 132_001, Action::Dead, "template"),
    (132_005, 132_005, Action::Dead, "template"),
    (132_007, 132_008, Action::Dead, "template"),
    (132_012, 132_012, Action::Dead, "template"),
    (132_015, 132_016, Action::Dead, "template_stopped"),
    (132_068, 132_069, Action::Dead, "flow_stopped"),
    (133_000, 133_000, Action::Dead, "number"),
    (133_004, 133_004, Action::Again, "service_down"),
    (133_005, 133_010, Action::HaltNumber, "number"),
    (133_015, 133_015, Action::After(Duration::from_secs(300)), "maintenance"),
    (133_016, 133_016, Action::HaltNumber, "number"),
    (134_011, 134_011, Action::HaltAll, "terms"),
    (135_000, 135_000, Action::Dead, "generic"),
    (137_000, 137_000, Action::Dead, "identity_changed"),
    (138_000, 139_999, Action::Dead, "feature"),
    (2_388_000, 2_388_999, Action::Dead, "template"),
];

/// What an answer with this HTTP status and code means. A known code decides whatever the status:
/// some permanent errors come with 500.
#[must_use]
pub fn judge(http: u16, code: Option<i64>) -> Judgement {
    code.and_then(known).unwrap_or_else(|| by_status(http, code.is_some()))
}

/// What may become of sends, by outcome and reason: for counters that stand at nought before they
/// first count.
pub fn outcomes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let by_status = [200, 401, 403, 404, 408, 418, 429].map(|http| self::by_status(http, false));
    let by_code = TABLE.iter().map(|&(_, _, action, reason)| Judgement { action, reason });
    by_code.chain(by_status).flat_map(|Judgement { action, reason }| {
        let outcomes: &[&str] = match action {
            Action::Again | Action::After(_) | Action::RecipientLater => &["again", "dead"],
            Action::SlowNumber(_) | Action::HaltNumber | Action::HaltAll => &["postponed"],
            Action::Dead => &["dead"],
        };
        outcomes.iter().map(move |outcome| (*outcome, reason))
    })
}

/// The reason of a code, for `failed` statuses.
#[must_use]
pub fn reason(code: Option<i64>) -> &'static str {
    code.and_then(known).map_or("failed", |known| known.reason)
}

/// One element of an `errors[]`, or the `error` of an answer, as usher keeps it.
#[must_use]
pub fn stated(raw: &serde_json::value::RawValue) -> SendError {
    from_value(&serde_json::from_str(raw.get()).unwrap_or_default())
}

/// See [`stated`].
#[must_use]
pub fn from_value(error: &Value) -> SendError {
    let code = code(error);
    SendError { code, reason: reason(code).to_owned(), detail: detail(error) }
}

fn known(code: i64) -> Option<Judgement> {
    let place = TABLE.partition_point(|(_, last, _, _)| *last < code);
    let (first, _, action, reason) = TABLE.get(place)?;
    (*first <= code).then_some(Judgement { action: *action, reason })
}

/// Without a known code. A 401 is about the token whoever says it. Without any code, a 403 comes
/// from something between us and Meta, and a 404 or 405 from an `api` that is not Meta's: both will
/// be mended, and no message is to blame. Other 4xx are about this message.
fn by_status(http: u16, has_code: bool) -> Judgement {
    let (action, reason) = match http {
        401 => (Action::HaltAll, TOKEN_REFUSED),
        403 | 407 if !has_code => (Action::HaltAll, "permission"),
        404 | 405 | 410 if !has_code => (Action::HaltAll, "wrong_address"),
        408 | 425 => (Action::Again, "service_down"),
        429 => (BRIEFLY, "throttled"),
        400..=499 => (Action::Dead, "refused"),
        500..=599 => (Action::Again, "service_down"),
        _ => (Action::Again, "odd_answer"),
    };
    Judgement { action, reason }
}

/// A number, or a string of one.
fn code(error: &Value) -> Option<i64> {
    let code = error.get("code")?;
    code.as_i64().or_else(|| code.as_str().and_then(|text| text.trim().parse().ok()))
}

/// Message and details, short and without anything that looks like a phone number.
/// `error_data` is an object, a plain string, or missing; older errors carry `details` beside.
fn detail(error: &Value) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let message = match text(error.get("message")) {
        message if message.is_empty() => text(error.get("title")),
        message => message,
    };
    let data = error.get("error_data");
    let details =
        [text(data.and_then(|data| data.get("details"))), text(data), text(error.get("details"))];
    let details = details.into_iter().find(|details| !details.is_empty() && *details != message);
    let said: Vec<String> =
        [Some(message), details].into_iter().flatten().filter(|text| !text.is_empty()).collect();
    without_numbers(&said.join(": "))
}

/// Runs of seven and more digits become `…`; the whole is cut at
/// [`limits::ERROR_DETAIL_BYTES_MAX`].
#[must_use]
pub fn without_numbers(text: &str) -> String {
    const DIGITS_MIN: usize = 7;
    let mut out = String::new();
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        if run.len() < DIGITS_MIN {
            out.push_str(run)
        } else {
            out.push('…')
        }
        run.clear();
    };
    for ch in text.chars() {
        if out.len() >= limits::ERROR_DETAIL_BYTES_MAX {
            break;
        }
        if ch.is_ascii_digit() {
            run.push(ch);
        } else {
            flush(&mut run, &mut out);
            out.push(ch);
        }
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The codes of Meta's table, a letter for what they ask: A again, T after a time, R recipient
    /// later, S slow number, N halt number, H halt all, D dead.
    const ASKED: &[(char, &[i64])] = &[
        ('A', &[1, 2, 131_000, 131_016, 131_053, 133_004]),
        ('T', &[131_057, 133_015]),
        ('R', &[131_056]),
        ('S', &[4, 613, 80_007, 130_429, 131_048, 131_064]),
        ('N', &[33, 131_037, 131_045, 133_005, 133_006, 133_008, 133_009, 133_010, 133_016]),
        ('H', &[0, 10, 102, 190, 200, 250, 299, 368, 131_005, 131_031, 131_042, 131_044, 134_011]),
        (
            'D',
            &[
                3, 100, 130_403, 130_472, 130_497, 130_501, 131_008, 131_009, 131_021, 131_026,
                131_030, 131_047, 131_049, 131_050, 131_051, 131_052, 131_060, 131_061, 131_062,
                131_063, 132_000, 132_001, 132_005, 132_007, 132_008, 132_012, 132_015, 132_016,
                132_068, 132_069, 133_000, 135_000, 137_000, 138_000, 139_100, 139_103, 139_200,
                2_388_019, 2_388_299,
            ],
        ),
    ];

    fn letter(action: Action) -> char {
        match action {
            Action::Again => 'A',
            Action::After(_) => 'T',
            Action::RecipientLater => 'R',
            Action::SlowNumber(_) => 'S',
            Action::HaltNumber => 'N',
            Action::HaltAll => 'H',
            Action::Dead => 'D',
        }
    }

    #[test]
    fn every_code_of_the_table_decides_whatever_the_status() {
        for (asked, codes) in ASKED {
            for code in *codes {
                for http in [200, 400, 401, 403, 404, 429, 500, 503] {
                    let judged = judge(http, Some(*code));
                    assert_eq!(letter(judged.action), *asked, "{code} with {http}");
                    assert_ne!(judged.reason, "refused", "{code}");
                }
            }
        }
    }

    #[test]
    fn every_row_is_asked_for_and_in_order() {
        let mut last = -1;
        for (first, end, _, reason) in TABLE {
            assert!(*first > last && end >= first, "{first}");
            last = *end;
            let asked = ASKED.iter().flat_map(|(_, codes)| codes.iter());
            assert!(asked.clone().any(|code| (first..=end).contains(&code)), "{first} {reason}");
        }
    }

    #[test]
    fn without_a_known_code_the_status_speaks() {
        for (http, code, asked, reason) in [
            (429, None, 'S', "throttled"),
            (429, Some(999_999), 'S', "throttled"),
            (500, Some(999_999), 'A', "service_down"),
            (502, None, 'A', "service_down"),
            (503, None, 'A', "service_down"),
            (401, None, 'H', "token"),
            (403, None, 'H', "permission"),
            (403, Some(999_999), 'D', "refused"),
            (400, None, 'D', "refused"),
            (404, Some(-1), 'D', "refused"),
            (404, None, 'H', "wrong_address"),
            (405, None, 'H', "wrong_address"),
            (410, None, 'H', "wrong_address"),
            (302, None, 'A', "odd_answer"),
        ] {
            let judged = judge(http, code);
            assert_eq!((letter(judged.action), judged.reason), (asked, reason), "{http} {code:?}");
        }
    }

    #[test]
    fn errors_are_read_in_every_shape_and_name_no_customer() {
        for (value, code, reason, detail) in [
            (
                json!({"code":131_047,"title":"Re-engagement","message":"Re-engagement",
                       "error_data":{"details":"window closed"}}),
                Some(131_047),
                "window_closed",
                "Re-engagement: window closed",
            ),
            (json!({"code":"190","title":"x"}), Some(190), "token", "x"),
            (
                json!({"code":1,"message":"m","error_data":"plain"}),
                Some(1),
                "unknown_error",
                "m: plain",
            ),
            (json!({"code":4,"details":"old"}), Some(4), "throttled", "old"),
            (
                json!({"code":131_026,"message":"to +351910000001 failed (code 131026)"}),
                Some(131_026),
                "undeliverable",
                "to +… failed (code 131026)",
            ),
            (json!({"code":{"x":1}}), None, "failed", ""),
            (json!(17), None, "failed", ""),
        ] {
            let error = from_value(&value);
            assert_eq!(
                (error.code, error.reason.as_str(), error.detail.as_str()),
                (code, reason, detail),
                "{value}"
            );
        }
        assert!(without_numbers(&"é".repeat(5_000)).len() <= limits::ERROR_DETAIL_BYTES_MAX + 4);
    }
}
