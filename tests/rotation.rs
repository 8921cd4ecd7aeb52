//! Certificates and secrets are exchanged under a running daemon: new connections and new requests
//! get the new ones, nothing is dropped, and what is broken changes nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
#![expect(clippy::print_stderr, reason = "a test that fails shows the daemon's log")]

mod support {
    #[expect(dead_code, reason = "shared with other tests")]
    pub mod process;
    pub mod promtool;
    pub mod wait;
}

use hmac::{Hmac, KeyInit, Mac};
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Certificate, Client};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;
use support::process::{Process, free_port, usher};
use support::promtool;
use support::wait::{PATIENCE, until};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A daemon that speaks TLS, and whose secrets are files.
struct House {
    daemon: Process,
    listen: u16,
    admin: u16,
    dir: TempDir,
}

/// A certificate of its own authority, for 127.0.0.1.
struct Pair {
    cert: String,
    key: String,
    expires_at: i64,
}

fn pair(year: i32) -> Pair {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    let expires_at = params.not_after.unix_timestamp();
    let key = KeyPair::generate().unwrap();
    let cert = params.self_signed(&key).unwrap().pem();
    Pair { cert, key: key.serialize_pem(), expires_at }
}

impl House {
    async fn start(pair: &Pair) -> House {
        let dir = tempfile::tempdir().unwrap();
        let (listen, admin) = (free_port(), free_port());
        std::fs::create_dir(dir.path().join("rules")).unwrap();
        let config = config(listen, admin);
        for (name, content) in [
            ("usher.toml", config.as_str()),
            ("rules/shop.toml", "[[fallback]]\nmisses = 1\ntext = \"Pardon?\"\n"),
            ("access.txt", "access"),
            ("app.txt", "app-one\n"),
            ("verify.txt", "verify-one"),
            ("ops.txt", "ops-one"),
        ] {
            write(dir.path(), name, content);
        }
        show(dir.path(), pair);
        let mut command = usher();
        command.arg("run").current_dir(dir.path());
        let mut daemon = Process::start(command, "usher-run", dir.path());
        let house_client = client(pair);
        until("the daemon is ready", PATIENCE, async || {
            daemon.assert_alive();
            let ready = format!("https://127.0.0.1:{listen}/readyz");
            let answer = house_client.get(ready).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        House { daemon, listen, admin, dir }
    }

    fn write(&self, name: &str, content: &str) {
        write(self.dir.path(), name, content);
    }

    async fn healthy(&self, client: &Client) -> bool {
        let address = format!("https://127.0.0.1:{}/healthz", self.listen);
        client.get(address).send().await.is_ok_and(|answer| answer.status().is_success())
    }

    /// The status of a webhook signed with this secret.
    async fn hook(&self, client: &Client, secret: &str) -> u16 {
        let body = r#"{"object":"whatsapp_business_account","entry":[]}"#;
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let tag = mac.finalize().into_bytes();
        let tag: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        let request = client.post(format!("https://127.0.0.1:{}/webhook", self.listen));
        let request = request.header("x-hub-signature-256", format!("sha256={tag}")).body(body);
        request.send().await.unwrap().status().as_u16()
    }

    async fn challenge(&self, client: &Client, token: &str) -> u16 {
        let query =
            [("hub.mode", "subscribe"), ("hub.challenge", "1"), ("hub.verify_token", token)];
        let address = format!("https://127.0.0.1:{}/webhook", self.listen);
        client.get(address).query(&query).send().await.unwrap().status().as_u16()
    }

    /// Status and page of `/metrics` with this token.
    async fn metrics(&self, client: &Client, token: &str) -> (u16, String) {
        let address = format!("https://127.0.0.1:{}/metrics", self.admin);
        let answer = client.get(address).bearer_auth(token).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

fn config(listen: u16, admin: u16) -> String {
    format!(
        r#"
[server]
listen = "127.0.0.1:{listen}"
admin  = "127.0.0.1:{admin}"
tls    = {{ cert = "tls.crt", key = "tls.key" }}
tokens = [{{ name = "ops", role = "admin", token = {{ file = "ops.txt" }} }}]
[whatsapp]
api = "http://127.0.0.1:1/v25.0"
business_account_id = "100000000000001"
access_token = {{ file = "access.txt" }}
app_secret   = {{ file = "app.txt" }}
verify_token = {{ file = "verify.txt" }}
[[whatsapp.number]]
id   = "900000000000001"
name = "main"
"#
    )
}

fn write(dir: &Path, name: &str, content: &str) {
    std::fs::write(dir.join(name), content).unwrap();
}

/// As `cp` does it: one file after the other, in place.
fn show(dir: &Path, pair: &Pair) {
    write(dir, "tls.crt", &pair.cert);
    write(dir, "tls.key", &pair.key);
}

/// Trusts this pair's certificate and no other; a connection of its own for each request.
fn client(pair: &Pair) -> Client {
    // A second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let trusted = Certificate::from_pem(pair.cert.as_bytes()).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([trusted]).pool_max_idle_per_host(0);
    client.build().unwrap()
}

/// One connection that is kept.
async fn connection(port: u16, pair: &Pair) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let cert = rustls::pki_types::CertificateDer::from_pem_slice(pair.cert.as_bytes()).unwrap();
    roots.add(cert).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// One request on a kept connection.
async fn ask(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 4_096];
    let length = stream.read(&mut answer).await.unwrap();
    answer.truncate(length);
    String::from_utf8_lossy(&answer).into_owned()
}

/// What would be lost: a night, when the certificate ends; and every open connection, if usher had
/// to be started anew for it.
#[tokio::test]
async fn a_new_certificate_is_shown_to_who_comes_and_disturbs_nobody() {
    let (old, new) = (pair(2_097), pair(2_098));
    let (by_old, by_new) = (client(&old), client(&new));
    let mut house = House::start(&old).await;
    assert!(!house.healthy(&by_new).await, "the new one is not there yet");
    let mut kept = connection(house.listen, &old).await;
    assert!(ask(&mut kept).await.starts_with("HTTP/1.1 200"));

    show(house.dir.path(), &new);
    until("the new certificate is shown", PATIENCE, async || {
        house.healthy(&by_new).await.then_some(())
    })
    .await;
    assert!(!house.healthy(&by_old).await, "the old one is shown no more");
    assert!(ask(&mut kept).await.starts_with("HTTP/1.1 200"), "a connection that was open");

    // A certificate without its key, nonsense, nothing: each is told once and changes nothing.
    let broken = [("tls.crt", old.cert.as_str()), ("tls.key", "no key"), ("tls.crt", "")];
    for (count, (name, content)) in (1..).zip(broken) {
        house.write(name, content);
        let failed = format!("usher_files_reread_total{{what=\"tls\",outcome=\"failed\"}} {count}");
        until(&failed, PATIENCE, async || {
            house.metrics(&by_new, "ops-one").await.1.contains(&failed).then_some(())
        })
        .await;
    }
    show(house.dir.path(), &new);
    let (_, page) = house.metrics(&by_new, "ops-one").await;
    promtool::accept(&page);
    let expiry = "usher_tls_certificate_expiry_timestamp_seconds{file=\"";
    let line = page.lines().find(|line| line.starts_with(expiry)).unwrap();
    assert!(line.ends_with(&format!(" {}", new.expires_at)), "{line}");
    house.daemon.assert_alive();

    // Asked by the address of this machine, trusting what `usher.toml` names.
    let mut status = usher();
    let status = status.args(["status", "--format", "json"]).current_dir(house.dir.path());
    let status = status.output().unwrap();
    let said = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.status.success() && said.contains("\"uptime_seconds\""), "{status:?}");
}

/// What would be lost: every slot of a listener, to callers who never begin to speak TLS.
#[tokio::test]
async fn who_does_not_shake_hands_is_let_go() {
    let pair = pair(2_097);
    let house = House::start(&pair).await;
    let mut silent = TcpStream::connect(("127.0.0.1", house.listen)).await.unwrap();
    let mut plain = TcpStream::connect(("127.0.0.1", house.listen)).await.unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    for stream in [&mut plain, &mut silent] {
        let mut said = Vec::new();
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut said)).await;
        // Closed or torn down, without a word of HTTP.
        let _ = read.unwrap_or_else(|_| panic!("it stays open"));
        assert!(!said.starts_with(b"HTTP"), "{said:?}");
    }
    assert!(house.healthy(&client(&pair)).await);
}

/// What would be lost: webhooks, between the moment a secret is changed at Meta's and here.
#[tokio::test]
async fn secrets_are_read_again_and_old_and_new_work_side_by_side() {
    let pair = pair(2_099);
    let client = client(&pair);
    let house = House::start(&pair).await;
    assert_eq!(house.hook(&client, "app-one").await, 200);
    assert_eq!(house.hook(&client, "app-two").await, 401);

    for (name, content) in [
        ("app.txt", "app-two\napp-one\n"),
        ("verify.txt", "verify-one\nverify-two"),
        ("ops.txt", "ops-two\n"),
        ("access.txt", "other\n"),
    ] {
        house.write(name, content);
    }
    until("the new app secret signs", PATIENCE, async || {
        (house.hook(&client, "app-two").await == 200).then_some(())
    })
    .await;
    assert_eq!(house.hook(&client, "app-one").await, 200, "the old one still signs");
    until("all four are read", PATIENCE, async || {
        let (_, page) = house.metrics(&client, "ops-two").await;
        page.contains("{what=\"secret\",outcome=\"changed\"} 4").then_some(())
    })
    .await;
    assert_eq!(house.metrics(&client, "ops-one").await.0, 401, "it stands there no more");
    for (token, status) in [("verify-one", 200), ("verify-two", 200), ("verify", 403)] {
        assert_eq!(house.challenge(&client, token).await, status, "{token}");
    }

    house.write("app.txt", "");
    until("an empty file is told", PATIENCE, async || {
        let (_, page) = house.metrics(&client, "ops-two").await;
        page.contains("{what=\"secret\",outcome=\"failed\"} 1").then_some(())
    })
    .await;
    assert_eq!(house.hook(&client, "app-two").await, 200, "what was in force stays");
    assert_eq!(house.hook(&client, "guessed").await, 401, "nobody came in by it");

    house.write("app.txt", "app-two");
    house.write("app.txt", "app-three");
    until("the last one signs", PATIENCE, async || {
        (house.hook(&client, "app-three").await == 200).then_some(())
    })
    .await;
    assert_eq!(house.hook(&client, "app-two").await, 401, "the old one signs no more");
}
