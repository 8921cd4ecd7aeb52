//! The built binary as people call it: help, exit codes, one clear sentence for what cannot be.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const RULES: &str = r#"
[[reply]]
id       = "order-status"
words    = ["order status"]
text     = "Which order?"
examples = ["order status please"]

[[fallback]]
misses = 1
text   = "I did not understand."
"#;

fn usher(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    command.current_dir(dir).env("NO_COLOR", "1").env("WHATSAPP_TOKEN", "a token");
    command.env_remove("USHER_LOG").stdin(Stdio::null());
    command
}

fn run(dir: &Path, args: &[&str]) -> Output {
    usher(dir).args(args).output().unwrap()
}

/// Exit code, standard output, standard error; neither holds what a panic leaves.
fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    for text in [&out, &err] {
        assert!(!text.contains("panicked") && !text.contains("RUST_BACKTRACE"), "{text}");
    }
    (output.status.code().unwrap(), out, err)
}

/// It cannot start: exit 2 and one sentence that holds `part`.
fn assert_cannot_start(output: &Output, part: &str) {
    let (code, _, err) = said(output);
    assert_eq!(code, 2, "{err}");
    let sentences: Vec<&str> = err.lines().filter(|line| line.starts_with("usher: ")).collect();
    assert!(matches!(sentences.as_slice(), [one] if one.contains(part)), "{part}: {err}");
}

fn config(listen: &str, data: &str, more: &str) -> String {
    format!(
        r#"data = "{data}"
[server]
listen = "{listen}"
admin  = "127.0.0.1:0"
{more}
[whatsapp]
api = "http://127.0.0.1:1/v25.0"
business_account_id = "100000000000001"
access_token = {{ env = "WHATSAPP_TOKEN" }}
[[whatsapp.number]]
id   = "900000000000001"
name = "main"
"#
    )
}

/// A folder with rules and this `usher.toml`.
fn folder(config: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    std::fs::write(dir.path().join("rules/shop.toml"), RULES).unwrap();
    std::fs::write(dir.path().join("usher.toml"), config).unwrap();
    dir
}

/// A running daemon; killed when dropped, whatever became of the test.
struct Daemon {
    child: Child,
    /// What it printed when it was ready.
    line: String,
}

impl Daemon {
    fn start(dir: &Path) -> Daemon {
        let mut command = usher(dir);
        command.arg("run").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        Daemon { child, line }
    }

    fn terminate(mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_command_has_help_with_examples() {
    let dir = tempfile::tempdir().unwrap();
    let (code, out, _) = said(&run(dir.path(), &["--help"]));
    assert_eq!(code, 0);
    for command in [
        "demo", "init", "run", "check", "test", "explain", "schema", "sim", "status", "dead",
        "pause", "resume",
    ] {
        assert!(out.contains(&format!("  {command} ")), "{command}: {out}");
        let (code, help, _) = said(&run(dir.path(), &[command, "--help"]));
        assert_eq!(code, 0, "{command}");
        assert!(help.contains("Examples:"), "{command}: {help}");
    }
}

#[test]
fn the_simulator_says_that_it_speaks_no_tls() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["sim", "--listen", "127.0.0.1:0", "--webhook", "https://127.0.0.1:1/webhook"];
    assert_cannot_start(&run(dir.path(), &args), "must begin with `http://`");
}

#[test]
fn wrong_usage_is_exit_2() {
    let dir = tempfile::tempdir().unwrap();
    for args in [
        &[][..],
        &["chekc"],
        &["explain"],
        &["check", "--format", "xml"],
        &["sim", "--faults", "hiden=1"],
        &["explain", "x", "--event", "y"],
        &["pause", "--all", "--rule", "x"],
        &["pause"],
        &["pause", "--all", "list"],
        &["dead"],
        &["dead", "retry"],
    ] {
        let (code, _, err) = said(&run(dir.path(), args));
        assert_eq!(code, 2, "{args:?}");
        assert!(!err.is_empty(), "{args:?}");
    }
}

#[test]
fn a_closed_pipe_is_a_fine_end() {
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    for args in [&["--help"][..], &["check"], &["check", "--format", "json"]] {
        let mut child = usher(dir.path())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}: {err}");
        assert_eq!(err, "", "{args:?}");
    }
}

#[test]
fn what_cannot_start_says_why_in_one_sentence() {
    let empty = tempfile::tempdir().unwrap();
    assert_cannot_start(&run(empty.path(), &["run"]), "cannot start with an error");
    assert_cannot_start(&run(empty.path(), &["check", "nowhere"]), "`nowhere` cannot be read");

    let open = folder(&config("0.0.0.0:0", "data", ""));
    assert_cannot_start(&run(open.path(), &["run"]), "without `[whatsapp] app_secret`");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = folder(&config(&address, "data", ""));
    let part = format!("`{address}` is in use by another program");
    assert_cannot_start(&run(busy.path(), &["run"]), &part);
    assert_cannot_start(&run(busy.path(), &["demo", "--listen", &address]), &part);
    assert_cannot_start(&run(busy.path(), &["sim", "--listen", &address]), &part);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named() {
    // A file stands where the folder should be: that stops root, too.
    let dir = folder(&config("127.0.0.1:0", "data/store", ""));
    std::fs::write(dir.path().join("data"), "in the way").unwrap();
    assert_cannot_start(&run(dir.path(), &["run"]), "data/store");
}

#[test]
fn one_daemon_owns_a_data_folder_and_ends_when_told() {
    let dir = folder(&config("127.0.0.1:0", "data", "drain = \"5s\""));
    let daemon = Daemon::start(dir.path());
    assert!(daemon.line.starts_with("usher listens on http://127.0.0.1:"), "{}", daemon.line);
    assert!(daemon.line.contains("1 reply, 1 language, 1 example"), "{}", daemon.line);
    assert_cannot_start(&run(dir.path(), &["run"]), "data");
    assert_eq!(daemon.terminate(), 0);
    let next = Daemon::start(dir.path());
    assert_eq!(next.terminate(), 0, "the folder is free again");
}

#[test]
fn status_asks_the_daemon_and_else_the_store() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let text = config("127.0.0.1:0", "data", "").replace("admin  = \"127.0.0.1:0\"", "");
    let text = text.replace("[server]\n", &format!("[server]\nadmin = \"{free}\"\n"));
    let dir = folder(&text);
    let (code, out, err) = said(&run(dir.path(), &["status"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("not running") && out.contains("1 live"), "{out}");
    assert!(!dir.path().join("data").exists(), "asking leaves no traces");
    let daemon = Daemon::start(dir.path());
    let (code, out, err) = said(&run(dir.path(), &["status"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("running for") && !out.contains("not running"), "{out}");
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn check_lists_every_mistake_and_is_exit_1() {
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    let (code, out, err) = said(&run(dir.path(), &["check"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("rules fine: 1 reply, 1 language, 1 example"), "{out}");

    let broken = RULES.replace("words ", "wrods ").replace("misses", "mises");
    std::fs::write(dir.path().join("rules/shop.toml"), broken).unwrap();
    let (code, out, _) = said(&run(dir.path(), &["check"]));
    assert_eq!(code, 1);
    for part in ["rules/shop.toml:4", "wrods", "`words`", "mises", "`misses`"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (code, out, _) = said(&run(dir.path(), &["check", "--format", "json"]));
    assert_eq!(code, 1);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["ok"], false);
    let found = report["diagnostics"].as_array().unwrap();
    assert!(found.len() >= 2, "{out}");
    assert_eq!(report["revision"], serde_json::Value::Null);
    let unknown = found.iter().find(|found| found["code"] == "U007").unwrap();
    assert_eq!(
        *unknown,
        serde_json::json!({
            "code": "U007",
            "severity": "error",
            "message": "unknown key `wrods` in `[[reply]]`",
            "places": [{
                "file": "rules/shop.toml",
                "span": {"start": 37, "end": 42},
                "line": 4,
                "column": 1,
                "end": {"line": 4, "column": 6},
                "label": "not known here",
            }],
            "help": "did you mean `words`?",
        })
    );
    assert_cannot_start(&run(dir.path(), &["run"]), "cannot start with");
}

#[test]
fn check_judges_the_machine_too_where_it_is_asked_to() {
    let more = "tls = { cert = \"gone.crt\", key = \"gone.key\" }";
    let text = config("0.0.0.0:0", "data", more).replace("127.0.0.1:0", "0.0.0.0:0");
    let dir = folder(&text.replace("WHATSAPP_TOKEN", "USHER_TEST_NOT_SET"));
    let (code, out, _) = said(&run(dir.path(), &["check"]));
    assert_eq!(code, 0, "{out}");
    let (code, out, _) = said(&run(dir.path(), &["check", "--start"]));
    assert!(code == 1 && out.contains("`USHER_TEST_NOT_SET` is not set"), "{out}");
    let dir = folder(&text);
    let (code, out, _) = said(&run(dir.path(), &["check", "--start"]));
    assert_eq!(code, 1, "{out}");
    for part in ["without `[whatsapp] app_secret`", "without `[server] tokens`", "gone.crt"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    assert_eq!(said(&run(dir.path(), &["check", "--start"])).0, 0);
}

#[test]
fn check_explains_a_code() {
    let dir = tempfile::tempdir().unwrap();
    let (code, out, _) = said(&run(dir.path(), &["check", "--explain", "u093"]));
    assert_eq!(code, 0);
    assert!(out.starts_with("U093: an id that is sent and nobody answers\n\n"), "{out}");
    assert!(out.contains("payload = [\"yes\"]"), "{out}");
    assert_cannot_start(&run(dir.path(), &["check", "--explain", "U999"]), "no code `U999`");
}

#[test]
fn check_never_prints_a_literal_secret() {
    let text = config("127.0.0.1:0", "data", "");
    let dir = folder(&text.replace("{ env = \"WHATSAPP_TOKEN\" }", "\"EAAsecret\""));
    for args in [&["check"][..], &["check", "--format", "json"], &["run"]] {
        let (code, out, err) = said(&run(dir.path(), args));
        assert_ne!(code, 0);
        let shown = format!("{out}{err}");
        assert!(shown.contains("C006") && !shown.contains("EAAsecret"), "{shown}");
    }
}

#[test]
fn test_counts_examples_and_shows_those_that_fail() {
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    let (code, out, err) = said(&run(dir.path(), &["test"]));
    assert_eq!((code, out.as_str()), (0, "1 example of 1 of 1 reply: all pass\n"), "{err}");
    let failing = RULES.replace("order status please", "good morning");
    std::fs::write(dir.path().join("rules/shop.toml"), failing).unwrap();
    let (code, out, _) = said(&run(dir.path(), &["test"]));
    assert_eq!(code, 1);
    assert!(out.contains("good morning") && out.contains("1 fail"), "{out}");
}

#[test]
fn explain_gives_the_reason_of_every_rule() {
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    for args in [
        &["explain", "order status?"][..],
        &["explain", "order status?", "--rules", "rules"],
        &["explain", "order status?", "--rules", "rules/shop.toml"],
    ] {
        let (code, out, err) = said(&run(dir.path(), args));
        assert_eq!(code, 0, "{err}");
        for part in ["`order-status` wins", "says: Which order?", "won"] {
            assert!(out.contains(part), "{args:?} {part}: {out}");
        }
    }
    let (code, out, _) = said(&run(dir.path(), &["explain", "hm", "--format", "json"]));
    assert_eq!(code, 0);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["verdict"]["fallback"], "fallback.1");
    let (code, _, err) = said(&run(dir.path(), &["explain", "hm", "--contact", "+99"]));
    assert_eq!(code, 1);
    assert!(err.contains("no contact `+99` is known"), "{err}");
}

#[test]
fn init_writes_a_folder_that_checks_and_overwrites_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (code, out, err) = said(&run(dir.path(), &["init", "shop"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("rules fine:") && out.contains("What next:"), "{out}");
    let (code, out, err) = said(&run(dir.path(), &["check", "shop"]));
    assert_eq!(code, 0, "{out}{err}");
    assert_cannot_start(&run(dir.path(), &["init", "shop"]), "is there already");
}

/// Without a daemon the store itself is opened: what is paused before the start stays paused.
#[test]
fn pauses_and_dead_letters_need_no_daemon() {
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    let says = |args: &[&str], code: i32, part: &str| {
        let (found, out, err) = said(&run(dir.path(), args));
        assert_eq!(found, code, "{args:?}: {out}{err}");
        assert!(format!("{out}{err}").contains(part), "{args:?}: {out}{err}");
    };
    says(&["pause", "list"], 0, "nothing is paused");
    says(&["dead", "list"], 0, "nothing was given up");
    assert!(!dir.path().join("data").exists(), "asking leaves no traces");
    says(&["pause", "--rule", "order-statu"], 1, "no rule is called `order-statu`");
    says(&["pause", "--rule", "order-status", "--for", "soon"], 1, "`for` is no span of time");
    says(&["pause", "--rule", "order-status", "--for", "1h"], 0, "`rule:order-status` is paused");
    says(&["pause", "--number", "main"], 0, "`number:900000000000001` is paused");
    says(&["pause", "list"], 0, "by local, until it is resumed");
    says(&["pause", "list", "--format", "json"], 0, "\"scope\": \"rule:order-status\"");
    says(&["status"], 0, "paused      `number:900000000000001`");
    says(&["resume", "--all"], 1, "`all` is not paused");
    says(&["resume", "--number", "main"], 0, "goes out again once usher runs");
    says(&["resume", "--rule", "order-status"], 0, "goes out again");
    says(&["pause", "list"], 0, "nothing is paused");
    says(&["dead", "show", "event-9"], 1, "no undecided event `event-9` is kept");
    says(&["dead", "drop", "x"], 1, "`x` is no id of the list");
    says(&["dead", "retry", "--all"], 0, "");
}

#[test]
fn schema_prints_what_init_writes_for_editors() {
    let dir = tempfile::tempdir().unwrap();
    let (code, _, err) = said(&run(dir.path(), &["init", "shop"]));
    assert_eq!(code, 0, "{err}");
    let names = std::fs::read_to_string(dir.path().join("shop/.taplo.toml")).unwrap();
    let printed = [
        ("rules.schema.json", vec!["schema"]),
        ("usher.schema.json", vec!["schema", "--for", "config"]),
    ];
    for (file, args) in printed {
        let (code, out, err) = said(&run(dir.path(), &args));
        assert_eq!((code, err.as_str()), (0, ""));
        assert_eq!(out, std::fs::read_to_string(dir.path().join("shop").join(file)).unwrap());
        assert!(names.contains(&format!("path = \"{file}\"")), "{file}: {names}");
    }
    let (code, _, _) = said(&run(dir.path(), &["schema", "--for", "words"]));
    assert_eq!(code, 2);
}

/// "Why does this example fail?" is what people ask.
#[test]
fn explain_works_while_examples_fail() {
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    let failing = RULES.replace("order status please", "good morning");
    std::fs::write(dir.path().join("rules/shop.toml"), failing).unwrap();
    let (code, out, err) = said(&run(dir.path(), &["explain", "good morning"]));
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("no rule wins; `fallback.1` answers"), "{out}");
    assert!(err.contains("1 example fails (`usher test` shows them)"), "{err}");
    let broken = RULES.replace("words ", "wrods ");
    std::fs::write(dir.path().join("rules/shop.toml"), broken).unwrap();
    assert_cannot_start(&run(dir.path(), &["explain", "x"]), "cannot start with");
}

/// One file is looked at as a part of the rules it lies in.
#[test]
fn one_file_is_checked_among_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let at = |place: &str| dir.path().join(place);
    std::fs::create_dir_all(at("shop/rules/more")).unwrap();
    std::fs::write(at("shop/rules/shop.toml"), RULES).unwrap();
    let flowers = "[[reply]]\nid = \"flowers\"\nwords = [\"flowers\"]\nhours = \"shop\"\n\
                   text = \"Roses.\"\nexamples = [\"any flowers?\"]\n";
    std::fs::write(at("shop/rules/more/flowers.toml"), flowers).unwrap();
    let hours = "[hours.shop]\nzone = \"Asia/Seoul\"\nopen = [\"mon-fri 09:00-18:00\"]\n";
    std::fs::write(at("shop/rules/hours.toml"), hours).unwrap();
    std::fs::write(at("shop/rules/broken.toml"), "[[reply]]\nid = \"x\"\n").unwrap();
    let says = |here: &str, args: &[&str], code: i32, parts: &[&str]| {
        let (found, out, err) = said(&run(&at(here), args));
        assert_eq!(found, code, "{here} {args:?}: {out}{err}");
        for part in parts {
            assert!(out.contains(part), "{here} {args:?} {part}: {out}{err}");
        }
        out
    };
    let file = "shop/rules/more/flowers.toml";
    let fine = format!("`{file}` is fine, looked at as a part of `shop/rules`");
    let others = "the other files have 2 errors: see `usher check shop/rules`";
    let out = says("", &["check", file], 0, &[&fine, others]);
    assert!(!out.contains("broken.toml"), "{out}");
    says(
        "shop/rules/more",
        &["check", "flowers.toml"],
        0,
        &["flowers.toml` is fine, looked at as"],
    );
    says("", &["check", "shop/rules/broken.toml"], 1, &["U0", "looked at as a part of"]);
    says("", &["check", "shop"], 1, &["broken.toml"]);
    std::fs::remove_file(at("shop/rules/broken.toml")).unwrap();
    says("", &["check", file], 0, &[&fine]);
    says("", &["test", file], 0, &["1 example of 1 of 1 reply: all pass"]);
    says("", &["test", "shop"], 0, &["2 examples of 2 of 2 replies: all pass"]);
    // In no rules folder there is nothing to belong to.
    std::fs::write(at("lonely.toml"), RULES).unwrap();
    says("", &["check", "lonely.toml"], 0, &["rules fine: 1 reply"]);
    std::fs::write(at("lonely.toml"), flowers).unwrap();
    says("", &["check", "lonely.toml"], 1, &["`lonely.toml` was looked at alone: it lies in no"]);
}

#[test]
fn secrets_that_are_not_here_are_one_line_where_nobody_needs_them() {
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    let output = usher(dir.path()).env_remove("WHATSAPP_TOKEN").arg("check").output().unwrap();
    let (code, out, _) = said(&output);
    assert_eq!(code, 0, "{out}");
    let line = "note[C007]: 1 secret of `usher.toml` cannot be read here; only `usher run` needs";
    assert!(out.starts_with(line) && out.lines().count() == 2, "{out}");
    let (code, out, _) = said(&run(dir.path(), &["check", "--explain", "C007"]));
    assert!(code == 0 && out.starts_with("C007: "), "{out}");
    let output = usher(dir.path()).env_remove("WHATSAPP_TOKEN").arg("run").output().unwrap();
    assert!(said(&output).2.contains("WHATSAPP_TOKEN"), "whoever runs it needs them all");
}

/// A time without an offset is the shop's, and the answer says so; dates and values are named.
#[test]
fn explain_takes_times_as_people_write_them() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    let rules = "[hours.shop]\nzone = \"Asia/Seoul\"\nopen = [\"mon-fri 09:00-18:00\"]\n\
                 [[reply]]\nid = \"order\"\nwords = [\"order\"]\ntake.no = \"digits 8\"\n\
                 from = \"2026-11-26\"\nuntil = \"2026-12-24\"\nhours = \"shop\"\n\
                 text = \"Order {{ match.no }}.\"\n";
    std::fs::write(dir.path().join("rules/shop.toml"), rules).unwrap();
    for (at, parts) in [
        ("2026-11-26 15:00", &["at: 2026-11-26 15:00:00 Asia/Seoul", "{no} = 11230015"][..]),
        ("2026-11-26 08:59", &["outside hours"]),
        ("2026-11-26T06:00:00Z", &["at: 2026-11-26 15:00:00 Asia/Seoul", "`order` wins"]),
        ("2026-11-25", &["at: 2026-11-25 00:00:00 Asia/Seoul"]),
    ] {
        let (code, out, err) = said(&run(dir.path(), &["explain", "order 11230015", "--at", at]));
        assert_eq!(code, 0, "{err}");
        for part in parts {
            assert!(out.contains(part), "{at} {part}: {out}");
        }
    }
    for (at, why) in [
        ("2026-11-25 10:00", "from: not yet, it begins 2026-11-26 00:00:00 Asia/Seoul"),
        ("2026-12-25 10:00", "until: no longer, it ended 2026-12-25 00:00:00 Asia/Seoul"),
    ] {
        let args = ["explain", "order 11230015", "--format", "json", "--at", at];
        let (_, out, _) = said(&run(dir.path(), &args));
        let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(answer["rules"][0]["reason"], why, "{out}");
    }
    let (code, _, err) = said(&run(dir.path(), &["explain", "x", "--at", "tomorrow"]));
    assert!(code == 1 && err.contains("nor a time in Asia/Seoul such as"), "{err}");
}

#[test]
fn tests_are_played_and_what_was_never_tried_is_named() {
    const TESTS: &str = r#"
[[test]]
name = "an order"
[[test.turn]]
say    = "order status"
expect = { reply = "order-status", text = "Which order?" }

[[test]]
name = "a stranger"
[[test.turn]]
say    = "xyzzy"
expect = { text = "Which order?" }
"#;
    let dir = folder(&config("127.0.0.1:0", "data", ""));
    std::fs::write(dir.path().join("rules/tests.toml"), TESTS).unwrap();
    let (code, out, err) = said(&run(dir.path(), &["test"]));
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    for part in [
        "error[U164]: the test `a stranger` fails at turn 1",
        "rules/tests.toml:12:",
        "sent: \"I did not understand.\"",
        "message: no rule wins; `fallback.1` answers",
        "1 example of 1 of 1 reply: all pass\n2 tests: 1 fail\n",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    // A test that fails keeps nobody from use.
    assert_eq!(said(&run(dir.path(), &["check"])).0, 0);

    let (code, out, _) = said(&run(dir.path(), &["test", "--filter", "order", "--coverage"]));
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("1 test: all pass") && out.contains("covered: 1 of 1, 100 %"), "{out}");

    let fine = TESTS.replace("expect = { text", "expect = { not = { text");
    let fine = format!("{} }}\n", fine.trim_end());
    std::fs::write(dir.path().join("rules/tests.toml"), &fine).unwrap();
    let only = ["test", "rules/shop.toml", "--min", "51"];
    let (code, out, _) = said(&run(dir.path(), &only));
    assert_eq!(code, 1, "no test of the other file counts: {out}");
    assert!(out.ends_with("covered: 1 of 2, 50 %\nthat is less than 51 %\n"), "{out}");
    let (code, out, _) = said(&run(dir.path(), &["test", "--min", "100", "--format", "json"]));
    assert_eq!(code, 0, "{out}");
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["tests"], 2);
    assert_eq!(answer["coverage"]["share"], 100.0);
    assert_eq!(answer["coverage"]["parts"][1]["rule"], "fallback.1");
}
