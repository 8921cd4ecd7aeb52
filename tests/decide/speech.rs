//! What a rule says: variants, cases, go, scripts, templates, media, and what cannot be said.

use super::talk::{Talk, contents, counted, rules, rules_with, texts, verdict};
use usherd::model::{
    Contact, ContactId, Content, Effect, MediaKind, MediaSource, MessageKind, Outside, Param,
    Purpose, Timestamp,
};
use usherd::rules::Sources;
use usherd::rules::sources::MediaFile;

const VARIANTS: &str = r#"
[[reply]]
id = "hello"
words = ["hello"]
variants = [
  { weight = 3, text = "Hello." },
  { weight = 1, messages = ["Hi.", "How are you?"] },
]
"#;

#[test]
fn a_contact_always_hears_the_same_variant_and_is_counted() {
    let mut talk = Talk::new(rules(VARIANTS));
    let decision = talk.hear("hello");
    let first = texts(&decision);
    let number = if first == ["Hello."] { 1 } else { 2 };
    assert_eq!(counted(&decision, "variant"), [format!("hello#{number}")]);
    assert_eq!(talk.why("hello", "hello"), format!("won: variant {number}"));
    for _ in 0..5 {
        assert_eq!(talk.say("hello").1, first);
    }
}

#[test]
fn variants_come_as_often_as_they_weigh() {
    let rules = rules(VARIANTS);
    let mut heavy = 0;
    for number in 0..10_000 {
        let mut talk = Talk::new(rules.clone());
        talk.state.contact = Contact::new(ContactId(uuid::Uuid::from_u128(number)), Timestamp(0));
        let said = talk.say("hello").1;
        assert!(said == ["Hello."] || said == ["Hi.", "How are you?"], "{said:?}");
        heavy += u32::from(said.len() == 1);
    }
    assert!((7_300..7_700).contains(&heavy), "three of four: {heavy}");
}

const CASES: &str = r#"
[[reply]]
id = "photo"
kind = ["image", "text", "video"]
text = "Thanks."
cases = [
  { when = "message.kind == \"image\"", text = "Nice picture." },
  { when = "contact.messages > 1 && message.kind == \"video\"", go = "film" },
  { when = "message.text == \"fail\" && [1, 2][message.text.len] == 1", text = "never" },
]
[[reply]]
id = "film"
words = ["film"]
priority = 1
text = "A film."
tags = ["film"]
[[fallback]]
misses = 1
text = "Sorry."
"#;

#[test]
fn the_first_case_that_holds_speaks() {
    let mut talk = Talk::new(rules(CASES));
    let decision = talk.send(MessageKind::Image);
    assert_eq!(
        (verdict(&decision), texts(&decision)),
        ("photo".into(), vec!["Nice picture.".into()])
    );
    assert_eq!(decision.trace.how, ["case 1"]);
    assert_eq!(talk.say("well"), ("photo".into(), vec!["Thanks.".into()]));
    let decision = talk.send(MessageKind::Video);
    assert_eq!((verdict(&decision), texts(&decision)), ("film".into(), vec!["A film.".into()]));
    assert_eq!(decision.trace.how, ["case 2", "`go` of `photo`"]);
    assert_eq!(counted(&decision, "won"), ["film"]);
    assert!(talk.state.contact.tags.contains("film"));
}

#[test]
fn a_case_that_fails_is_told_and_the_fallback_speaks() {
    let mut talk = Talk::new(rules(CASES));
    let decision = talk.hear("fail");
    assert_eq!(
        (verdict(&decision), texts(&decision)),
        ("fallback.1".into(), vec!["Sorry.".into()])
    );
    assert_eq!(counted(&decision, "script_failed"), ["photo"]);
    let told = |note: &String| note.starts_with("case 3 of `photo` failed: ");
    assert!(decision.trace.notes.iter().any(told), "{:?}", decision.trace.notes);
}

#[test]
fn go_gives_the_place_to_another_rule_and_what_stands_beside_both_acts() {
    let toml = r#"
[[reply]]
id = "a"
words = ["delivery"]
go = "b"
tags = ["from-a"]
examples = ["delivery"]
[[reply]]
id = "b"
words = ["bee", "lift"]
go = "c"
tags = ["from-b"]
[[reply]]
id = "c"
words = ["sea", "lift"]
lang = "ko"
text = "{{ contact.name }}: c"
tags = ["from-c"]
react = "🚚"
"#;
    let mut talk = Talk::new(rules(toml));
    let decision = talk.hear("delivery");
    assert_eq!(
        (verdict(&decision), texts(&decision)),
        ("c".into(), vec!["Ana: c".into(), "[reaction 🚚]".into()])
    );
    let told: Vec<String> =
        decision.trace.candidates.iter().map(|c| format!("{}: {}", c.rule, c.reason)).collect();
    assert_eq!(told, ["c: won", "a: won and went to `b`", "b: won and went to `c`"]);
    assert_eq!(decision.trace.how, ["`go` of `a`", "`go` of `b`"]);
    assert_eq!(
        (counted(&decision, "won"), counted(&decision, "matched")),
        (vec!["c".into()], vec!["a".into()])
    );
    assert_eq!(Vec::from_iter(&talk.state.contact.tags), ["from-a", "from-b", "from-c"]);
    assert_eq!(talk.why("delivery", "c"), "won: `go` of `a`, `go` of `b`");
    let decision = talk.hear("delivery by bee, or a lift");
    let told: Vec<String> =
        decision.trace.candidates.iter().map(|c| format!("{}: {}", c.rule, c.reason)).collect();
    assert_eq!(told, ["c: won", "a: won and went to `b`", "b: won and went to `c`"], "each once");
}

#[test]
fn a_script_says_a_text_a_list_or_nothing_and_fails_in_the_open() {
    let toml = r#"
[[reply]]
id = "price"
words = ["price"]
script = "price_text"
[[fallback]]
misses = 1
text = "Sorry."
"#;
    let script = r#"
fn price_text() {
    if message.text == "price list" { return ["One.", "", "Two."]; }
    if message.text == "price?" { return ""; }
    if message.text == "price!" { return 7; }
    if message.text == "price..." { let long = "12345678"; for n in 0..10 { long += long; } return long; }
    `Ten for ${contact.name}.`
}
"#;
    let rules = rules_with(&[("shop.toml", toml), ("price.rhai", script)]);
    let mut talk = Talk::new(rules);
    assert_eq!(talk.say("the price"), ("price".into(), vec!["Ten for Ana.".into()]));
    assert_eq!(talk.say("price list").1, ["One.", "Two."]);
    let decision = talk.hear("price?");
    assert_eq!((verdict(&decision), texts(&decision)), ("price".into(), vec![]));
    assert_eq!(counted(&decision, "script_silent"), ["price"]);
    let decision = talk.hear("price!");
    assert_eq!(
        (verdict(&decision), texts(&decision)),
        ("fallback.1".into(), vec!["Sorry.".into()])
    );
    assert_eq!(counted(&decision, "script_failed"), ["price"]);
    assert!(
        decision.trace.notes[0].starts_with("script of `price` failed: "),
        "{:?}",
        decision.trace.notes
    );
    let decision = talk.hear("price...");
    assert_eq!(texts(&decision), ["Sorry."]);
    assert!(decision.trace.notes[0].contains("8192 characters; WhatsApp takes 4096"));
}

const TEMPLATE: &str = r#"
[language]
default = "en"
[fields]
order_no = { type = "text" }
[[template]]
id = "order_ready"
category = "utility"
languages = ["en", "ko", "zh_TW"]
params = ["name", "order_no"]
[[template]]
id = "code"
category = "authentication"
languages = ["ja"]
params = ["one"]
format = "positional"
[[reply]]
id = "ready"
words = ["ready", "준비", "好了"]
template = "order_ready"
params = { order_no = "{{ contact.fields.order_no }}", name = "Ana" }
[[reply]]
id = "code"
words = ["code"]
template = "code"
params = { one = "77" }
[[reply]]
id = "news"
words = ["news"]
messages = ["First.", "Second."]
outside_window = { template = "order_ready", params = { order_no = "{{ contact.fields.order_no }}", name = "B" } }
[[reply]]
id = "kept"
words = ["kept"]
messages = ["First.", "Second."]
outside_window = "queue"
[[fallback]]
misses = 1
text = "Sorry."
"#;

#[test]
fn a_template_goes_in_the_language_it_has_with_its_own_purpose_and_no_window() {
    for (text, language) in [("ready?", "en"), ("준비됐나요", "ko"), ("好了嗎", "zh_TW")] {
        let mut talk = Talk::new(rules(TEMPLATE));
        talk.state.contact.fields.insert("order_no".into(), "12\n 34".into());
        let decision = talk.hear(text);
        let Effect::Send { content, purpose, guards, .. } = &decision.effects[0] else {
            panic!("no message")
        };
        let Content::Template { name, language: sent, params } = content else {
            panic!("{content:?}")
        };
        assert_eq!((name.as_str(), sent.as_str()), ("order_ready", language));
        let param = |name: &str, text: &str| Param { name: Some(name.into()), text: text.into() };
        assert_eq!(*params, [param("name", "Ana"), param("order_no", "12 34")], "in one line");
        assert_eq!(*purpose, Purpose::Utility);
        assert!(guards.bot_owns && !guards.window_open);
    }
    let decision = Talk::new(rules(TEMPLATE)).hear("code");
    let Content::Template { language, params, .. } = &contents(&decision)[0] else { panic!() };
    assert_eq!((language.as_str(), &params[0].name), ("ja", &None));
}

#[test]
fn what_is_said_outside_the_window_is_held_or_a_template() {
    let mut talk = Talk::new(rules(TEMPLATE));
    talk.state.contact.fields.insert("order_no".into(), "12".into());
    let outside = |decision: &usherd::decide::Decision| -> Vec<String> {
        let each = |effect: &Effect| {
            let Effect::Send { outside, .. } = effect else { panic!("no message") };
            match outside {
                Outside::Template { content, .. } => content.in_words(),
                other => format!("{other:?}"),
            }
        };
        decision.effects.iter().map(each).collect()
    };
    let template = "[template order_ready (en): B · 12]";
    assert_eq!(outside(&talk.hear("news")), [template, "Drop"], "one stands for the whole answer");
    assert_eq!(outside(&talk.hear("kept")), ["Queue", "Queue"]);
    assert_eq!(outside(&talk.hear("code")), ["Drop"]);
    talk.state.contact.fields.clear();
    let decision = talk.hear("news");
    assert_eq!(texts(&decision), ["First.", "Second."], "it is said within the window");
    assert_eq!(counted(&decision, "outside_failed"), ["news"]);
}

#[test]
fn what_became_too_long_is_not_sent_at_all() {
    let toml = r#"
[fields]
city = { type = "text" }
[[reply]]
id = "title"
words = ["title"]
messages = ["Before.", { text = "Where?", buttons = [{ id = "here", title = "{{ contact.fields.city }}" }] }]
[[reply]]
id = "body"
words = ["body"]
text = "{{ contact.fields.city }}"
buttons = [{ id = "here", title = "Here" }]
[[reply]]
id = "numbered"
words = ["numbered"]
text = "Which?"
choices = [{ id = "one", title = "{{ contact.fields.city }}", go = "there" }]
numbered = true
[[reply]]
id = "caption"
words = ["caption"]
media = "https://example.org/a.jpg"
text = "{{ contact.fields.city }}"
[[reply]]
id = "empty"
words = ["empty"]
text = "{% if contact.fields.city == 'x' %}never{% endif %}"
[[reply]]
id = "there"
payload = ["here"]
text = "There."
[[fallback]]
misses = 1
text = "Sorry."
"#;
    let rules = rules(toml);
    for (text, city, why) in [
        ("title", 21, "the title of a button has 21 characters; WhatsApp takes 20"),
        ("body", 1_025, "the text has 1025 characters; WhatsApp takes 1024"),
        ("numbered", 18, "the title of a button has 21 characters; WhatsApp takes 20"),
        ("caption", 1_025, "the caption has 1025 characters; WhatsApp takes 1024"),
        ("empty", 1, "the text is empty"),
    ] {
        let mut talk = Talk::new(rules.clone());
        talk.state.contact.fields.insert("city".into(), "가".repeat(city));
        let decision = talk.hear(text);
        assert_eq!(texts(&decision), ["Sorry."], "{text}");
        assert_eq!(counted(&decision, "text_failed"), [text]);
        assert_eq!(decision.trace.notes, [format!("text of `{text}` failed: {why}")]);
        assert_eq!(talk.state.conversation.menu, None);
        if city > 1 {
            talk.state.contact.fields.insert("city".into(), "가".repeat(city - 1));
            assert_eq!(talk.say(text).0, text, "one character less fits");
        }
    }
}

#[test]
fn media_and_places_go_as_they_are() {
    let toml = r#"
[[reply]]
id = "card"
words = ["menu card"]
messages = [
  { media = "media/card.jpg", text = "For {{ contact.name }}" },
  { media = { link = "https://example.org/x", kind = "document", filename = "Card.pdf" } },
  { media = { file = "media/hello.ogg", voice = true } },
  { location = { latitude = 25.03, longitude = 121.56, name = "Shop" } },
]
"#;
    let digest = |byte: &str| byte.repeat(32);
    let file = |byte: &str| MediaFile { sha256: digest(byte), bytes: 1_000 };
    let sources = Sources {
        media: [("media/card.jpg", file("ab")), ("media/hello.ogg", file("cd"))]
            .map(|(path, file)| (path.to_owned(), file))
            .into(),
        ..Sources::default()
    };
    let checked = usherd::decide::check(&sources.with("a.toml", toml), &Default::default());
    let mut talk =
        Talk::new(checked.ruleset.unwrap_or_else(|| panic!("{:?}", checked.diagnostics)));
    let decision = talk.hear("the menu card");
    let [Content::Media(card), Content::Media(paper), Content::Media(hello), place] =
        &contents(&decision)[..]
    else {
        panic!("{decision:?}")
    };
    let source = MediaSource::File { sha256: digest("ab"), mime: "image/jpeg".into() };
    assert_eq!((card.kind, &card.source), (MediaKind::Image, &source));
    assert_eq!(card.caption.as_deref(), Some("For Ana"));
    assert_eq!((paper.kind, paper.filename.as_deref()), (MediaKind::Document, Some("Card.pdf")));
    assert!(hello.voice && hello.kind == MediaKind::Audio);
    assert_eq!(place.in_words(), "[location: 25.03 121.56 Shop]");
}
