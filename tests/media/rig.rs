//! A simulator on a loopback port, a rules folder with media, a data folder, and the real client.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use usherd::clock::{Clock, ManualClock};
use usherd::model::{
    ContactId, Content, Effect, Guards, Job, JobId, Media, MediaKind, MediaSource, NumberId,
    Outside, Purpose, Recipient, Timestamp,
};
use usherd::rules::sources::MediaFile;
use usherd::simulator::{Faults, Settings, Simulator, serve};
use usherd::whatsapp::client::Answer;
use usherd::whatsapp::{Client, ClientSettings, Uploads};
use usherd::{files, media};

/// A customer with a number.
pub const ANA: &str = "351910000001";
/// Where the picture of the rules is.
pub const PICTURE: &str = "media/menu.jpg";

const START: Timestamp = Timestamp(1_760_000_000_000);

pub struct Rig {
    pub simulator: Arc<Simulator>,
    pub clock: Arc<ManualClock>,
    pub base: String,
    pub dir: TempDir,
    _serving: JoinSet<()>,
}

impl Rig {
    pub async fn start() -> Rig {
        let clock = Arc::new(ManualClock::at(START));
        // Nobody takes the webhooks; nothing here asks for them.
        let settings = Settings::new("http://127.0.0.1:9/webhook", clock.clone());
        let simulator = Simulator::new(settings);
        simulator.meet(ANA, "Ana").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        serving.spawn(serve(Arc::clone(&simulator), listener, CancellationToken::new()));
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("rules/media")).unwrap();
        std::fs::write(dir.path().join("rules/shop.toml"), "").unwrap();
        Rig { simulator, clock, base, dir, _serving: serving }
    }

    pub fn rules(&self) -> PathBuf {
        self.dir.path().join("rules")
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Writes a file of the rules folder.
    pub fn write(&self, place: &str, bytes: &[u8]) {
        std::fs::write(self.rules().join(place), bytes).unwrap();
    }

    /// Writes a file and makes rules that send it active; gives its digest.
    pub fn keep(&self, place: &str, bytes: &[u8]) -> String {
        self.write(place, bytes);
        let media = self.media();
        media::keep(&self.rules(), &self.data(), &media).unwrap();
        media[place].sha256.clone()
    }

    /// Every file the rules may send.
    pub fn media(&self) -> BTreeMap<String, MediaFile> {
        files::read(&self.rules()).unwrap().media
    }

    /// A client as after a start of the daemon.
    pub fn client(&self) -> Client {
        self.client_at(&format!("{}/v25.0", self.base))
    }

    pub fn client_at(&self, api: &str) -> Client {
        let settings =
            ClientSettings { api: api.to_owned(), access_token: Settings::ACCESS_TOKEN.into() };
        let clock = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let uploads = Uploads::open(&self.data(), clock);
        Client::new(settings).unwrap().with_uploads(Arc::new(uploads))
    }

    pub fn pass_days(&self, days: u64) {
        self.clock.set(self.clock.now().plus(Duration::from_secs(days * 24 * 3600)));
    }

    pub fn once(&self, fault: &str, times: u32) {
        let json = serde_json::json!({ "once": { fault: times } });
        let faults: Faults = serde_json::from_value(json).unwrap();
        self.simulator.set_faults(faults).unwrap();
    }

    /// The bytes of the upload that the `n`-th accepted message showed.
    pub fn shown(&self, n: usize) -> Vec<u8> {
        let sent = serde_json::to_value(&self.simulator.sent(0)[n]).unwrap();
        let id = sent["content"]["id"].as_str().unwrap();
        self.simulator.media(id).unwrap().bytes.to_vec()
    }

    /// The ids of uploads that accepted messages showed, in their order.
    pub fn ids(&self) -> Vec<String> {
        let sent = serde_json::to_value(self.simulator.sent(0)).unwrap();
        let sent = sent.as_array().unwrap().iter();
        sent.map(|sent| sent["content"]["id"].as_str().unwrap().to_owned()).collect()
    }
}

pub fn picture(sha256: &str) -> Content {
    file(MediaKind::Image, sha256, "image/jpeg")
}

pub fn file(kind: MediaKind, sha256: &str, mime: &str) -> Content {
    let source = MediaSource::File { sha256: sha256.to_owned(), mime: mime.to_owned() };
    Content::Media(Media { kind, source, caption: None, filename: None, voice: false })
}

pub fn job(content: Content) -> Job {
    let id = JobId { contact: ContactId(uuid::Uuid::from_u128(7)), version: 1, index: 0 };
    let effect = Effect::Send {
        number: NumberId::from(Settings::NUMBER),
        to: Recipient::Phone(ANA.to_owned()),
        content,
        purpose: Purpose::Service,
        needs: None,
        rule: "r".into(),
        answers: None,
        guards: Guards::REPLY,
        outside: Outside::Drop,
    };
    Job::new(id, effect, START)
}

/// `accepted`, or why not and what is to be done.
pub fn outcome(answer: &Answer) -> String {
    match answer {
        Answer::Accepted { .. } => "accepted".to_owned(),
        Answer::Refused { error, action, .. } => format!("{} {action:?}", error.reason),
        Answer::Unreachable { error } => error.reason.clone(),
        Answer::Unknown => "unknown".to_owned(),
    }
}

/// The names in a folder, in order.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
