//! Messages of every kind from the real client to the real simulator, and the files they show:
//! kept by digest, uploaded once, uploaded again before WhatsApp forgets them.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "media/rig.rs"]
mod rig;

use rig::{ANA, PICTURE, Rig, file, job, names, outcome, picture};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinSet;
use usherd::media::{self, MediaError};
use usherd::model::{
    Button, Content, Degrees, Frame, Media, MediaKind, MediaSource, Param, Row, Section, Wamid,
};
use usherd::rules::sources::MediaFile;
use usherd::simulator::{ApprovedTemplate, Say, Settings};
use usherd::whatsapp::Client;
use usherd::whatsapp::client::Answer;

fn frame() -> Frame {
    let (header, footer) = (Some("Shop".to_owned()), Some("Bye".to_owned()));
    Frame { header, body: "Which?".to_owned(), footer }
}

fn template(name: &str, language: &str, params: &[&str]) -> Content {
    let params = params.iter().map(|text| Param { name: None, text: (*text).to_owned() });
    let (name, language) = (name.to_owned(), language.to_owned());
    Content::Template { name, language, params: params.collect() }
}

/// Every kind there is, and how the simulator keeps it.
fn every_kind(rig: &Rig, wamid: Wamid) -> Vec<(Content, Value)> {
    let kept = |place: &str| rig.keep(place, place.as_bytes());
    let button = |id: &str| Button { id: id.to_owned(), title: id.to_uppercase() };
    let row = Row { id: "m9".to_owned(), title: "09:00".to_owned(), description: None };
    let section = Section { title: None, rows: vec![row] };
    vec![
        (Content::Text { body: "hi".to_owned() }, json!({"type": "text", "body": "hi"})),
        (
            Content::Buttons { frame: frame(), buttons: vec![button("a"), button("b")] },
            json!({"type": "buttons", "header": "Shop", "body": "Which?", "footer": "Bye",
                   "buttons": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}]}),
        ),
        (
            Content::List { frame: frame(), button: "Open".to_owned(), sections: vec![section] },
            json!({"type": "list", "header": "Shop", "body": "Which?", "footer": "Bye",
                   "button": "Open",
                   "sections": [{"rows": [{"id": "m9", "title": "09:00"}]}]}),
        ),
        (picture(&kept(PICTURE)), json!({"type": "media", "kind": "image", "mime": "image/jpeg"})),
        (
            file(MediaKind::Video, &kept("media/a.mp4"), "video/mp4"),
            json!({"type": "media", "kind": "video", "mime": "video/mp4"}),
        ),
        (
            file(MediaKind::Audio, &kept("media/a.ogg"), "audio/ogg"),
            json!({"type": "media", "kind": "audio", "mime": "audio/ogg"}),
        ),
        (
            file(MediaKind::Document, &kept("media/a.csv"), "text/plain"),
            json!({"type": "media", "kind": "document", "mime": "text/plain"}),
        ),
        (
            file(MediaKind::Sticker, &kept("media/a.webp"), "image/webp"),
            json!({"type": "media", "kind": "sticker", "mime": "image/webp"}),
        ),
        (
            linked(MediaKind::Image, "https://example.org/a.jpg"),
            json!({"type": "media", "kind": "image", "link": "https://example.org/a.jpg"}),
        ),
        (
            Content::Location {
                latitude: Degrees(25_033_964),
                longitude: Degrees(121_564_468),
                name: Some("Shop".to_owned()),
                address: None,
            },
            json!({"type": "location", "latitude": 25.033_964, "longitude": 121.564_468,
                   "name": "Shop"}),
        ),
        (
            template("order_ready", "zh_TW", &["Ana"]),
            json!({"type": "template", "name": "order_ready", "language": "zh_TW",
                   "params": [{"text": "Ana"}]}),
        ),
        (
            Content::Reaction { to: wamid.clone(), emoji: "👍".to_owned() },
            json!({"type": "reaction", "to": wamid, "emoji": "👍"}),
        ),
    ]
}

fn linked(kind: MediaKind, link: &str) -> Content {
    let source = MediaSource::Link(link.to_owned());
    Content::Media(Media { kind, source, caption: None, filename: None, voice: false })
}

#[tokio::test]
async fn every_kind_of_message_arrives_as_it_was_meant() {
    let rig = Rig::start().await;
    let wamid = rig.simulator.say(ANA, Say::text("hello")).unwrap();
    let client = rig.client();
    for (content, mut expected) in every_kind(&rig, wamid) {
        let answer = client.send(&job(content.clone())).await;
        assert_eq!(outcome(&answer), "accepted", "{content:?} {answer:?}");
        let sent = serde_json::to_value(rig.simulator.sent(0).pop().unwrap()).unwrap();
        if expected["type"] == "media" {
            expected["voice"] = json!(false);
            if expected.get("link").is_none() {
                expected["id"] = sent["content"]["id"].clone();
                assert!(expected["id"].is_string());
            }
        }
        assert_eq!(sent["content"], expected);
        let chats = serde_json::to_value(rig.simulator.customers()).unwrap();
        let last = chats[0]["messages"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["content"], expected, "the chat shows the same");
    }
    assert_eq!(rig.simulator.uploads(), 5);
    let pictures = names(&media::folder(&rig.data()));
    assert_eq!(pictures.len(), 6, "five files and the list of uploads: {pictures:?}");
}

#[tokio::test]
async fn a_file_is_uploaded_once_however_many_need_it_at_the_same_time() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    // Slow enough that all fifty ask before the first has its id.
    rig.simulator.set_faults("latency_ms=100".parse().unwrap()).unwrap();
    let client = rig.client();
    let mut sends = JoinSet::new();
    for _ in 0..50 {
        let (client, content) = (client.clone(), picture(&digest));
        sends.spawn(async move { outcome(&client.send(&job(content)).await) });
    }
    let outcomes = sends.join_all().await;
    assert!(outcomes.iter().all(|outcome| outcome == "accepted"), "{outcomes:?}");
    assert_eq!((rig.simulator.uploads(), rig.simulator.sent(0).len()), (1, 50));
    assert_eq!(rig.shown(49), b"a picture");
}

#[tokio::test]
async fn an_upload_that_fails_is_shared_and_tried_again_by_the_next() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    let client = rig.client();
    // The refusal comes late, so that all of them wait for it.
    let json = json!({"latency_ms": 100, "once": {"rate_limited": 1}});
    rig.simulator.set_faults(serde_json::from_value(json).unwrap()).unwrap();
    let mut sends = JoinSet::new();
    for _ in 0..10 {
        let (client, content) = (client.clone(), picture(&digest));
        sends.spawn(async move { outcome(&client.send(&job(content)).await) });
    }
    for outcome in sends.join_all().await {
        assert_eq!(outcome, "throttled SlowNumber(1s)");
    }
    assert!(rig.simulator.sent(0).is_empty());
    assert_eq!(outcome(&client.send(&job(picture(&digest))).await), "accepted");
    assert_eq!(rig.simulator.uploads(), 1);
}

/// What would be lost: a message, because its picture could not be uploaded for a moment; or one
/// that is sent twice, because a failed upload passes for a send in doubt.
#[tokio::test]
async fn a_failed_upload_is_a_definite_failure() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    let client = rig.client();
    for (fault, expected) in [
        ("rate_limited", &["throttled SlowNumber(1s)"][..]),
        ("server_error", &["service_down Again"]),
        ("reset", &["media Again"]),
    ] {
        rig.once(fault, 1);
        let answer = outcome(&client.send(&job(picture(&digest))).await);
        assert!(expected.contains(&answer.as_str()), "{fault}: {answer}");
    }
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("http://{}/v25.0", nobody.local_addr().unwrap());
    drop(nobody);
    let answer = rig.client_at(&closed).send(&job(picture(&digest))).await;
    assert_eq!(outcome(&answer), "unreachable");
    // Refused for what it is: never sent, and not tried for ever.
    let wrong = file(MediaKind::Document, &digest, "application/x-tar");
    assert_eq!(outcome(&client.send(&job(wrong)).await), "invalid Dead");
    assert!(rig.simulator.sent(0).is_empty(), "nothing was sent");
}

#[tokio::test]
async fn uploads_are_known_after_a_restart_and_renewed_before_they_die() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    let send_by = async |client: &Client| outcome(&client.send(&job(picture(&digest))).await);
    let send = async || send_by(&rig.client()).await;
    assert_eq!(send().await, "accepted");
    rig.pass_days(24);
    // Another process.
    let client = rig.client();
    assert_eq!(send_by(&client).await, "accepted");
    assert_eq!(rig.simulator.uploads(), 1);
    rig.pass_days(2);
    // It cannot be renewed now, but lives four days more; it is not tried again at once.
    rig.once("server_error", 1);
    assert_eq!(send_by(&client).await, "accepted");
    assert_eq!(send_by(&client).await, "accepted");
    assert_eq!(rig.simulator.uploads(), 1);
    rig.pass_days(1);
    assert_eq!(send_by(&client).await, "accepted");
    assert_eq!(rig.simulator.uploads(), 2);
    rig.pass_days(40);
    assert_eq!(send().await, "accepted");
    let ids = rig.ids();
    assert!(ids[..4].iter().all(|id| *id == ids[0]) && ids[3] != ids[4] && ids[4] != ids[5]);
    assert_eq!(rig.simulator.uploads(), 3);
}

#[tokio::test]
async fn a_list_of_uploads_that_cannot_be_read_costs_an_upload_and_no_message() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    std::fs::write(media::folder(&rig.data()).join("ids.json"), "[{\"number\":").unwrap();
    assert_eq!(outcome(&rig.client().send(&job(picture(&digest))).await), "accepted");
    assert_eq!(outcome(&rig.client().send(&job(picture(&digest))).await), "accepted");
    assert_eq!(rig.simulator.uploads(), 1);
}

#[tokio::test]
async fn what_whatsapp_has_forgotten_is_uploaded_once_more() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    let client = rig.client();
    let send = async || outcome(&client.send(&job(picture(&digest))).await);
    assert_eq!(send().await, "accepted");
    rig.once("media_gone", 1);
    assert_eq!(send().await, "accepted");
    assert_eq!((rig.simulator.uploads(), rig.shown(1)), (2, b"a picture".to_vec()));
    // Gone twice over: that is not because it was old.
    rig.once("media_gone", 2);
    assert_eq!(send().await, "invalid Dead");
    assert_eq!(rig.simulator.uploads(), 3);
    assert_eq!(rig.simulator.sent(0).len(), 2);
}

#[tokio::test]
async fn what_was_decided_is_sent_though_the_file_has_changed() {
    let rig = Rig::start().await;
    let decided = job(picture(&rig.keep(PICTURE, b"the old menu")));
    let newer = job(picture(&rig.keep(PICTURE, b"the new menu")));
    std::fs::remove_file(rig.rules().join(PICTURE)).unwrap();
    let client = rig.client();
    for job in [&decided, &newer] {
        assert_eq!(outcome(&client.send(job).await), "accepted");
    }
    assert_eq!(rig.shown(0), b"the old menu");
    assert_eq!(rig.shown(1), b"the new menu");
}

/// What would be lost: a customer would get bytes that nobody decided to send.
#[tokio::test]
async fn wrong_bytes_on_disk_are_not_sent_and_are_replaced() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    std::fs::write(media::kept(&rig.data(), &digest), "half a pict").unwrap();
    let client = rig.client();
    let answer = client.send(&job(picture(&digest))).await;
    let Answer::Refused { error, action, .. } = answer else { panic!("refused") };
    assert_eq!((error.reason.as_str(), format!("{action:?}").as_str()), ("media", "Again"));
    assert!(error.detail.contains(&digest) && error.detail.contains("other bytes"), "{error:?}");
    assert_eq!((rig.simulator.uploads(), rig.simulator.sent(0).len()), (0, 0));
    // Nothing is there until the rules are read again.
    assert_eq!(outcome(&client.send(&job(picture(&digest))).await), "media Again");
    rig.keep(PICTURE, b"a picture");
    assert_eq!(outcome(&client.send(&job(picture(&digest))).await), "accepted");
    assert_eq!(rig.shown(0), b"a picture");
}

#[tokio::test]
async fn rules_are_not_used_with_files_that_changed_while_they_were_read() {
    let rig = Rig::start().await;
    rig.write(PICTURE, b"as it was checked");
    let media = rig.media();
    rig.write(PICTURE, b"as it is now");
    let refused = media::keep(&rig.rules(), &rig.data(), &media);
    assert!(matches!(&refused, Err(MediaError::Changed(path)) if path.ends_with(PICTURE)));
    assert_eq!(names(&media::folder(&rig.data())), [""; 0], "nothing half done stays");
    assert_eq!(media::keep(&rig.rules(), &rig.data(), &rig.media()).unwrap(), 1);
    assert_eq!(media::keep(&rig.rules(), &rig.data(), &rig.media()).unwrap(), 0);
    std::fs::remove_file(rig.rules().join(PICTURE)).unwrap();
    let gone = MediaFile { sha256: "0".repeat(64), bytes: 1 };
    let gone = BTreeMap::from([(PICTURE.to_owned(), gone)]);
    let refused = media::keep(&rig.rules(), &rig.data(), &gone);
    assert!(matches!(refused, Err(MediaError::Unreadable { .. })));
}

#[tokio::test]
async fn a_kept_file_goes_when_nothing_used_it_for_forty_days() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    let (used, unused) = (rig.media(), BTreeMap::new());
    // A mark's age is that of a file: the system's time counts, not the clock of the test.
    let now = usherd::clock::Clock::now(&usherd::clock::SystemClock);
    let later = |days: u64| now.plus(Duration::from_secs(days * 24 * 3600));
    let data = rig.data();
    for (media, days, gone, there) in [
        (&unused, 50, 0, true),
        (&unused, 39, 0, true),
        (&used, 41, 0, true),
        // Counted anew.
        (&unused, 90, 0, true),
        (&unused, 39, 0, true),
        (&unused, 41, 1, false),
        (&unused, 42, 0, false),
    ] {
        assert_eq!(media::sweep(&data, media, later(days)).unwrap(), gone, "{days}");
        assert_eq!(media::kept(&data, &digest).exists(), there, "{days}");
    }
    assert_eq!(names(&media::folder(&data)), [""; 0]);
}

#[tokio::test]
async fn templates_are_judged_by_the_list_of_those_approved() {
    let rig = Rig::start().await;
    let client = rig.client();
    let send = async |content| outcome(&client.send(&job(content)).await);
    let good = || template("order_ready", "ko", &["Ana", "A17"]);
    assert_eq!(send(template("anything", "xx", &[])).await, "accepted");
    let languages = vec!["en".to_owned(), "ko".to_owned()];
    let approved = ApprovedTemplate { name: "order_ready".to_owned(), languages, params: 2 };
    rig.simulator.set_templates(Some(vec![approved]));
    assert_eq!(send(good()).await, "accepted");
    for (name, language, params) in [
        ("order_gone", "ko", &["Ana", "A17"][..]),
        ("order_ready", "fr", &["Ana", "A17"]),
        ("order_ready", "ko", &["Ana"]),
    ] {
        assert_eq!(send(template(name, language, params)).await, "template Dead");
    }
    let listed: Value =
        http_get(&format!("{}/sim/templates", rig.base)).await.json().await.unwrap();
    assert_eq!(listed, json!([{"name": "order_ready", "languages": ["en", "ko"], "params": 2}]));
}

#[tokio::test]
async fn a_template_needs_no_window() {
    let rig = Rig::start().await;
    rig.simulator.say(ANA, Say::text("hello")).unwrap();
    rig.pass_days(2);
    let mut live = rig.simulator.watch();
    let client = rig.client();
    let contents = [template("order_ready", "en", &[]), Content::Text { body: "hi".to_owned() }];
    let mut ends = Vec::new();
    for content in contents {
        assert_eq!(outcome(&client.send(&job(content)).await), "accepted");
        let wamid = rig.simulator.sent(0).pop().unwrap().wamid;
        ends.push(last_status(&mut live, &wamid).await);
    }
    assert_eq!(ends, ["read", "failed"]);
}

/// The status a message ends with.
async fn last_status(
    live: &mut tokio::sync::broadcast::Receiver<usherd::simulator::SimEvent>,
    sent: &Wamid,
) -> &'static str {
    use usherd::simulator::{ChatStatus, SimEvent};
    let seeing = async {
        loop {
            if let SimEvent::Status { wamid, status, .. } = live.recv().await.unwrap()
                && wamid == *sent
                && matches!(status, ChatStatus::Read | ChatStatus::Failed)
            {
                return status.as_str();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), seeing).await.expect("a status comes")
}

#[tokio::test]
async fn an_upload_can_be_looked_at_while_it_lives() {
    let rig = Rig::start().await;
    let digest = rig.keep(PICTURE, b"a picture");
    rig.client().send(&job(picture(&digest))).await;
    let about = format!("{}/v25.0/{}", rig.base, rig.ids()[0]);
    let get = async |url: &str, token| {
        reqwest::Client::new().get(url).bearer_auth(token).send().await.unwrap()
    };
    assert_eq!(get(&about, "wrong").await.status().as_u16(), 401);
    let answer: Value = get(&about, Settings::ACCESS_TOKEN).await.json().await.unwrap();
    assert_eq!(
        (&answer["sha256"], &answer["mime_type"], &answer["file_size"]),
        (&digest.into(), &"image/jpeg".into(), &9.into())
    );
    let picture = http_get(answer["url"].as_str().unwrap()).await;
    assert_eq!(picture.headers()["content-type"], "image/jpeg");
    assert_eq!(picture.bytes().await.unwrap(), "a picture");
    rig.pass_days(30);
    assert_eq!(get(&about, Settings::ACCESS_TOKEN).await.status().as_u16(), 400);
    assert_eq!(http_get(answer["url"].as_str().unwrap()).await.status().as_u16(), 404);
}

#[tokio::test]
async fn uploads_meta_would_refuse_are_refused() {
    use reqwest::multipart::{Form, Part};
    let rig = Rig::start().await;
    let part = |bytes: usize, mime: &str| {
        Part::bytes(vec![b'x'; bytes]).file_name("media").mime_str(mime).unwrap()
    };
    let whatsapp = || Form::new().text("messaging_product", "whatsapp");
    let url = format!("{}/v25.0/{}/media", rig.base, Settings::NUMBER);
    let other = format!("{}/v25.0/12345/media", rig.base);
    for (url, token, form, code) in [
        (&url, "wrong", whatsapp().part("file", part(1, "image/png")), 190),
        (&other, Settings::ACCESS_TOKEN, whatsapp().part("file", part(1, "image/png")), 33),
        (&url, Settings::ACCESS_TOKEN, Form::new().part("file", part(1, "image/png")), 131_008),
        (&url, Settings::ACCESS_TOKEN, whatsapp(), 131_008),
        (&url, Settings::ACCESS_TOKEN, whatsapp().part("file", part(1, "image/gif")), 100),
        (&url, Settings::ACCESS_TOKEN, whatsapp().part("file", part(0, "image/png")), 131_053),
        (
            &url,
            Settings::ACCESS_TOKEN,
            whatsapp().part("file", part(5 * 1024 * 1024 + 1, "image/png")),
            131_053,
        ),
        (
            &url,
            Settings::ACCESS_TOKEN,
            whatsapp().part("file", part(500 * 1024 + 1, "image/webp")),
            131_053,
        ),
    ] {
        let request = reqwest::Client::new().post(url).bearer_auth(token).multipart(form);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }
    assert_eq!(rig.simulator.uploads(), 0);
}

async fn http_get(url: &str) -> reqwest::Response {
    reqwest::Client::new().get(url).send().await.unwrap()
}
