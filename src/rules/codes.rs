//! The manual of diagnostics: every code with its title and how to mend what it tells.
//!
//! A code keeps its number for ever. Each has a fixture in `tests/diagnostics`.

mod people;
mod stories;
mod syncing;
mod systems;

pub use people::*;
pub use stories::*;
pub use syncing::*;
pub use systems::*;

use super::diagnostic::Severity;

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `U001`…
    pub id: &'static str,
    /// How bad.
    pub severity: Severity,
    /// What is wrong, in general.
    pub title: &'static str,
    /// What it means and an example mend; plain text.
    pub explanation: &'static str,
}

/// Every code, by number.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [HERE, people::HERE, systems::HERE, stories::HERE, syncing::HERE].into_iter().flatten().copied()
}

/// The code of that number (`U012`, in any case).
#[must_use]
pub fn find(id: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(id))
}

macro_rules! codes {
    ($($name:ident $id:literal $severity:ident $title:literal $explanation:literal)*) => {
        $(
            #[doc = $title]
            pub static $name: Code = Code {
                id: $id,
                severity: Severity::$severity,
                title: $title,
                explanation: $explanation,
            };
        )*
        /// Every code of this file, by number.
        pub static HERE: &[&Code] = &[$(&$name),*];
    };
}

use codes;

codes! {
    NOT_UTF8 "U001" Error "the file is not UTF-8"
    r##"Rule files are UTF-8 text. Spreadsheets and old editors on Windows sometimes save UTF-16, Big5 or
CP949 instead. In the editor choose "Save as…" with the encoding UTF-8 and save again."##
    TOO_BIG "U002" Error "a file or the rule set is too big"
    r##"One rule file may have 8 MB, all files together 64 MB, and there may be 10,000 files. Large lists of
words belong into `words/NAME.txt`; a folder of other things does not belong among the rules."##
    UNKNOWN_FILE "U003" Warning "a file usher does not read"
    r##"A rule set is made of `*.toml`, `*.rhai`, `words/*.txt` and what it sends from `media/`. Hidden files, `README` and `*.md` are left alone;
anything else is named here because somebody may think it has an effect. Move it elsewhere, or rename it:

    lists/colours.txt  →  words/colours.txt"##
    SYNTAX "U004" Error "the file is not valid TOML"
    r##"The place shown is where reading stopped; the mistake may be just before it. The usual ones:

    text = 'it's ready'            →  text = "it's ready"
    words = ["a" "b"]              →  words = ["a", "b"]
    id = order                     →  id = "order"
    text = "Hi"  and  text.ko = "" →  text.en = "Hi"  and  text.ko = "…"
    text = “Hi”                    →  text = "Hi"            straight quotes, not curly ones
    words ＝ ["a"， "b"］          →  words = ["a", "b"]     no full-width signs, no full-width spaces
    expect: "1h"                   →  expect = "1h"
    // a note                      →  # a note
    numbered = yes                 →  numbered = true
    from = 15 April 2027           →  from = "2027-04-15"
    media = "C:\photos\menu.png"   →  media = "media/menu.png"

What stands below `[reply.text]` belongs to the text: put `examples`, `tags` and the rest above it, or write `text.ko = "…"` without a header.

Only the part between two headers that holds the mistake is skipped; everything else is checked all the same."##
    TABLE_SHAPE "U005" Error "one pair of brackets too many or too few"
    r##"What may occur many times is written with two pairs of brackets, what occurs once with one:

    [[reply]]      [[fallback]]    [[template]]
    [greeting]     [fields]     [language]     [hours.office]"##
    UNKNOWN_TABLE "U006" Error "a table that does not exist"
    r##"A rule file holds `[[reply]]`, `[[fallback]]`, `[greeting]`, `[[template]]`, `[fields]`, `[language]` and `[hours.NAME]`.

    [[replys]]  →  [[reply]]"##
    UNKNOWN_KEY "U007" Error "a key that does not exist"
    r##"Nothing is accepted and ignored: a key usher does not know would be a rule that does not do what it says.

    word = ["refund"]  →  words = ["refund"]"##
    MISPLACED_KEY "U008" Error "a key of another table"
    r##"In TOML a key belongs to the nearest header above it. A key written after the next header has slipped
into the wrong table: move it up, or write its own header first.

    [[reply]]                      [[reply]]
    id = "hello"                   id = "hello"
    [greeting]               →     priority = 5
    text = "Welcome!"
    priority = 5                   [greeting]
                                   text = "Welcome!""##
    NOT_YET "U009" Error "not part of this version"
    r##"The rule language has a meaning for this, but this version of usher cannot do it. It is refused rather than
ignored, so that no rule does less than it says. Take it out, or wait for the version that has it."##
    WRONG_TYPE "U010" Error "a value of the wrong type"
    r##"The key is right, its value is of another kind: a number where a text belongs, a text where a list belongs.

    priority = "5"     →  priority = 5
    new = "true"       →  new = true"##
    MISSING_KEY "U011" Error "a key is missing"
    r##"This table cannot be understood without it.

    [[reply]]              [[reply]]
    words = ["hi"]    →    id = "hello"
                           words = ["hi"]"##
    DUPLICATE "U012" Error "the same name twice"
    r##"Ids of rules, `misses` of fallbacks, fields, calendars, `[greeting]` and `[language]` are unique in the whole rule
set, whatever file they stand in. Both places are shown; rename one, or join the two."##
    BAD_NAME "U013" Error "a name with forbidden characters"
    r##"Ids consist of `a` to `z`, digits, `-`, `_` and `.`; they appear in reports and in the journal and should be easy to type.
`greeting` and `fallback.1` are names usher gives itself. Names of fields and values consist of `a` to `z`, digits and `_`.

    id = "Order status"  →  id = "order-status""##
    UNKNOWN_RULE "U014" Error "`after` names a rule that does not exist"
    r##"`after = "ID"` means: this answers the question that rule ID asked.

    after = "order_status"  →  after = "order-status""##
    UNKNOWN_LIST "U015" Error "a word list that does not exist"
    r##"`@name` stands for the lines of `words/name.txt`, or for a list that comes with usher. An entry that really begins with
the sign is written with a backslash.

    words = ["@shiping"]     →  words = ["@shipping"]
    words = ["@home_deco"]   →  words = ["\\@home_deco"]"##
    UNKNOWN_HOURS "U016" Error "a calendar that does not exist"
    r##"`hours` and `closed` name a calendar declared once in the rule set:

    [hours.office]
    zone = "Asia/Seoul"
    open = ["mon-fri 09:00-18:00"]"##
    UNKNOWN_NUMBER "U017" Error "a business number that does not exist"
    r##"`number` takes the `name` (or the id) of a `[[whatsapp.number]]` in `usher.toml`."##
    BAD_LANGUAGE "U018" Error "not a language"
    r##"Languages are written as BCP 47 tags: `en`, `ko`, `ja`, `zh-TW`, `pt-BR`. Countries are no languages.

    text.kr = "…"  →  text.ko = "…""##
    UNKNOWN_VALUE "U019" Error "a word that is none of the choices"
    r##"The key takes one of a few words.

    kind = "picture"  →  kind = "image""##
    UNKNOWN_FIELD "U020" Error "a field that is not declared"
    r##"`set` and `unset` change fields of the contact, which are declared once:

    [fields]
    last_order = { type = "text" }"##
    EMPTY_ENTRY "U021" Error "an entry of which nothing is left"
    r##"Entries and messages are compared in one normal form, without invisible characters and outer spaces. Of this entry nothing is
left, so it would match nothing, or everything. Take it out."##
    ONE_SYLLABLE "U022" Error "one Hangul syllable alone"
    r##"One syllable is found inside too many other words. Write the whole word, or say that it must be the whole message:

    words = ["네"]  →  whole = ["네"]"##
    LONG_ENTRY "U023" Error "an entry is too long"
    r##"An entry has at most 200 characters. Customers do not write whole paragraphs word for word; take the few words that matter."##
    ENTRY_SIGNS "U024" Error "`*` or `…` where they mean nothing"
    r##"`refund*` takes any ending, `arrive…late` finds both parts in this order. A sign that is meant as itself has a backslash before it:

    words = ["*"]    →  words = ["\\*"]"##
    TOO_MANY_ENTRIES "U025" Error "too many entries"
    r##"A rule set has at most 500,000 entries in all its lists, each use of a `@list` counted."##
    BAD_REGEX "U026" Error "a regex that cannot be read"
    r##"The place shown is where the expression goes wrong. Backslashes are doubled in "…" and single in '…':

    regex = "#(\d+)"   →  regex = '#(\d+)'

Look-around and back-references do not exist here: every regex runs in time that grows with the message only."##
    BIG_REGEX "U027" Error "a regex that is too big"
    r##"Counted repetitions of large classes make an expression huge. Usually a smaller bound, or none, says the same:

    regex = '\w{1,5000}'  →  regex = '\w+'"##
    BAD_DURATION "U028" Error "not a duration"
    r##"Durations are a whole number and `s`, `m`, `h` or `d`; several may follow each other.

    expect = "15 min"  →  expect = "15m""##
    BAD_DATE "U029" Error "not a date"
    r##"`from` and `until` take a day, or an instant with its offset. A day counts in the zone of the first calendar (`[hours.NAME]`
in the order of names), or in UTC where there is none; `until` includes its day.

    from  = "1.3.2026"  →  from = "2026-03-01"
    until = "2026-03-01T18:00:00+09:00""##
    FROM_AFTER_UNTIL "U030" Error "`from` is not before `until`"
    r##"No instant lies between the two, so the rule could never win. Exchange them, or correct the year."##
    NO_TRIGGER "U031" Error "a reply needs a trigger"
    r##"Without any condition a reply would answer every message. Give it one: `words`, `whole`, `starts`, `inside`, `regex`, `take`, `payload`,
`kind`, `after`, `when` and the like. What is said when nothing fits is a `[[fallback]]`."##
    NO_SAY "U032" Error "nothing is said"
    r##"A reply, the greeting and a fallback say something: `text`, `media`, `messages` and the like, or `react` alone. A reply that only acts
(tags, fields) is `also = true`. A reply with `cases` also needs a say of its own, for when no case holds."##
    ALSO_SAYS "U033" Error "an `also` rule must not say or ask"
    r##"`also = true` acts in addition to the rule that wins, which alone speaks and asks. Drop what it says (`text`, `cases`, `react`, `cooldown` …), `expect` and `ask_again`, or drop `also`."##
    TWO_SAYS "U034" Error "two ways to speak at once"
    r##"A rule speaks in one way: `text` (with `buttons`, `list`, `choices` or `media`), `location`, `template`, `script`, `messages`, `variants` or `go`.
Several messages stand in a list:

    messages = ["Thank you!", { media = "media/menu.jpg" }, { text = "More?", buttons = [{ id = "yes", title = "Yes" }] }]"##
    ASK_AGAIN_WITHOUT_AFTER "U035" Error "`ask_again` without `after`"
    r##"`ask_again` keeps the question open that the rule answers; `after` says which one.

    after     = "order-status"
    ask_again = 2"##
    BAD_TAKE "U036" Error "`take` with a kind of value that does not exist"
    r##"The kinds are `digits N`, `digits N-M`, `number`, `phone`, `email`, `date`, `date from today`, `time`, `name`, `rest` and `one_of @list`.

    take = { order_no = "digit 6-10" }  →  take = { order_no = "digits 6-10" }"##
    BAD_MATCH_NAME "U037" Error "a name that `match.NAME` cannot have"
    r##"Values taken from a message become `match.NAME`: `a` to `z`, digits and `_`, not beginning with a digit. `entry` is taken: it is the
entry that was found. A name stands for one value only."##
    NO_DEFAULT_LANGUAGE "U038" Error "texts by language without a default"
    r##"Once a text stands in several languages, usher must know which one to speak when nothing else fits:

    [language]
    default = "en""##
    NOT_IN_DEFAULT_LANGUAGE "U039" Error "a text that lacks the default language"
    r##"A customer whose language is not among the texts gets the default language; without it there would be nothing to say.

    text.ko = "네"        text.en = "Yes"
                     →    text.ko = "네""##
    SAME_LANGUAGE "U040" Error "the same language twice"
    r##"`zh-TW`, `zh-HK` and `zh-Hant` are one language here, as are `zh-CN`, `zh-SG` and `zh-Hans`, and `_` counts as `-`. Keep one of the two."##
    MISSING_LANGUAGE "U041" Warning "a text lacks a language used elsewhere"
    r##"Other texts of the rule set speak this language too. Customers who use it would suddenly be answered in the default language."##
    LONG_TEXT "U042" Error "a text is too long for WhatsApp"
    r##"A message has at most 4,096 characters (UTF-16 units). Split it: `messages = ["first part", "second part"]`."##
    TOO_MANY_MESSAGES "U043" Error "too many messages at once"
    r##"One answer is at most 10 messages. Join some of them with line breaks."##
    UNANSWERED "U044" Warning "a question nobody answers"
    r##"`expect` keeps a question open, but no live rule has `after` with this id, so nothing is ever asked. Write the rule that takes
the answer, or drop `expect`."##
    UNUSED_LIST "U045" Warning "a word list nobody uses"
    r##"No rule refers to the list as `@name`, so it has no effect."##
    EXAMPLE_CLASH "U046" Error "a sentence that two rules must win"
    r##"One message has one winner, so this example must fail in one of the two rules; or the same rule claims and disclaims it. Decide
which rule it belongs to. (Rules with other conditions, such as different `after`, may share a sentence.)"##
    BAD_TEXT "U047" Error "a text with a mistake inside `{{ }}`"
    r##"Texts are checked when they are loaded: names that do not exist, filters that do not exist, braces that are not closed.

    {{ contact.nmae }}  →  {{ contact.name }}"##
    BAD_SCRIPT "U048" Error "a mistake in a script or in `when`"
    r##"Scripts and conditions are compiled when they are loaded. `when` is an expression that is true or false.

    when = "session.turns >"  →  when = "session.turns > 6""##
    BAD_HOURS "U049" Error "a calendar that cannot be read"
    r##"    [hours.office]
    zone   = "Asia/Seoul"
    open   = ["mon-fri 10:00-12:30 13:30-18:00"]
    closed = [{ on = "2026-01-01", why = "New Year" }]"##
    BAD_FIELD "U050" Error "a field declared wrongly"
    r##"The types are `text`, `number`, `date`, `yes_no`, and `choice` with its values:

    [fields]
    size = { type = "choice", of = ["S", "M", "L"] }"##
    BAD_FIELD_VALUE "U051" Error "a value its field cannot hold"
    r##"A field of type `number` takes `42`, a `date` `2026-03-01`, a `yes_no` `yes` or `no`, a `choice` one of its `of`."##
    OUT_OF_RANGE "U052" Error "a number out of range"
    r##"The message says which numbers are possible. `misses` counts from 1; `ask_again` from 1 to 20."##
    BAD_LIST_LINE "U053" Error "a line of a word list that is no entry"
    r##"A word list has one entry a line; `#` begins a comment line. Lists do not refer to other lists: name both where they are used.

    words = ["@shipping", "@delivery"]"##
    NEVER_ASKED "U054" Error "`after` names a rule that never asks"
    r##"Only a reply that wins can ask. An `also` rule never wins, so its question is never open."##
    MATCHES_ALL "U055" Warning "a regex that matches every message"
    r##"The expression also matches nothing at all, so it is found in every message. `\d*` should probably be `\d+`. What is said when no
other rule fits is a `[[fallback]]`."##
    EMPTY_LIST "U056" Error "an empty list or text"
    r##"An empty list is no condition, and an empty text is no message. Fill it, or take the key out."##
    TOO_MANY_PROBLEMS "U057" Error "more problems than are listed"
    r##"Mend the ones listed first; the rest then come into view."##
    EXAMPLE_NOT_WON "U058" Error "an example that another rule answers, or none"
    r##"Every sentence of `examples` is decided as a new contact's message, with all rules present; this rule must win it. The label
says which rule won instead, or what stands in the way.

    words = ["refund"]             →  words = ["refund", "money back"]
    examples = ["my money back"]

Where another rule outranks it: a longer entry wins over a shorter one, between equals the rule that stands first; `none` in the other rule keeps it
away from the sentence, `priority` goes before all of these. A rule with conditions (hours, dates, languages, `after`…) counts in its own examples only.
Write the other rule's sentences into `not_examples` to keep the two apart."##
    COUNTER_EXAMPLE_WON "U059" Error "a counter-example that the rule answers"
    r##"A sentence of `not_examples` must not be won by its rule. The label says which entry won it. A rule with conditions (hours, dates…) counts in its
own examples only, so it cannot win this one in place of the rule. Put a word of it into `none`, or make the rule's words longer.

    words = ["refund"]                  →  words = ["refund"]
    not_examples = ["refund policy"]       none = ["policy"]"##
    STRAY_KEY "U060" Error "a key without the one it belongs to"
    r##"`header` and `footer` stand around `buttons`, `list` or `choices`; these stand below a `text`; `numbered` and `button` belong to `choices`, `params` to
a `template`.

    buttons = [{ id = "yes", title = "Yes" }]  →  text    = "Confirm?"
                                                  buttons = [{ id = "yes", title = "Yes" }]"##
    LONG_CAPTION "U061" Error "the text below media is too long"
    r##"The text below a picture, a video or a document has at most 1,024 characters (UTF-16 units). Send a long one by itself:

    messages = [{ media = "media/menu.jpg" }, "…"]"##
    CAPTION_HERE "U062" Error "a text below a sound or a sticker"
    r##"WhatsApp shows no text below sounds and stickers. Send two messages:

    messages = [{ media = "media/hello.ogg" }, "Hello!"]"##
    UNKNOWN_MEDIA "U063" Error "media WhatsApp does not take"
    r##"The ending tells the kind: jpg jpeg png are pictures; mp4 3gp videos; aac amr mp3 m4a ogg opus sounds; webp stickers; pdf doc docx xls xlsx ppt pptx
txt csv documents. Convert anything else. A link without an ending says its kind:

    media = { link = "https://shop.example/menu", kind = "document" }"##
    MEDIA_MISSING "U064" Error "a media file that is not there"
    r##"What is sent lies in the folder `media` of the rules, and is named with it; large and small letters count.

    media = "menu.jpg"  →  media = "media/menu.jpg""##
    BIG_MEDIA "U065" Error "a media file is too big for WhatsApp"
    r##"WhatsApp takes pictures up to 5 MB, videos and sounds up to 16 MB, documents up to 100 MB, stickers up to 500 KB."##
    BIG_STICKER "U066" Warning "a sticker that is too big unless it moves"
    r##"A sticker that moves may have 500 KB, one that does not only 100 KB, and WhatsApp refuses more. Make it smaller, unless it moves."##
    BAD_LINK "U067" Error "a link WhatsApp cannot fetch"
    r##"WhatsApp fetches the file itself, so the link is a whole web address, written out:

    media = "shop.example/menu.pdf"  →  media = "https://shop.example/menu.pdf""##
    BAD_MEDIA "U068" Error "media with what does not fit its kind"
    r##"`voice` belongs to `.ogg` sounds, `filename` to documents, and `kind` agrees with the ending, or is `document`.

    media = { file = "media/hello.ogg", voice = true }
    media = { file = "media/m.pdf", filename = "Menu.pdf" }"##
    BUTTON_COUNT "U069" Error "too many buttons"
    r##"WhatsApp shows one to three buttons. `choices` become a list by themselves where there are more:

    choices = [{ id = "a", title = "A", go = "rule-a" }, …]"##
    LONG_BUTTON "U070" Error "a button's title is too long"
    r##"The title of a button has at most 20 characters (UTF-16 units), the number before it counted where `choices` are `numbered`."##
    SAME_TITLE "U071" Error "two of a kind with one name"
    r##"Two buttons or choices of one message have the same title, or a choice has a word that is the name of another. Nobody could tell which one is meant."##
    BAD_TAP_ID "U072" Error "an id that cannot be sent"
    r##"The `id` of a button, a row or a choice is what a tap brings back. It is written in plain letters, without outer spaces; customers never see it.

    id = " yes"  →  id = "yes""##
    LONG_TAP_ID "U073" Error "the id of a button, a row or a choice is too long"
    r##"The id of a button has at most 256 characters, that of a row or a choice 200. Customers never see it: choose a short one."##
    SAME_TAP_ID "U074" Error "the same id twice in one message"
    r##"A tap brings the id back and nothing else, so each button, row or choice of a message has its own."##
    LONG_BODY "U075" Error "the text above buttons or a list is too long"
    r##"It has at most 1,024 characters (UTF-16 units). Send the long part before it:

    messages = ["…", { text = "Confirm?", buttons = [{ id = "yes", title = "Yes" }] }]"##
    LONG_HEADER "U076" Error "a header is too long"
    r##"A header has at most 60 characters (UTF-16 units)."##
    LONG_FOOTER "U077" Error "a footer is too long"
    r##"A footer has at most 60 characters (UTF-16 units)."##
    LONG_LIST_BUTTON "U078" Error "what opens a list is too long"
    r##"The button that opens a list has at most 20 characters (UTF-16 units)."##
    SECTION_COUNT "U079" Error "too many sections"
    r##"A list has at most 10 sections, and 10 rows in all of them."##
    ROW_COUNT "U080" Error "too many rows"
    r##"A list has at most 10 rows, all sections together. Let the last one lead to a second list."##
    LONG_ROW_TITLE "U081" Error "the title of a row is too long"
    r##"The title of a row has at most 24 characters (UTF-16 units), the number before it counted where `choices` are `numbered`. More belongs into `description`."##
    LONG_ROW_DESCRIPTION "U082" Error "the description of a row is too long"
    r##"The description of a row has at most 72 characters (UTF-16 units)."##
    LONG_SECTION_TITLE "U083" Error "the title of a section is too long"
    r##"The title of a section has at most 24 characters (UTF-16 units)."##
    SECTION_TITLE_MISSING "U084" Error "a section without a title beside others"
    r##"WhatsApp asks for a title where a list has more than one section.

    sections = [{ title = "Monday", rows = […] }, { title = "Tuesday", rows = […] }]"##
    CHOICE_COUNT "U085" Error "too many choices"
    r##"A menu has at most 10 choices: up to three are buttons, up to ten a list. Let the last one lead to a second menu."##
    BAD_LOCATION "U086" Error "a place off the map"
    r##"The latitude lies between -90 and 90 (south is negative), the longitude between -180 and 180 (west is negative).

    location = { latitude = 25.03, longitude = 121.56, name = "Shop" }"##
    BAD_REACTION "U087" Error "a reaction that is not one emoji"
    r##"WhatsApp puts exactly one emoji on a message.

    react = "ok"  →  react = "👍""##
    UNKNOWN_TEMPLATE "U088" Error "a template that is not declared"
    r##"A template that WhatsApp approved is declared once:

    [[template]]
    id        = "order_ready"
    category  = "utility"
    languages = ["en", "ko"]
    params    = ["name", "order_no"]"##
    TEMPLATE_PARAMS "U089" Error "a template filled wrongly"
    r##"Every place that the template declares in its `params` is filled, and no other.

    template = "order_ready"
    params   = { name = "{{ contact.name | default('there') }}", order_no = "{{ match.order_no }}" }"##
    BAD_PARAM "U090" Error "a value WhatsApp refuses in a template"
    r##"What fills a place of a template is one line: no line breaks, no tabs, no more than four spaces in a row. Line breaks belong into the template itself."##
    LONG_PARAMS "U091" Error "the values of a template are too long"
    r##"The values of a template have at most 1,024 characters (UTF-16 units) together."##
    BAD_TEMPLATE "U092" Error "a template declared wrongly"
    r##"The id is the template's name at WhatsApp: `a` to `z`, digits and `_`, at most 512. Its places have names of the same letters, each once; where
WhatsApp numbers them (`{{1}}`), they are still named here, in their order, with `format = "positional"`."##
    UNANSWERED_ID "U093" Error "an id that is sent and nobody answers"
    r##"A customer who taps it would get no answer. Either a rule answers the id, or the choice says where it goes:

    buttons = [{ id = "yes", title = "Yes" }]     choices = [{ id = "yes", title = "Yes", go = "confirmed" }]

    [[reply]]
    id      = "confirmed"
    payload = ["yes"]
    text    = "Thank you.""##
    TWO_ANSWERS "U094" Error "one id with two answers"
    r##"A tap may come days later and brings nothing but its id, so an id means the same wherever it is sent. Rename one of the two, or drop the `go`."##
    UNKNOWN_GO "U095" Error "`go` to a rule that does not exist"
    r##"`go` names the id of a reply, which then speaks as if it had won.

    go = "order_status"  →  go = "order-status""##
    BAD_GO "U096" Error "`go` to a rule that cannot speak"
    r##"An `also` rule never speaks, and a draft never acts. Name another rule, or set that one live."##
    GO_LOOP "U097" Error "`go` that comes to no end"
    r##"A rule goes to another that leads back to it, or over more than 8 rules. Let one of them say something itself. A menu may well lead back to itself by
its `choices`: there the customer taps in between."##
    UNUSED_MEDIA "U098" Warning "a media file nobody sends"
    r##"No rule names the file, so it is never sent."##
    UNUSED_TEMPLATE "U099" Warning "a template nobody sends"
    r##"No rule names the template, so it is never sent."##
    NOT_SHOWN "U100" Warning "something WhatsApp does not show here"
    r##"Up to three `choices` are buttons, which have no `description`, and need no `button` that opens a list. From four on both are shown."##
    SOMETIMES_ANSWERED "U101" Warning "an id that is sent and only sometimes answered"
    r##"One rule answers the id, and only while its other conditions hold. Whoever taps when they do not, perhaps days later, gets the fallback. The id says
enough by itself: drop the conditions, let `cases` make the difference, or answer everybody else with a second rule.

    payload = ["book"]                            payload = ["book"]
    hours   = "office"                        →   text    = "We open {{ hours.office.opens }}."
    text    = "One moment."                       cases   = [{ when = "hours.office.open", text = "One moment." }]"##
    COMMAS_IN_ENTRY "U102" Warning "one entry with commas"
    r##"One text is one entry, found where all of it is written. Several entries stand between brackets, each between quotes:

    words = "rose, tulip, lily"  →  words = ["rose", "tulip", "lily"]"##
    NEVER_BOTH "U103" Error "open and closed at once"
    r##"`hours` holds while the calendar is open, `closed` while it is not: with the same calendar in both the rule never holds. Write two rules, or
drop one of the two.

    hours = "shop"                 →  closed = "shop"
    closed = "shop""##
    SINGLE_BRACES "U104" Warning "a value between single braces"
    r##"A value stands between two braces on each side; between single ones it is sent as it stands.

    text = "Order { match.no }"  →  text = "Order {{ match.no }}""##
    NEVER_SPOKEN "U105" Warning "a text in a language nobody is answered in"
    r##"Korean, Japanese and Chinese are known by their letters. Every other language is not told apart yet: who writes in it is answered in the default
language. With a default of those three, a text in English is never sent. Make English the default; those who write Korean are answered in Korean all the
same.

    [language]
    default = "ko"  →  default = "en""##
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_the_order_of_their_numbers_and_explained() {
        assert!(all().is_sorted_by_key(|code| code.id));
        for (index, code) in all().enumerate() {
            let number = code.id.strip_prefix('U').and_then(|number| number.parse::<usize>().ok());
            assert!(code.id.len() == 4 && number.is_some_and(|number| number > index));
            assert!(code.explanation.len() > 40, "{}", code.id);
            assert_eq!(find(&code.id.to_lowercase()), Some(code));
        }
        assert_eq!(find("U999"), None);
    }
}
