//! `/metrics` of a running daemon, judged by Prometheus' own tool.

use crate::ECHO;
use crate::support::house::{House, Plan, Rules};
use crate::support::promtool;
use crate::support::wait::{PATIENCE, until};
use serde_json::json;

/// What would be lost: every alert that is built on a page which Prometheus does not take.
#[tokio::test(flavor = "multi_thread")]
async fn promtool_has_nothing_to_say_about_a_page_full_of_samples() {
    let rules = Rules::Text(ECHO);
    let house = House::planned(&Plan { rules, server: "", log: None }).await;
    let [public, admin] = house.addresses();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let unsigned = client.post(format!("{public}/webhook")).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    house.tell_simulator("/sim/customers/351930000001/say", &json!({ "text": "ping" })).await;
    let page = until("an answer is counted", PATIENCE, async || {
        let page = client.get(format!("{admin}/metrics")).send().await.ok()?.text().await.ok()?;
        page.contains("usher_answer_duration_seconds_count 1").then_some(page)
    })
    .await;
    promtool::accept(&page);
    // Those need files that change, and TLS: `tests/tls.rs`.
    let elsewhere = ["usher_files_reread_total", "usher_tls_certificate_expiry_timestamp_seconds"];
    let mut empty = empty_families(&page);
    empty.retain(|family| !elsewhere.contains(family));
    assert!(empty.is_empty(), "no sample of {empty:?}:\n{page}");
    let guide = include_str!("../../docs/operations.md");
    for family in families(&page) {
        assert!(guide.contains(family), "docs/operations.md does not explain `{family}`");
    }
    for sample in [
        "usher_webhooks_refused_total{reason=\"signature\"} 1",
        "usher_webhooks_in_flight 0",
        concat!("usher_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        "process_open_fds ",
        "process_resident_memory_bytes ",
        "process_start_time_seconds ",
    ] {
        assert!(page.contains(sample), "{sample}:\n{page}");
    }
}

/// Families that are announced.
fn families(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
}

/// Families that are announced without a sample.
fn empty_families(page: &str) -> Vec<&str> {
    let has_sample = |family: &&str| {
        let mut lines = page.lines().filter(|line| !line.starts_with('#'));
        lines.any(|line| {
            let name = line.split(['{', ' ']).next().unwrap_or_default();
            name == *family || name.strip_suffix("_count") == Some(family)
        })
    };
    families(page).filter(|family| !has_sample(family)).collect()
}
