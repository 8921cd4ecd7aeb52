//! The same loop without a process around it: what only shows from within.

use crate::wait::{PATIENCE, until};
use crate::{file, generation, saves};
use reqwest::Method;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::clock::{Clock, SystemClock};
use usherd::config::{Role, Token};
use usherd::metrics::Metrics;
use usherd::model::{
    Alias, ContactId, Event, EventKind, Message, MessageKind, Profile, Subject, Timestamp,
};
use usherd::reload::{self, Outcome, Reloader, Setup, Watch};
use usherd::rules::{Ruleset, Settings};
use usherd::server::{self, App};
use usherd::store::memory::Memory;
use usherd::turn::Turn;
use uuid::Uuid;

struct Rig {
    turn: Arc<Turn>,
    reloader: Arc<Reloader>,
    dir: TempDir,
    stop: CancellationToken,
    running: JoinSet<()>,
}

impl Rig {
    fn start(watch: Watch, files: &[(String, String)]) -> Rig {
        let dir = tempfile::tempdir().unwrap();
        saves::folder(dir.path(), files);
        let setup = Setup {
            folder: dir.path().to_owned(),
            data: dir.path().join(".data"),
            settings: Settings::default(),
            last_good: None,
            watch,
        };
        let start = reload::start(&setup).unwrap();
        let new_id = |at: Timestamp| ContactId(Uuid::from_u128(at.millis().unsigned_abs().into()));
        let rules = Arc::clone(&start.rules);
        let (store, clock) = (Arc::new(Memory::new()), Arc::new(SystemClock));
        let turn = Turn::new(store, rules, clock, new_id, Arc::new(Metrics::default()));
        let turn = Arc::new(turn);
        let (reloader, runner) = Reloader::new(setup, start, Arc::clone(&turn));
        let (stop, mut running) = (CancellationToken::new(), JoinSet::new());
        running.spawn(runner.run(stop.clone()));
        Rig { turn, reloader, dir, stop, running }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    async fn ended(&self, outcome: Outcome) {
        let mut shown = self.reloader.watch();
        let seen = shown.wait_for(|status| status.last.outcome == outcome);
        tokio::time::timeout(PATIENCE, seen).await.expect("in time").expect("the loop runs");
    }

    async fn say(&self, n: u64, text: &str) {
        let at = SystemClock.now();
        let subject = Subject::Person {
            aliases: vec![Alias::WaId("351911".to_owned())],
            number: "1".into(),
            profile: Profile::default(),
        };
        let message = Message {
            wamid: format!("w{n}").as_str().into(),
            kind: MessageKind::Text,
            text: Some(text.to_owned()),
            payload: None,
            reply_to: None,
            ad: None,
            group: None,
            raw: None,
        };
        let kind = EventKind::Message(message);
        let id = format!("e{n}").as_str().into();
        self.turn.take(Event { id, at, stated_at: Some(at), subject, kind }).await.unwrap();
    }

    async fn end(mut self) {
        self.stop.cancel();
        self.running.join_next().await.unwrap().unwrap();
    }
}

/// What would be lost: where no event ever comes, every edit.
#[tokio::test(flavor = "multi_thread")]
async fn polling_alone_finds_every_change() {
    let rig = Rig::start(Watch::Polling, &generation(1));
    assert!(rig.reloader.status().polling);
    for g in 2..=3 {
        saves::folder(rig.path(), &generation(g));
        let wanted = usherd::files::read(rig.path()).unwrap().revision();
        let mut shown = rig.reloader.watch();
        let seen = shown.wait_for(|status| status.revision == wanted);
        tokio::time::timeout(PATIENCE, seen).await.unwrap().unwrap();
        assert_eq!(rig.turn.rules().revision, wanted);
    }
    rig.end().await;
}

/// What would be lost: an edit that came while the disk was full, until somebody edits again.
#[tokio::test(flavor = "multi_thread")]
async fn rules_whose_picture_could_not_be_kept_are_judged_again() {
    let rig = Rig::start(Watch::Events, &generation(1));
    // A file where the folder of kept media is to be.
    let data = rig.path().join(".data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("media"), "in the way").unwrap();
    saves::folder(rig.path(), &generation(2));
    fs::create_dir(rig.path().join("media")).unwrap();
    fs::write(rig.path().join("media/menu.jpg"), "a picture").unwrap();
    let menu = "[[reply]]\nid = \"menu\"\nwords = [\"menu\"]\nmedia = \"media/menu.jpg\"\n";
    fs::write(rig.path().join("menu.toml"), menu).unwrap();
    rig.ended(Outcome::Rejected).await;
    let refused = rig.reloader.status();
    let found = &refused.last.diagnostics[0];
    assert!(found.message.contains("cannot be written"), "{found:?}");
    fs::remove_file(data.join("media")).unwrap();
    rig.ended(Outcome::Applied).await;
    assert_eq!(rig.turn.rules().revision, usherd::files::read(rig.path()).unwrap().revision());
    rig.end().await;
}

/// What would be lost: an ops person's trust in the log, when one mistake is told every 2 s.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_mistake_is_told_once() {
    let rig = Rig::start(Watch::Events, &generation(1));
    let path = rig.path().join("answer.toml");
    fs::write(&path, "one mistake").unwrap();
    rig.ended(Outcome::Rejected).await;
    let first = rig.reloader.status();
    // The same bytes again, saved by renaming: an event, and no news.
    saves::SAVES[1].1(&path, "one mistake");
    fs::write(&path, "another mistake").unwrap();
    until("the other mistake is told", PATIENCE, async || {
        (rig.reloader.status().last.revision != first.last.revision).then_some(())
    })
    .await;
    let page = rig.turn.metrics().page();
    assert!(page.contains("usher_reloads_total{outcome=\"rejected\"} 2\n"), "{page}");
    // Asked for by hand it is told again.
    assert_eq!(rig.reloader.reload_now().await.last.outcome, Outcome::Rejected);
    let page = rig.turn.metrics().page();
    assert!(page.contains("usher_reloads_total{outcome=\"rejected\"} 3\n"), "{page}");
    rig.end().await;
}

/// What would be lost: memory, a rule set with every reload; and milliseconds of a serving thread
/// that takes a large one apart.
#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_set_is_let_go_of_once_nobody_reads_it() {
    let rig = Rig::start(Watch::Events, &generation(1));
    let reading = rig.turn.rules();
    let old: Weak<Ruleset> = Arc::downgrade(&reading);
    saves::folder(rig.path(), &generation(2));
    let wanted = usherd::files::read(rig.path()).unwrap().revision();
    assert_eq!(rig.reloader.reload_now().await.revision, wanted);
    rig.reloader.reload_now().await;
    assert!(old.strong_count() == 2, "the decision under way, and the loop that lets go of it");
    drop(reading);
    until("it is let go of", PATIENCE, async || (old.strong_count() == 0).then_some(())).await;
    rig.end().await;
}

const ASKING: &str = r#"
[[reply]]
id    = "which"
words = ["my order"]
text  = "Which order?"

[[reply]]
id    = "number"
after = ["which"]
take  = { order = "digits 3-6" }
text  = "Thank you."

[[reply]]
id    = "other"
words = ["thanks"]
text  = "Welcome."
"#;

/// What would be lost: customers who were asked something, and nobody ever reads their answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_whose_rule_is_gone_is_reported_and_closed() {
    let asking = vec![("a.toml".to_owned(), ASKING.to_owned())];
    let rig = Rig::start(Watch::Events, &asking);
    rig.say(1, "my order").await;
    let without = ASKING.split("[[reply]]").last().unwrap();
    fs::write(rig.path().join("a.toml"), format!("[[reply]]{without}")).unwrap();
    let status = rig.reloader.reload_now().await;
    // By this reload, or already by that of the event.
    assert_eq!(status.revision, usherd::files::read(rig.path()).unwrap().revision());
    let gone: Vec<(&str, u64)> =
        status.last.gone.iter().map(|gone| (gone.rule.as_str(), gone.waiting)).collect();
    assert_eq!(gone, [("which", 1)]);

    let mut decided = rig.turn.watch();
    rig.say(2, "1234").await;
    let decided = decided.recv().await.unwrap();
    assert!(decided.state.conversation.question.is_none());
    assert!(decided.trace.notes.iter().any(|note| note.starts_with("question_gone")));
    let today = decided.event.at.day();
    let tallies = rig.turn.store().tallies(today, today).await.unwrap();
    let counted = tallies.iter().any(|(_, tally, count)| {
        tally.what == "question_gone" && tally.label == "which" && *count == 1
    });
    assert!(counted, "{tallies:?}");
    rig.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_look_may_not_reload() {
    let rig = Rig::start(Watch::Polling, &generation(1));
    let token = |name: &str, role| Token { name: name.to_owned(), role, secrets: name.into() };
    let tokens = vec![token("v", Role::Viewer), token("g", Role::Agent), token("a", Role::Admin)];
    let settings = server::Settings { tokens, ..server::Settings::default() };
    let turn = Arc::clone(&rig.turn);
    let app = App::reloading(turn, settings, rig.stop.clone(), Arc::clone(&rig.reloader));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    let drain = Duration::from_secs(1);
    serving.spawn(server::serve(listener, server::admin(&app), rig.stop.clone(), drain));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (method, path, token, wanted) in [
        (Method::GET, "/-/rules", None, 401),
        (Method::GET, "/-/rules", Some("v"), 200),
        (Method::POST, "/-/reload", None, 401),
        (Method::POST, "/-/reload", Some("v"), 403),
        (Method::POST, "/-/reload", Some("g"), 403),
        (Method::POST, "/-/reload", Some("a"), 200),
        (Method::GET, "/-/reload", Some("a"), 405),
    ] {
        let mut request = http.request(method.clone(), format!("{root}{path}"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let status = request.send().await.unwrap().status().as_u16();
        assert_eq!(status, wanted, "{method} {path} {token:?}");
    }
    rig.end().await;
}

/// What would be lost: whoever asks for a reload while usher stops waits for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_asked_for_while_usher_stops_is_answered() {
    let rig = Rig::start(Watch::Polling, &generation(1));
    let reloader = Arc::clone(&rig.reloader);
    fs::write(rig.path().join("answer.toml"), file(2, "answer.toml")).unwrap();
    rig.end().await;
    let status = tokio::time::timeout(PATIENCE, reloader.reload_now()).await.unwrap();
    assert_eq!(status.last.outcome, Outcome::Applied, "that of the start");
}
