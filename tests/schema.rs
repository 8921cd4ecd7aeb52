//! `usher schema` and `usher check` agree: what check takes, the schema takes; what check refuses for
//! its shape (an unknown key, a wrong type, a word that is none of the choices), the schema refuses.
#![expect(clippy::unwrap_used, reason = "tests")]

use jsonschema::Validator;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use usherd::rules::{Diagnostic, Settings, Sources, compile};
use usherd::{config, files, rules};

/// What is wrong with the shape of a file, not with what it means.
const SHAPE: [&str; 8] = ["U005", "U006", "U007", "U008", "U009", "U010", "U011", "U019"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rule_files() -> Validator {
    jsonschema::validator_for(&rules::schema::schema()).unwrap()
}

fn config_files() -> Validator {
    jsonschema::validator_for(&config::schema()).unwrap()
}

/// As editors see a document: dates are texts.
fn seen(text: &str) -> Value {
    fn json(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(moment) => Value::String(moment.to_string()),
            toml::Value::Array(items) => items.into_iter().map(json).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(key, value)| (key, json(value))).collect())
            }
            other => serde_json::to_value(other).unwrap(),
        }
    }
    json(toml::Value::Table(text.parse().unwrap()))
}

fn complaints(schema: &Validator, text: &str) -> Vec<String> {
    let seen = seen(text);
    schema.iter_errors(&seen).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// The rule files of a folder that are TOML at all.
fn rule_texts(sources: &Sources) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    let files = sources.read().filter(|(path, _)| path.ends_with(".toml"));
    let texts = files.filter_map(|(path, bytes)| Some((path.to_owned(), text(bytes)?)));
    texts.filter(|(_, text)| text.parse::<toml::Table>().is_ok()).collect()
}

/// Complete folders to copy.
fn examples() -> Vec<PathBuf> {
    let mut examples = folders("examples");
    examples.retain(|example| example.join("usher.toml").is_file());
    assert!(examples.len() >= 3, "{examples:?}");
    examples
}

fn folders(under: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(under)).unwrap();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

#[test]
fn what_ships_fits() {
    let schema = rule_files();
    let mut read = 0;
    for folder in [root().join("rules")]
        .into_iter()
        .chain(examples().into_iter().map(|example| example.join("rules")))
    {
        for (path, text) in rule_texts(&files::read(&folder).unwrap()) {
            read += 1;
            assert_eq!(complaints(&schema, &text), [""; 0], "{}/{path}", folder.display());
        }
    }
    assert!(read >= 8, "{read}");
}

#[test]
fn the_schema_takes_and_refuses_what_check_does() {
    let schema = rule_files();
    let (mut taken, mut refused) = (0, 0);
    for folder in folders("tests/diagnostics") {
        let sources = files::read(&folder).unwrap_or_default();
        let number = ("900000000000001".into(), "main".to_owned());
        let settings = Settings { numbers: Some(vec![number]), ..Settings::default() };
        let found = compile(&sources, &settings).diagnostics;
        let texts = rule_texts(&sources);
        let all = texts.iter().flat_map(|(_, text)| complaints(&schema, text));
        let all: Vec<String> = all.collect();
        if !found.iter().any(Diagnostic::is_error) {
            taken += 1;
            assert_eq!(all, [""; 0], "{}", folder.display());
        }
        let shape = found.iter().any(|one| SHAPE.contains(&one.code));
        if shape && !texts.is_empty() {
            refused += 1;
            assert!(!all.is_empty(), "{}: {found:#?}", folder.display());
        }
    }
    assert!(taken >= 6 && refused >= 8, "{taken} taken, {refused} refused");
}

/// One mistake at a time, so that none hides behind another.
#[test]
fn each_mistake_of_shape_is_refused() {
    const GOOD: &str = "[[reply]]\nid = \"a\"\nwords = [\"x\"]\ntext = \"y\"\n";
    let schema = rule_files();
    assert_eq!(complaints(&schema, GOOD), [""; 0]);
    for more in [
        "wrods = [\"x\"]",
        "priority = \"5\"",
        "also = \"yes\"",
        "kind = \"picture\"",
        "kind = [\"image\", \"imgae\"]",
        "status = \"shadow\"",
        "expect = 15",
        "expect = \"15 minutes\"",
        "take = { no = \"digit 6\" }",
        "ask_again = 0",
        "examples = []",
        "messages = [{ txt = \"a\" }]",
        "set = { a = [\"b\"] }",
        "[[fallback]]\ntext = \"Pardon?\"",
        "[hours.office]\nzone = \"UTC\"",
        "[fields]\nsize = { type = \"colour\" }",
        "[greeting]\ntext.en = 5",
        "[store]\nurl = \"x\"",
        "buttons = [\"Yes\"]",
        "buttons = [{ id = \"yes\" }]",
        "choices = [{ id = \"a\", title = \"A\", goto = \"b\" }]",
        "list = { rows = [{ id = \"a\", title = \"A\" }] }",
        "list = { button = \"B\", rows = [{ id = \"a\", titel = \"A\" }] }",
        "numbered = \"yes\"",
        "media = { file = \"photos/a.jpg\" }",
        "media = { link = \"https://a.example/a\", kind = \"picture\" }",
        "location = { latitude = 25.0 }",
        "location = { latitude = 95.0, longitude = 121.5 }",
        "variants = [{ weight = 0, text = \"a\" }]",
        "cases = [{ text = \"a\" }]",
        "cooldown = \"an hour\"",
        "cooldown = { every = \"1h\", then = \"quiet\" }",
        "outside_window = \"keep\"",
        "[[template]]\nid = \"a\"\ncategory = \"promotion\"\nlanguages = [\"en\"]",
        "go = \"desk:care\"",
        "handoff = \"x\"",
    ] {
        let text = format!("{GOOD}{more}\n");
        assert!(!complaints(&schema, &text).is_empty(), "taken: {more}");
    }
}

#[test]
fn configurations_fit_and_their_mistakes_do_not() {
    let schema = config_files();
    let configurations = examples().into_iter().map(|example| example.join("usher.toml"));
    let starter = root().join("src/cli/starter/usher.toml");
    for path in configurations.chain([starter.clone()]) {
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(complaints(&schema, &text), [""; 0], "{}", path.display());
    }
    let good = fs::read_to_string(starter).unwrap();
    for (from, to) in [
        ("listen =", "lisen ="),
        ("\"25s\"", "25"),
        ("role = \"admin\"", "role = \"boss\""),
        ("{ env = \"WHATSAPP_TOKEN\" }", "\"EAAB\""),
        ("\"900000000000001\"", "900000000000001"),
        ("\"embedded:data\"", "\"redis://localhost\""),
        ("[store]", "[shop]"),
        ("\"never\"", "\"always\""),
    ] {
        assert!(good.contains(from), "{from}");
        let text = good.replacen(from, to, 1);
        assert!(!complaints(&schema, &text).is_empty(), "taken: {to}");
    }
}

#[test]
fn it_is_a_schema_of_the_draft_it_names() {
    for schema in [rules::schema::schema(), config::schema()] {
        assert!(jsonschema::draft7::meta::is_valid(&schema));
    }
}
