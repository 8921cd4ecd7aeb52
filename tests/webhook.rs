//! Webhook bodies as Meta sends them, and as nobody should: what each is understood to be.

use proptest::prelude::*;
use std::fmt::Write;
use usherd::limits;
use usherd::model::{Event, EventKind, Subject, Timestamp};
use usherd::whatsapp::{Known, parse};

const FIXTURES: &str = include_str!("fixtures/whatsapp.jsonl");
const AT: Timestamp = Timestamp(1_760_000_400_000);

fn known() -> Known {
    Known {
        accounts: vec!["100000000000001".to_owned()],
        numbers: vec!["900000000000001".into(), "900000000000003".into()],
    }
}

fn read(body: &str) -> Vec<Event> {
    parse(body.as_bytes(), &known(), AT)
}

/// A body with one change.
fn change(field: &str, value: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"100000000000001","time":1760000300,"changes":[{{"field":"{field}","value":{value}}}]}}]}}"#
    )
}

/// A body of `messages` with these contacts and other arrays.
fn messages(rest: &str) -> String {
    change(
        "messages",
        &format!(
            r#"{{"messaging_product":"whatsapp","metadata":{{"display_phone_number":"+1 555-000","phone_number_id":"900000000000001"}},{rest}}}"#
        ),
    )
}

/// An event in one line: kind, what it says, about whom.
fn line(event: &Event) -> String {
    let mut line = event.id.to_string();
    let what = match &event.kind {
        EventKind::Message(message) => {
            let mut what = message.kind.name().to_owned();
            let mut also = |name: &str, value: Option<&str>| {
                if let Some(value) = value {
                    let _ = write!(what, " {name}={value}");
                }
            };
            also("text", message.text.as_deref());
            also("payload", message.payload.as_deref());
            also("to", message.reply_to.as_ref().map(|id| id.as_str()));
            also("ad", message.ad.as_deref());
            also("group", message.group.as_deref());
            also("raw", message.raw.as_ref().map(|_| "kept"));
            what
        }
        EventKind::Status(status) => {
            let error = status.error.as_ref();
            let error = error.map(|error| format!(" {} {}", error.reason, error.detail));
            let category = status.category.as_deref().unwrap_or("-");
            format!("{} {category}{}", status.status.as_str(), error.unwrap_or_default())
        }
        EventKind::Preference(preference) => format!("stop={}", preference.stop),
        EventKind::Recorded { what, .. } => format!("recorded {what}"),
        EventKind::Echo(echo) => format!("echo {}", echo.text.as_deref().unwrap_or("-")),
        EventKind::Account { field, .. } => format!("account {field}"),
        EventKind::Upkeep { .. } => "by hand".to_owned(),
        EventKind::Undecided { reason, .. } => format!("undecided {reason}"),
        other => other.label().to_owned(),
    };
    let who = match &event.subject {
        Subject::Person { aliases, number, profile } => {
            let names: Vec<String> = aliases.iter().map(ToString::to_string).collect();
            let name = profile.name.as_deref().unwrap_or("?");
            format!("{name} {} on {}", names.join(" "), &number.as_str()[14..])
        }
        Subject::Contact { id, .. } => format!("contact {id}"),
        Subject::Account => "account".to_owned(),
    };
    // Digests are checked to be there, not for their value.
    if line.starts_with("wa:a:") || line.starts_with("wa:u:") || line.starts_with("wa:p:") {
        line.truncate(5);
    }
    format!("{line} | {what} | {who}")
}

fn lines(body: &str) -> Vec<String> {
    read(body).iter().map(line).collect()
}

/// One row for each line of the fixtures.
const UNDERSTOOD: &[&[&str]] = &[
    &["wa:m:wamid.IN01= | text text=hello | ANA"],
    &["wa:m:wamid.IN02= | text text=this one to=wamid.OUT01= | ANA"],
    &["wa:m:wamid.IN03= | text text=fwd | ANA"],
    &["wa:m:wamid.IN04= | text text=is it in stock? to=wamid.OUT01= | ANA"],
    &["wa:m:wamid.IN05= | text text=from the ad ad=120 raw=kept | ANA"],
    &["wa:m:wamid.IN06= | image text=roof raw=kept | ANA"],
    &["wa:m:wamid.IN07= | video raw=kept | ANA"],
    &["wa:m:wamid.IN08= | voice raw=kept | ANA"],
    &["wa:m:wamid.IN09= | document raw=kept | ANA"],
    &["wa:m:wamid.IN10= | sticker raw=kept | ANA"],
    &["wa:m:wamid.IN11= | location raw=kept | ANA"],
    &["wa:m:wamid.IN12= | contacts raw=kept | ANA"],
    &["wa:m:wamid.IN13= | button text=Yes payload=y to=wamid.OUT01= raw=kept | ANA"],
    &["wa:m:wamid.IN14= | list text=09:00 payload=m9 to=wamid.OUT01= raw=kept | ANA"],
    &["wa:m:wamid.IN15= | flow to=wamid.OUT01= raw=kept | ANA"],
    &["wa:m:wamid.IN16= | quick_reply text=Stop payload=optout to=wamid.OUT01= raw=kept | ANA"],
    &["wa:m:wamid.IN17= | reaction text=👍 to=wamid.OUT01= raw=kept | ANA"],
    &["wa:m:wamid.IN18= | reaction to=wamid.OUT01= raw=kept | ANA"],
    &["wa:m:wamid.IN19= | order raw=kept | ANA"],
    &[
        "wa:m:wamid.IN20= | system raw=kept | ? wa:351910000099 bsuid:PT.9902B wa:351910000001 bsuid:PT.7301A on 1",
    ],
    &["wa:m:wamid.IN21= | unsupported raw=kept | ANA"],
    &["wa:m:wamid.IN22= | edit text=hello! to=wamid.IN01= raw=kept | ANA"],
    &["wa:m:wamid.IN23= | revoke to=wamid.IN01= raw=kept | ANA"],
    &["wa:m:wamid.IN24= | text text=no phone shown | Ana bsuid:PT.7301A on 1"],
    &["wa:m:wamid.IN25= | text text=in a group group=Z3JvdXA | ANA"],
    &["wa:m:wamid.IN26= | hologram raw=kept | ANA"],
    &["wa:s:wamid.OUT01=:sent | sent utility | ANA"],
    &["wa:s:wamid.OUT01=:delivered | delivered utility | ANA"],
    &["wa:s:wamid.OUT01=:read | read - | ANA"],
    &["wa:s:wamid.OUT02=:played | played - | ANA"],
    &[
        "wa:s:wamid.OUT03=:failed | failed - window_closed Re-engagement message: window closed | ? wa:351910000001 on 1",
    ],
    &["wa:s:wamid.OUT04=:delivered | delivered - | Ana bsuid:PT.5500C on 1"],
    &["wa:s:wamid.OUT05=:read:ada5c8af2fa67504 | read - | account"],
    &["wa:s:wamid.OUT06=:sent | sent referral_conversion | ANA"],
    &["wa:a: | account message_template_status_update | account"],
    &["wa:a: | account message_template_quality_update | account"],
    &["wa:a: | account template_category_update | account"],
    &["wa:a: | account phone_number_quality_update | account"],
    &["wa:a: | account account_update | account"],
    &["wa:a: | account account_update | account"],
    &["wa:p: | stop=true | ? wa:351910000001 bsuid:PT.7301A on 1"],
    &["wa:m:wamid.ECHO1= | echo I take over | ? wa:351910000001 on 1"],
    &["wa:a: | recorded history | account"],
    &["wa:m:wacid.C1 | call raw=kept | ANA"],
    &["wa:a: | account messages | account"],
    &[
        "wa:m:wamid.IN01= | text text=hello | ANA",
        "wa:u: | undecided a message names no sender | account",
        "wa:m:wamid.IN08= | voice raw=kept | ANA",
        "wa:a: | unnamed | account",
        "wa:a: | account field_from_the_future | account",
    ],
];

#[test]
fn every_fixture_is_understood() {
    let bodies: Vec<&str> = FIXTURES.lines().collect();
    assert_eq!(bodies.len(), UNDERSTOOD.len());
    for (number, (body, expected)) in bodies.iter().zip(UNDERSTOOD).enumerate() {
        let expected: Vec<String> = expected
            .iter()
            .map(|line| line.replace("| ANA", "| Ana wa:351910000001 bsuid:PT.7301A on 1"))
            .collect();
        assert_eq!(lines(body), expected, "line {}", number + 1);
    }
}

#[test]
fn times_are_whatsapps_own_in_seconds_or_milliseconds() {
    let body = FIXTURES.lines().next().unwrap();
    let event = &read(body)[0];
    assert_eq!(event.stated_at, Some(Timestamp(1_760_000_001_000)));
    assert_eq!(event.at, AT);
    for other in ["1760000001", "1760000001000", "\"1760000001000\""] {
        let body = body.replace("\"1760000001\"", other);
        assert_eq!(read(&body)[0].stated_at, event.stated_at, "{other}");
    }
    assert_eq!(read(&body.replace("\"1760000001\"", "\"soon\""))[0].stated_at, None);
    // Account fields have the time of their entry.
    let template = FIXTURES.lines().nth(34).unwrap();
    assert_eq!(read(template)[0].stated_at, Some(Timestamp(1_760_000_300_000)));
    let preference = FIXTURES.lines().nth(40).unwrap();
    assert_eq!(read(preference)[0].stated_at, Some(Timestamp(1_760_000_200_000)));
}

/// Message elements that differ from the pages, and what becomes of each.
#[test]
fn odd_messages_are_read_all_the_same() {
    for (element, expected) in [
        (
            r#"{"from":"PT.7301A","id":"w1","type":"text","text":{"body":"x"}}"#,
            "wa:m:w1 | text text=x | ? bsuid:PT.7301A on 1",
        ),
        (
            r#"{"from":351910000001,"id":"w2","type":"text","text":{"body":5}}"#,
            "wa:m:w2 | text text=5 | ? wa:351910000001 on 1",
        ),
        (
            r#"{"from":"1","id":"w3","type":"interactive"}"#,
            "wa:m:w3 | interactive raw=kept | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w4","type":"interactive","interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept"}}}"#,
            "wa:m:w4 | call_permission_reply raw=kept | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w5","type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"response_json":"[1]"}}}"#,
            "wa:m:w5 | flow raw=kept | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w6","type":"audio","audio":{"id":"7","voice":false}}"#,
            "wa:m:w6 | audio raw=kept | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w7","type":"reaction","reaction":{"message_id":"w0","emoji":""}}"#,
            "wa:m:w7 | reaction to=w0 raw=kept | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w8","type":"button","button":{"payload":"p","text":"P"}}"#,
            "wa:m:w8 | quick_reply text=P payload=p raw=kept | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w9","type":"unknown","errors":[{"code":131060}]}"#,
            "wa:m:w9 | unsupported raw=kept | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w10","type":"system","system":{"type":"customer_changed_number","new_wa_id":"2","customer":"1"}}"#,
            "wa:m:w10 | system raw=kept | ? wa:2 wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w11","type":"order","order":{"text":"quickly"}}"#,
            "wa:m:w11 | order text=quickly raw=kept | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"w12","type":"text","text":{"body":"x"},"context":{"frequently_forwarded":true},"referral":{"source_url":"https://fb.me/p","source_type":"post"}}"#,
            "wa:m:w12 | text text=x ad=https://fb.me/p raw=kept | ? wa:1 on 1",
        ),
        (r#"{"from":"1","id":"w13","type":"text"}"#, "wa:m:w13 | text | ? wa:1 on 1"),
        (r#"{"from":"1","id":"w14"}"#, "wa:m:w14 |  raw=kept | ? wa:1 on 1"),
        (
            r#"{"from":"1","from_user_id":"US.1","from_parent_user_id":"US.ENT.9","id":"w15","type":"sticker"}"#,
            "wa:m:w15 | sticker raw=kept | ? wa:1 bsuid:US.1 bsuid:US.ENT.9 on 1",
        ),
        (
            r#"{"from":"1","id":"w16","type":"text","text":{"body":"a\u0000b"}}"#,
            "wa:m:w16 | text text=a\0b | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"wamid.+/=","type":"text","text":{"body":"\ud55c\uae00 \"q\""}}"#,
            "wa:m:wamid.+/= | text text=한글 \"q\" | ? wa:1 on 1",
        ),
        (
            r#"{"from":"1","id":"","type":"text"}"#,
            "wa:u: | undecided a message has no id | account",
        ),
        (r#"{"from":"1","type":"text"}"#, "wa:u: | undecided a message has no id | account"),
        ("17", "wa:u: | undecided a message is malformed | account"),
        ("null", "wa:u: | undecided a message is malformed | account"),
        (r#"["x"]"#, "wa:u: | undecided a message is malformed | account"),
    ] {
        let found = lines(&messages(&format!(r#""messages":[{element}]"#)));
        assert_eq!(found, [expected], "{element}");
    }
}

#[test]
fn half_a_surrogate_costs_one_character() {
    let body = messages(
        r#""messages":[{"from":"1","id":"w1","type":"text","text":{"body":"hi \ud83d there"}}]"#,
    );
    let found = lines(&body);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("wa:m:w1 | text text=hi \u{fffd}"), "{found:?}");
    assert!(found[0].contains(" there"));
}

#[test]
fn odd_statuses_are_read_all_the_same() {
    let job = "00000000000000000000000000000007.12.3";
    for (element, expected) in [
        (
            r#"{"id":"w","status":"deleted","recipient_id":"1","type":"message"}"#.to_owned(),
            "wa:s:w:deleted | deleted - | ? wa:1 on 1".to_owned(),
        ),
        (
            r#"{"id":"w","status":"sent","recipient_parent_user_id":"US.ENT.1"}"#.to_owned(),
            "wa:s:w:sent | sent - | ? bsuid:US.ENT.1 on 1".to_owned(),
        ),
        (
            r#"{"id":"w","status":"sent","parent_recipient_user_id":"US.ENT.1"}"#.to_owned(),
            "wa:s:w:sent | sent - | ? bsuid:US.ENT.1 on 1".to_owned(),
        ),
        (
            format!(r#"{{"id":"w","status":"sent","biz_opaque_callback_data":"{job}"}}"#),
            "wa:s:w:sent | sent - | contact 00000000000000000000000000000007".to_owned(),
        ),
        (
            r#"{"id":"w","status":"sent","biz_opaque_callback_data":"job:42"}"#.to_owned(),
            "wa:s:w:sent | sent - | account".to_owned(),
        ),
        (
            r#"{"id":"w","status":"failed","recipient_id":"1","errors":[{"code":"131026"}]}"#
                .to_owned(),
            "wa:s:w:failed | failed - undeliverable  | ? wa:1 on 1".to_owned(),
        ),
        (
            r#"{"id":"w","status":"failed","recipient_id":"1","errors":7}"#.to_owned(),
            "wa:s:w:failed | failed - | ? wa:1 on 1".to_owned(),
        ),
        (
            r#"{"id":"w","status":"read","recipient_id":"g","recipient_type":"group"}"#.to_owned(),
            "wa:s:w:read | read - | account".to_owned(),
        ),
        (
            r#"{"id":"w"}"#.to_owned(),
            "wa:u: | undecided a status has no id or no status | account".to_owned(),
        ),
    ] {
        let found = lines(&messages(&format!(r#""statuses":[{element}]"#)));
        assert_eq!(found, [expected], "{element}");
    }
    let body = messages(&format!(
        r#""statuses":[{{"id":"w","status":"sent","recipient_id":"1","biz_opaque_callback_data":"{job}"}}]"#
    ));
    let EventKind::Status(status) = &read(&body)[0].kind else { panic!("a status") };
    assert_eq!(status.job, Some(job.parse().unwrap()));
}

#[test]
fn other_fields_are_kept_for_whom_they_concern() {
    let metadata = r#""metadata":{"phone_number_id":"900000000000001"}"#;
    for (field, rest, expected) in [
        (
            "user_preferences",
            r#""user_preferences":[{"user_id":"PT.1","category":"marketing_messages","value":"resume","timestamp":1760000200}]"#,
            "wa:p: | stop=false | ? bsuid:PT.1 on 1",
        ),
        (
            "user_preferences",
            r#""user_preferences":[{"wa_id":"1","value":"signup","signup_id":"9","timestamp":"1760000200"}]"#,
            "wa:p: | recorded user_preferences | ? wa:1 on 1",
        ),
        (
            "user_preferences",
            r#""user_preferences":[{"wa_id":"1","category":"other","value":"stop"}]"#,
            "wa:p: | recorded user_preferences | ? wa:1 on 1",
        ),
        (
            "user_preferences",
            r#""user_preferences":[{"value":"stop"}]"#,
            "wa:u: | undecided a user preference names nobody or has no value | account",
        ),
        (
            "smb_message_echoes",
            r#""message_echoes":[{"from":"155","to_user_id":"PT.1","id":"w","type":"revoke"}]"#,
            "wa:m:w | recorded smb_message_echoes | ? bsuid:PT.1 on 1",
        ),
        (
            "calls",
            r#""calls":[{"id":"c","from":"1","event":"terminate","direction":"USER_INITIATED","status":"COMPLETED","duration":5}]"#,
            "wa:c:c:terminate | recorded calls | ? wa:1 on 1",
        ),
        (
            "calls",
            r#""calls":[{"id":"c","from":"155","to":"1","event":"connect","direction":"BUSINESS_INITIATED"}]"#,
            "wa:c:c:connect | recorded calls | ? wa:1 on 1",
        ),
        (
            "calls",
            r#""statuses":[{"id":"c","type":"call","status":"RINGING","timestamp":"1","recipient_id":"1"}]"#,
            "wa:s:c:RINGING | recorded calls | ? wa:1 on 1",
        ),
        (
            "history",
            r#""messages":[{"from":"1","id":"w","type":"image"}]"#,
            "wa:a: | recorded history | account",
        ),
        (
            "messages",
            r#""user_actions":[{"action_type":"click"}]"#,
            "wa:a: | account messages | account",
        ),
        ("messages", r#""something_new":[{"id":"w"}]"#, "wa:a: | account messages | account"),
        (
            "messages",
            r#""messages":{"id":"w"}"#,
            "wa:u: | undecided a list is something else | account",
        ),
        (
            "smb_app_state_sync",
            r#""state_sync":[{"type":"contact"}]"#,
            "wa:a: | account smb_app_state_sync | account",
        ),
        (
            "group_lifecycle_update",
            r#""groups":[{"type":"group_create"}]"#,
            "wa:a: | account group_lifecycle_update | account",
        ),
    ] {
        let found = lines(&change(field, &format!("{{{metadata},{rest}}}")));
        assert_eq!(found, [expected], "{field} {rest}");
    }
}

#[test]
fn only_named_accounts_and_numbers_are_answered() {
    let text = r#""messages":[{"from":"1","id":"w","type":"text","text":{"body":"x"}}]"#;
    let for_number = |metadata: &str| change("messages", &format!(r#"{{{metadata}{text}}}"#));
    let ours = for_number(r#""metadata":{"phone_number_id":900000000000003},"#);
    assert_eq!(lines(&ours), ["wa:m:w | text text=x | ? wa:1 on 3"]);
    let theirs = for_number(r#""metadata":{"phone_number_id":"900000000000002"},"#);
    assert_eq!(lines(&theirs), ["wa:a: | unnamed | account"]);
    let account = ours.replace("100000000000001", "100000000000002");
    assert_eq!(lines(&account), ["wa:a: | unnamed | account"]);
    let page = ours.replace("whatsapp_business_account", "page");
    assert_eq!(lines(&page), ["wa:a: | unnamed | account"]);

    // Without a number stated there is an answer only where there is no choice.
    assert_eq!(lines(&for_number("")), ["wa:a: | unnamed | account"]);
    let one = Known { accounts: Vec::new(), numbers: vec!["900000000000003".into()] };
    let events = parse(for_number("").as_bytes(), &one, AT);
    assert_eq!(line(&events[0]), "wa:m:w | text text=x | ? wa:1 on 3");

    // A partner's event carries the portfolio's id in the entry.
    let partner = change(
        "account_update",
        r#"{"event":"PARTNER_ADDED","waba_info":{"waba_id":"100000000000001"}}"#,
    )
    .replacen("100000000000001", "555", 1);
    assert_eq!(lines(&partner), ["wa:a: | account account_update | account"]);
}

#[test]
fn what_is_no_webhook_is_kept_whole() {
    for body in [
        &b""[..],
        b"hello",
        b"{",
        b"[]",
        b"null",
        b"{\"object\":\"whatsapp_business_account\"}",
        b"{\"object\":\"whatsapp_business_account\",\"entry\":{}}",
        b"\xff\xfe{}",
        b"{\"object\":\"whatsapp_business_account\",\"entry\":[]}\0",
    ] {
        let events = parse(body, &known(), AT);
        assert_eq!(events.len(), 1, "{body:?}");
        let EventKind::Undecided { raw, .. } = &events[0].kind else {
            panic!("undecided: {:?}", events[0])
        };
        assert_eq!(&raw.0[..], body);
        assert_eq!(events[0].subject, Subject::Account);
    }
    assert_eq!(read(r#"{"object":"whatsapp_business_account","entry":[]}"#), []);
}

#[test]
fn malformed_entries_and_changes_lose_nothing_beside_them() {
    let good = r#"{"field":"messages","value":{"metadata":{"phone_number_id":"900000000000001"},"messages":[{"from":"1","id":"w","type":"text","text":{"body":"x"}}]}}"#;
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[17,{{"id":"100000000000001"}},{{"id":"100000000000001","changes":["x",{{"field":"messages"}},{{"value":{{}}}},{{"field":"messages","value":5}},{good}]}}]}}"#
    );
    let found = lines(&body);
    assert_eq!(found.len(), 7, "{found:#?}");
    assert_eq!(found[6], "wa:m:w | text text=x | ? wa:1 on 1");
    assert!(found[..6].iter().all(|line| line.starts_with("wa:u: | undecided")), "{found:#?}");
}

#[test]
fn one_bad_element_of_a_thousand_is_one_undecided() {
    let elements: Vec<String> = (0..1_000)
        .map(|n| match n {
            500 => r#"{"id":"wamid.BAD=","type":17}"#.to_owned(),
            n => format!(
                r##"{{"from":"{n}","id":"w{n}","timestamp":"1760000001","type":"text","text":{{"body":"#{n}"}}}}"##
            ),
        })
        .collect();
    let events = read(&messages(&format!(r#""messages":[{}]"#, elements.join(","))));
    assert_eq!(events.len(), 1_000);
    let undecided: Vec<usize> = events
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(event.kind, EventKind::Undecided { .. }))
        .map(|(place, _)| place)
        .collect();
    assert_eq!(undecided, [500]);
}

#[test]
fn ten_thousand_updates_are_taken_and_the_rest_is_kept_as_one() {
    let body = |count: usize| {
        let elements: Vec<String> =
            (0..count).map(|n| format!(r#"{{"from":"1","id":"w{n}","type":"sticker"}}"#)).collect();
        messages(&format!(r#""messages":[{}]"#, elements.join(",")))
    };
    let most = limits::WEBHOOK_UPDATES_TAKEN_MAX;
    assert_eq!(read(&body(most)).len(), most);
    let events = read(&body(most + 3));
    assert_eq!(events.len(), most + 1);
    let EventKind::Undecided { raw, .. } = &events[most].kind else { panic!("undecided") };
    let rest = std::str::from_utf8(&raw.0).unwrap();
    assert_eq!(rest.lines().count(), 3);
    assert!(rest.contains(&format!("\"w{}\"", most + 2)));

    let entries = vec!["{}"; most + 5].join(",");
    let body = format!(r#"{{"object":"whatsapp_business_account","entry":[{entries}]}}"#);
    assert_eq!(read(&body).len(), most + 1);
}

#[test]
fn deep_json_does_not_overflow_the_stack() {
    let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    let whole = parse(deep.as_bytes(), &known(), AT);
    assert!(matches!(whole[0].kind, EventKind::Undecided { .. }));
    let inside = messages(&format!(
        r#""messages":[{{"from":"1","id":"w","type":"text","text":{{"body":"x"}},"new":{deep}}}]"#
    ));
    assert_eq!(lines(&inside), ["wa:m:w | text text=x | ? wa:1 on 1"]);
    let instead = messages(&format!(r#""messages":{deep}"#));
    assert_eq!(read(&instead).len(), 1);
    let contacts = messages(&format!(r#""contacts":[{deep}],"messages":[{deep}]"#));
    assert_eq!(read(&contacts).len(), 1);
}

#[test]
fn long_things_are_cut_or_kept_aside() {
    let long = "가".repeat(limits::MESSAGE_TEXT_BYTES_MAX);
    let body = messages(&format!(
        r#""messages":[{{"from":"1","id":"w","type":"text","text":{{"body":"{long}"}}}}]"#
    ));
    let EventKind::Message(message) = &read(&body)[0].kind else { panic!("a message") };
    let text = message.text.as_ref().unwrap();
    assert!(text.len() <= limits::MESSAGE_TEXT_BYTES_MAX && text.len() > 60_000);
    assert!(message.raw.as_ref().unwrap().0.len() > long.len());
    let id = "w".repeat(limits::WAMID_BYTES_MAX + 1);
    let body = messages(&format!(r#""messages":[{{"from":"1","id":"{id}","type":"text"}}]"#));
    assert_eq!(lines(&body), ["wa:u: | undecided a message has no id | account"]);
}

#[test]
fn the_same_bytes_have_the_same_ids() {
    for body in FIXTURES.lines() {
        let first: Vec<_> = parse(body.as_bytes(), &known(), AT);
        let again: Vec<_> = parse(body.as_bytes(), &known(), Timestamp(AT.0 + 86_400_000));
        let ids =
            |events: &[Event]| events.iter().map(|event| event.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&again));
        // An id that would name the customer comes into no log.
        assert!(ids(&first).iter().all(|id| !id.as_str().contains("35191")), "{first:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(parse(&body, &known(), AT).len(), 1);
    }

    #[test]
    fn no_mutation_of_a_good_body_makes_it_panic(
        line in 0..UNDERSTOOD.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..8),
    ) {
        let mut body = FIXTURES.lines().nth(line).unwrap().as_bytes().to_vec();
        for (place, byte, edit) in edits {
            let place = place.index(body.len());
            match edit {
                0 => body[place] = byte,
                1 => body.insert(place, byte),
                _ => { body.remove(place); }
            }
        }
        for event in parse(&body, &known(), AT) {
            prop_assert!(!event.id.as_str().is_empty());
            if let Subject::Person { aliases, .. } = &event.subject {
                prop_assert!(!aliases.is_empty());
            }
        }
    }

    #[test]
    fn values_swapped_for_others_lose_no_element(
        line in 0..34_usize,
        value in prop::sample::select(vec!["null", "17", "-1.5", "true", "\"\"", "[]", "{}", "[[]]", "\"\\ud800\""]),
        place in any::<prop::sample::Index>(),
    ) {
        // The lines of one element: whatever one of its fields becomes, one event comes of it.
        let body = FIXTURES.lines().nth(line).unwrap();
        let element = body.find("\"messages\":[").or(body.find("\"statuses\":[")).unwrap();
        let fields: Vec<usize> =
            body.match_indices("\":\"").map(|(at, _)| at + 2).filter(|at| *at > element).collect();
        let start = fields[place.index(fields.len())];
        let end = start + 1 + body[start + 1..].find('"').unwrap() + 1;
        let odd = format!("{}{value}{}", &body[..start], &body[end..]);
        prop_assert_eq!(read(&odd).len(), 1, "{}", odd);
    }
}
