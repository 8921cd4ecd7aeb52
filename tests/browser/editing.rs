//! A rule file is edited beside the chat: saved, the new answer comes; broken, the place is shown and
//! the old answer stays. Leaves `target/screenshots/rules-*`.

use crate::browser::Browser;
use crate::page::{answered, choose, demo, picture, say};
use crate::wait::{PATIENCE, until};
use serde_json::{Value, json};

const ALEX: &str = "14155550101";

const SHOP: &str = r#"[[reply]]
id    = "hours"
words = ["open"]
text  = "We open at nine."

[[fallback]]
misses = 1
text   = "Pardon?"
"#;

/// `live` or `stale`, and the revision.
const STANDING: &str = "const it = document.querySelector('#standing').dataset;
    return [it.standing, it.revision]";

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_edited_saved_and_seen() {
    let dir = tempfile::tempdir().unwrap();
    let rules = dir.path().join("rules");
    std::fs::create_dir_all(rules.join("words")).unwrap();
    std::fs::write(rules.join("shop.toml"), SHOP).unwrap();
    std::fs::write(rules.join("words/colours.txt"), "red\n").unwrap();
    let (_demo, address) = demo(dir.path()).await;
    let browser = Browser::start(dir.path()).await;
    browser.open(&format!("http://{address}/chat")).await;
    choose(&browser, ALEX).await;
    ask(&browser, "When do you open? 1", "We open at nine.").await;

    // From the answer to the rule that gave it.
    browser.click("#trace button.rule[data-winner='hours']").await;
    until("the file is open", PATIENCE, async || {
        (browser.ask("return document.querySelector('#rule-text')?.value").await == SHOP)
            .then_some(())
    })
    .await;
    let before = standing(&browser, "live").await;

    // Edited and saved with the keyboard: the new answer.
    type_over(&browser, &SHOP.replace("nine", "ten")).await;
    browser.press_save("#rule-text").await;
    until("the new rules are live", PATIENCE, async || {
        let now = standing(&browser, "live").await;
        (now != before).then_some(())
    })
    .await;
    assert!(std::fs::read_to_string(rules.join("shop.toml")).unwrap().contains("ten"));
    ask(&browser, "When do you open? 2", "We open at ten.").await;
    browser.save_picture(&picture("rules-live.png")).await;

    // Broken: shown while it is typed, before anything is saved.
    type_over(&browser, &SHOP.replace("text  = \"We", "wrods = [\"opening\"]\ntext  = \"We")).await;
    finding_at(&browser, 4).await;
    let on_disk = std::fs::read_to_string(rules.join("shop.toml")).unwrap();
    assert!(!on_disk.contains("wrods"), "a check saves nothing");
    browser.click("#save").await;
    standing(&browser, "stale").await;
    finding_at(&browser, 4).await;
    ask(&browser, "When do you open? 3", "We open at ten.").await;
    browser.save_picture(&picture("rules-broken.png")).await;
    browser.resize(400, 860).await;
    browser.save_picture(&picture("rules-narrow.png")).await;
    let wide: Value = browser.ask("return document.documentElement.scrollWidth").await;
    assert!(wide.as_u64().unwrap() <= 400, "nothing sticks out at 400 px: {wide}");
    browser.resize(1280, 860).await;

    // Mended in another editor: the page follows.
    std::fs::write(rules.join("shop.toml"), SHOP.replace("nine", "eleven")).unwrap();
    standing(&browser, "live").await;
    until("the page shows what the other editor saved", PATIENCE, async || {
        let text = browser.ask("return document.querySelector('#rule-text').value").await;
        text.as_str().unwrap().contains("eleven").then_some(())
    })
    .await;
    ask(&browser, "When do you open? 4", "We open at eleven.").await;

    // Typed here and saved there: nothing is lost without being asked.
    let mine = SHOP.replace("nine", "noon");
    type_over(&browser, &mine).await;
    let theirs = SHOP.replace("nine", "dawn");
    std::fs::write(rules.join("shop.toml"), &theirs).unwrap();
    let overwrite = "const it = document.querySelector(\"#saved [data-keep='mine']\"); it?.click();
        return document.querySelector('#saved').textContent";
    until("mine is saved and live", PATIENCE, async || {
        (browser.ask(overwrite).await == "saved and live").then_some(())
    })
    .await;
    assert_eq!(std::fs::read_to_string(rules.join("shop.toml")).unwrap(), mine);
    ask(&browser, "When do you open? 5", "We open at noon.").await;
    browser.close().await;
}

/// What would be lost: what somebody else saved while the page was open.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_editor_saved_is_not_overwritten_unseen() {
    usherd::whatsapp::client::install_crypto();
    let dir = tempfile::tempdir().unwrap();
    let (_demo, address) = demo(dir.path()).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let at = |path: &str| format!("http://{address}/chat/rules{path}");
    let file = at("/files/hours.toml");
    let opened: Value = http.get(&file).send().await.unwrap().json().await.unwrap();
    let (text, digest) = (opened["text"].as_str().unwrap(), opened["digest"].as_str().unwrap());
    // The starter rules, written out so that they can be edited.
    let on_disk = dir.path().join("data/rules/hours.toml");
    assert_eq!(std::fs::read_to_string(&on_disk).unwrap(), text);

    let theirs = format!("# theirs\n{text}");
    std::fs::write(&on_disk, &theirs).unwrap();
    let mine = format!("# mine\n{text}");
    let save = |digest: &str, text: &str| {
        http.put(&file).header("if-match", format!("\"{digest}\"")).body(text.to_owned()).send()
    };
    let refused = save(digest, &mine).await.unwrap();
    assert_eq!(refused.status().as_u16(), 409);
    let refused: Value = refused.json().await.unwrap();
    assert!(refused["detail"].as_str().unwrap().contains("somebody else"), "{refused}");
    assert_eq!(std::fs::read_to_string(&on_disk).unwrap(), theirs);
    let opened: Value = http.get(&file).send().await.unwrap().json().await.unwrap();
    let saved = save(opened["digest"].as_str().unwrap(), &mine).await.unwrap();
    assert_eq!(saved.status().as_u16(), 200);
    let saved: Value = saved.json().await.unwrap();
    assert_eq!(saved["standing"]["stale"], false);
    assert_eq!(std::fs::read_to_string(&on_disk).unwrap(), mine);

    // What else is refused.
    for (request, status) in [
        (http.put(&file).body("x"), 428),
        (http.put(at("/files/new.toml")).header("if-match", "\"x\"").body("x"), 409),
        (http.get(at("/files/none.toml")), 404),
        (http.get(at("/files/usher.toml")), 400),
        (http.get(at("/files/..%2F..%2Fetc%2Fpasswd")), 400),
        (http.get(&file).header("host", "rebound.example:8088"), 403),
        (http.post(at("/check/notes.md")).body("x"), 400),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{}", answer.url());
    }
    // A check saves nothing.
    let found = http.post(at("/check/hours.toml")).body("[[reply]]\n").send().await.unwrap();
    let found: Value = found.json().await.unwrap();
    assert_eq!(found["diagnostics"][0]["places"][0]["file"], "hours.toml", "{found}");
    assert_eq!(std::fs::read_to_string(&on_disk).unwrap(), mine);
    let icon = http.get(format!("http://{address}/favicon.ico")).send().await.unwrap();
    assert_eq!(icon.status().as_u16(), 200);
}

async fn ask(browser: &Browser, question: &str, answer: &str) {
    say(browser, question).await;
    answered(browser, question, answer).await;
}

async fn standing(browser: &Browser, wanted: &str) -> Value {
    until(&format!("the rules are {wanted}"), PATIENCE, async || {
        let found = browser.ask(STANDING).await;
        (found[0] == wanted).then(|| found[1].clone())
    })
    .await
}

/// A finding at this line: in the list, in the margin, and underlined.
async fn finding_at(browser: &Browser, line: u64) {
    let script = format!(
        "return [document.querySelector('#findings [data-line]')?.textContent ?? '',
                 document.querySelector('.gutter').children[{line} - 1].className,
                 document.querySelector('.marks mark')?.textContent ?? '']"
    );
    until("the finding at its line", PATIENCE, async || {
        let found = browser.ask(&script).await;
        let place = format!("shop.toml:{line}:1");
        (found == json!([place, "error", "wrods"])).then_some(())
    })
    .await;
}

async fn type_over(browser: &Browser, text: &str) {
    let script = format!(
        "const field = document.querySelector('#rule-text');
         field.value = {};
         field.dispatchEvent(new Event('input', {{ bubbles: true }}))",
        json!(text)
    );
    browser.ask(&script).await;
}
