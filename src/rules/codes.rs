//! The manual of diagnostics: every code with its title and how to mend what it tells.
//!
//! A code keeps its number for ever. Each has a fixture in `tests/diagnostics`.

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

/// The code of that number (`U012`, in any case).
#[must_use]
pub fn find(id: &str) -> Option<&'static Code> {
    ALL.iter().copied().find(|code| code.id.eq_ignore_ascii_case(id))
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
        /// Every code, by number.
        pub static ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    NOT_UTF8 "U001" Error "the file is not UTF-8"
    r##"Rule files are UTF-8 text. Spreadsheets and old editors on Windows sometimes save UTF-16, Big5 or
CP949 instead. In the editor choose "Save as…" with the encoding UTF-8 and save again."##
    TOO_BIG "U002" Error "a file or the rule set is too big"
    r##"One rule file may have 8 MB, all files together 64 MB, and there may be 10,000 files. Large lists of
words belong into `words/NAME.txt`; a folder of other things does not belong among the rules."##
    UNKNOWN_FILE "U003" Warning "a file usher does not read"
    r##"A rule set is made of `*.toml`, `*.rhai` and `words/*.txt`. Hidden files, `README` and `*.md` are left alone;
anything else is named here because somebody may think it has an effect. Move it elsewhere, or rename it:

    lists/colours.txt  →  words/colours.txt"##
    SYNTAX "U004" Error "the file is not valid TOML"
    r##"The place shown is where reading stopped; the mistake may be just before it. The usual ones:

    text = 'it's ready'            →  text = "it's ready"
    words = ["a" "b"]              →  words = ["a", "b"]
    id = order                     →  id = "order"
    text = "Hi"  and  text.ko = "" →  text.en = "Hi"  and  text.ko = "…"

Only the part between two headers that holds the mistake is skipped; everything else is checked all the same."##
    TABLE_SHAPE "U005" Error "one pair of brackets too many or too few"
    r##"What may occur many times is written with two pairs of brackets, what occurs once with one:

    [[reply]]      [[fallback]]
    [greeting]     [fields]     [language]     [hours.office]"##
    UNKNOWN_TABLE "U006" Error "a table that does not exist"
    r##"A rule file holds `[[reply]]`, `[[fallback]]`, `[greeting]`, `[fields]`, `[language]` and `[hours.NAME]`.

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
    r##"A reply, the greeting and a fallback say something: `text` or `messages`. A reply that only acts (tags, fields) is `also = true`."##
    ALSO_SAYS "U033" Error "an `also` rule must not say or ask"
    r##"`also = true` acts in addition to the rule that wins, which alone speaks and asks. Drop `text`, `messages`, `expect` and `ask_again`, or drop `also`."##
    TWO_SAYS "U034" Error "`text` and `messages` together"
    r##"One of the two: `text` is one message, `messages` a list of them.

    messages = ["Thank you!", "We are on it."]"##
    ASK_AGAIN_WITHOUT_AFTER "U035" Error "`ask_again` without `after`"
    r##"`ask_again` keeps the question open that the rule answers; `after` says which one.

    after     = "order-status"
    ask_again = 2"##
    BAD_TAKE "U036" Error "`take` with a kind of value that does not exist"
    r##"The kinds are `digits N`, `digits N-M`, `number`, `phone`, `email`, `date`, `time`, `name`, `rest` and `one_of @list`.

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
    examples = ["my money back"]"##
    COUNTER_EXAMPLE_WON "U059" Error "a counter-example that the rule answers"
    r##"A sentence of `not_examples` must not be won by its rule. Put a word of it into `none`, or make the rule's words longer.

    words = ["refund"]                  →  words = ["refund"]
    not_examples = ["refund policy"]       none = ["policy"]"##
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_numbered_without_gaps_and_explained() {
        for (index, code) in ALL.iter().enumerate() {
            assert_eq!(code.id, format!("U{:03}", index + 1));
            assert!(code.explanation.len() > 40, "{}", code.id);
            assert_eq!(find(&code.id.to_lowercase()), Some(*code));
        }
        assert_eq!(find("U999"), None);
    }
}
