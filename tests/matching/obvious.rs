//! The meaning of an entry once more, told as slowly and obviously as can be, and held against the
//! automaton on texts of mixed scripts. Nothing here is shared with what it judges but the normal
//! form.

use proptest::prelude::*;
use usherd::limits::ENTRY_GAP_CHARS_MAX;
use usherd::rules::matcher::{EntryError, GroupId, MatcherBuilder, Mode};
use usherd::text::normal;

/// What entries and messages are made of: a few of every kind, so that they meet often.
const TOKENS: [&str; 26] = [
    "a",
    "b",
    "ж",
    "ع",
    "ع\u{64b}",
    "가",
    "나",
    "가",
    "나",
    "中",
    "か",
    "ก",
    "1",
    "2",
    ".",
    ",",
    " ",
    " ",
    "+",
    "👨",
    "👩",
    "👨\u{200d}👩",
    "ㅋ",
    "ㅎㅎ",
    "ㅠ",
    "ㅇ",
];

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Letter,
    Mark,
    Hangul,
    Free,
    Digit,
    Emoji,
    Other,
}

fn kind(c: char) -> Kind {
    match c {
        'a' | 'b' | 'ж' | 'ع' => Kind::Letter,
        '\u{64b}' => Kind::Mark,
        '가'..='힣' | '\u{1100}'..='\u{11ff}' => Kind::Hangul,
        '中' | 'か' | 'ก' => Kind::Free,
        '1' | '2' => Kind::Digit,
        '👨' | '👩' | '\u{200d}' => Kind::Emoji,
        _ => Kind::Other,
    }
}

/// Where `entry` may end if it begins at `at`: a space beside Hangul may be left out.
fn ends(entry: &[char], message: &[char], at: usize) -> Vec<usize> {
    let mut ends = vec![at];
    for (i, c) in entry.iter().enumerate() {
        let beside = |j: Option<usize>| {
            j.and_then(|j| entry.get(j)).is_some_and(|c| kind(*c) == Kind::Hangul)
        };
        let optional = *c == ' ' && (beside(i.checked_sub(1)) || beside(Some(i + 1)));
        let mut next = if optional { ends.clone() } else { Vec::new() };
        next.extend(ends.iter().filter(|at| message.get(**at) == Some(c)).map(|at| at + 1));
        ends = next;
    }
    ends
}

/// The last character that is no mark.
fn last_kind(text: &[char]) -> Kind {
    text.iter().rev().map(|c| kind(*c)).find(|kind| *kind != Kind::Mark).unwrap_or(Kind::Letter)
}

fn begins_well(message: &[char], from: usize) -> bool {
    let Some(before) = from.checked_sub(1) else { return true };
    let neighbour = kind(message[before]);
    match kind(message[from]) {
        Kind::Letter | Kind::Mark => !matches!(neighbour, Kind::Letter | Kind::Mark | Kind::Digit),
        Kind::Hangul => neighbour != Kind::Hangul,
        Kind::Digit => {
            let beyond = before.checked_sub(1).map(|i| kind(message[i]));
            neighbour != Kind::Digit
                && !(matches!(message[before], '.' | ',') && beyond == Some(Kind::Digit))
        }
        _ => true,
    }
}

fn ends_well(message: &[char], from: usize, to: usize) -> bool {
    let Some(after) = message.get(to) else { return true };
    let neighbour = kind(*after);
    match last_kind(&message[from..to]) {
        Kind::Letter => !matches!(neighbour, Kind::Letter | Kind::Mark | Kind::Digit),
        Kind::Digit => {
            let beyond = message.get(to + 1).map(|c| kind(*c));
            neighbour != Kind::Digit && !(matches!(after, '.' | ',') && beyond == Some(Kind::Digit))
        }
        _ => true,
    }
}

fn emoji_are_whole(message: &[char], from: usize, to: usize) -> bool {
    let joined = |at: usize| message.get(at) == Some(&'\u{200d}');
    let begins = kind(message[from]) == Kind::Emoji
        && (joined(from) || from.checked_sub(1).is_some_and(joined));
    let ends = kind(message[to - 1]) == Kind::Emoji && (joined(to) || joined(to - 1));
    !begins && !ends
}

/// Every place of one part, as characters of the message.
fn places(mode: Mode, part: &str, message: &[char], first: bool) -> Vec<(usize, usize)> {
    let any_ending = part.ends_with('*');
    let entry: Vec<char> = normal(part.trim_end_matches('*')).chars().collect();
    let mut places = Vec::new();
    for from in 0..message.len() {
        for to in ends(&entry, message, from) {
            let counts = emoji_are_whole(message, from, to)
                && match mode {
                    Mode::Words => {
                        begins_well(message, from) && (any_ending || ends_well(message, from, to))
                    }
                    Mode::Starts => !first || from == 0,
                    _ => true,
                };
            if counts {
                places.push((from, if any_ending { word_end(message, from, to) } else { to }));
            }
        }
    }
    places
}

fn word_end(message: &[char], from: usize, to: usize) -> usize {
    let mut end = to;
    while matches!(last_kind(&message[from..to]), Kind::Letter | Kind::Digit)
        && message
            .get(end)
            .is_some_and(|c| matches!(kind(*c), Kind::Letter | Kind::Mark | Kind::Digit))
    {
        end += 1;
    }
    end
}

/// Where the first place begins that an entry is found at.
fn first_place(mode: Mode, entry: &str, message: &[char]) -> Option<usize> {
    if mode == Mode::Whole {
        return (key(&normal(entry)) == key(&String::from_iter(message))).then_some(0);
    }
    let mut parts = entry.split('…');
    let mut chains = places(mode, parts.next()?, message, true);
    for part in parts {
        let next = places(mode, part, message, false);
        chains = chains
            .iter()
            .flat_map(|(start, end)| {
                let close = move |from: usize| from >= *end && from - end <= ENTRY_GAP_CHARS_MAX;
                next.iter().filter(move |(from, _)| close(*from)).map(|(_, to)| (*start, *to))
            })
            .collect();
    }
    chains.into_iter().map(|(start, _)| start).min()
}

fn key(text: &str) -> String {
    let told: Vec<char> = text.chars().filter(|c| kind(*c) != Kind::Emoji).collect();
    let all: Vec<char> = text.chars().collect();
    let keys = [serious(told.clone()), unsigned(told), unsigned(all.clone()), all];
    let tight = keys.into_iter().map(|key| key.into_iter().filter(|c| *c != ' ').collect());
    tight.into_iter().find(|key: &String| !key.is_empty()).unwrap_or_default()
}

fn unsigned(mut text: Vec<char>) -> Vec<char> {
    while text.last().is_some_and(|c| " .,".contains(*c)) {
        text.pop();
    }
    while text.first().is_some_and(|c| " .,".contains(*c)) {
        text.remove(0);
    }
    text
}

/// Without laughter at the ends: turned round and back until nothing more falls off.
fn serious(text: Vec<char>) -> Vec<char> {
    let mut text = unsigned(text);
    loop {
        let before = text.len();
        for _ in 0..2 {
            take_laughter(&mut text);
            text = unsigned(text);
            text.reverse();
        }
        if text.len() == before {
            return text;
        }
    }
}

/// Takes a run of laughter off the end, whichever end that is: a laugh and a tear are one syllable
/// where they met, and a letter alone beside another letter stays.
fn take_laughter(text: &mut Vec<char>) {
    let laughs = ['\u{110f}', '\u{1112}'];
    let tears = ['\u{1172}', '\u{116e}'];
    let is_run = |c: &char| laughs.contains(c) || tears.contains(c);
    let run = text.iter().rev().take_while(|c| is_run(c)).count();
    let rest = text.len() - run;
    let letter = |c: &char| ('\u{1100}'..='\u{11ff}').contains(c);
    if run == 0 || (run == 1 && rest.checked_sub(1).is_some_and(|i| letter(&text[i]))) {
        return;
    }
    let nearest = text[rest];
    text.truncate(rest);
    if let [.., beyond, met] = text.as_slice()
        && "큐쿠휴후".contains(*met)
    {
        let onward = laughs.contains(beyond) && tears.contains(&nearest);
        let back = tears.contains(beyond) && laughs.contains(&nearest);
        if onward || back {
            text.pop();
        }
    }
}

fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(TOKENS.to_vec()), length)
        .prop_map(|tokens| tokens.concat())
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        4 => Just(Mode::Words),
        1 => Just(Mode::Whole),
        1 => Just(Mode::Starts),
        1 => Just(Mode::Inside),
    ]
}

/// One to three parts, some with any ending, as far as the mode knows the signs.
fn entry(mode: Mode) -> impl Strategy<Value = String> {
    let parts = if mode == Mode::Whole { 1..2_usize } else { 1..4 };
    let part = (text(1..4), any::<bool>()).prop_map(move |(text, any_ending)| {
        if any_ending && mode == Mode::Words { format!("{text}*") } else { text }
    });
    proptest::collection::vec(part, parts).prop_map(|parts| parts.join("…"))
}

fn entries() -> impl Strategy<Value = Vec<(Mode, String)>> {
    let one = mode().prop_flat_map(|mode| entry(mode).prop_map(move |entry| (mode, entry)));
    proptest::collection::vec(one, 1..12)
}

/// Why an entry must be refused.
fn refusal(mode: Mode, entry: &str) -> Option<EntryError> {
    let parts: Vec<String> =
        entry.split('…').map(|part| normal(part.trim_end_matches('*'))).collect();
    let whole = parts.concat();
    if parts.len() == 1 && whole.is_empty() {
        return Some(EntryError::Empty);
    }
    if parts.iter().any(String::is_empty) {
        return Some(EntryError::Signs("`…` needs a word on both sides"));
    }
    let is_one = whole.chars().count() == 1 && whole.chars().all(|c| kind(c) == Kind::Hangul);
    (is_one && mode != Mode::Whole).then_some(EntryError::OneSyllable)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_automaton_agrees_with_the_obvious_scan(entries in entries(), message in text(0..40)) {
        let message = normal(&message);
        let chars: Vec<char> = message.chars().collect();
        let mut builder = MatcherBuilder::default();
        let mut taken = Vec::new();
        for (group, (mode, entry)) in (0..).map(GroupId).zip(&entries) {
            let added = builder.add(group, *mode, entry);
            match refusal(*mode, entry) {
                None if added.is_ok() => taken.push((group, *mode, entry)),
                // `……` is one gap where words stand on both sides.
                Some(EntryError::Signs(_)) if entry.contains("…") => {}
                refusal => prop_assert_eq!(added.err(), refusal, "{}", entry),
            }
        }
        let found = builder.build().expect("few entries").find(&message);
        for (group, mode, entry) in taken {
            let hit = found.hits.iter().find(|hit| hit.group == group);
            let begins = hit.map(|hit| message[..hit.span.start].chars().count());
            let expected = first_place(mode, entry, &chars);
            prop_assert_eq!(begins, expected, "{:?} {:?} in {:?}", mode, entry, message);
        }
    }
    /// A random message seldom is a random entry: here it is one, with something around it.
    #[test]
    fn what_stands_around_a_whole_message_agrees(
        before in text(0..5), entry in text(1..5), after in text(0..5),
    ) {
        let mut builder = MatcherBuilder::default();
        if builder.add(GroupId(0), Mode::Whole, &entry).is_ok() {
            let message = normal(&format!("{before}{entry}{after}"));
            let chars: Vec<char> = message.chars().collect();
            let expected = first_place(Mode::Whole, &entry, &chars).is_some();
            let found = builder.build().expect("one entry").find(&message);
            prop_assert_eq!(!found.hits.is_empty(), expected, "{:?} in {:?}", entry, message);
        }
    }
}
