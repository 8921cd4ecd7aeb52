//! The shipped word lists: `@stop @yes @no @cancel @agent @menu @thanks @hello`, each in English,
//! Korean, Traditional and Simplified Chinese, Spanish and Japanese.
//!
//! A list of the same name in the rules' own `words/` takes the place of a shipped one.

/// Names of the shipped lists.
pub const SHIPPED: [&str; 8] = ["stop", "yes", "no", "cancel", "agent", "menu", "thanks", "hello"];

/// The text of a shipped list, in the form of a `words/*.txt` file; `None` for another name.
#[must_use]
pub fn shipped(name: &str) -> Option<&'static str> {
    Some(match name {
        "stop" => include_str!("words/stop.txt"),
        "yes" => include_str!("words/yes.txt"),
        "no" => include_str!("words/no.txt"),
        "cancel" => include_str!("words/cancel.txt"),
        "agent" => include_str!("words/agent.txt"),
        "menu" => include_str!("words/menu.txt"),
        "thanks" => include_str!("words/thanks.txt"),
        "hello" => include_str!("words/hello.txt"),
        _ => return None,
    })
}

/// The entries of a list: one a line, `#` begins a comment, empty lines count for nothing.
/// Gives each with its byte offset in the text.
pub fn entries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let entry = line.split('#').next().unwrap_or_default();
        let lead = entry.len() - entry.trim_start().len();
        let entry = entry.trim().trim_start_matches('\u{feff}');
        (!entry.is_empty()).then_some((start + lead, entry))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::matcher::{GroupId, MatcherBuilder, Mode};

    #[test]
    fn every_shipped_entry_can_be_matched_whole() {
        for name in SHIPPED {
            let text = shipped(name).expect("it is shipped");
            assert!(entries(text).count() >= 15, "{name}");
            for (at, entry) in entries(text) {
                assert!(text[at..].starts_with(entry));
                let added = MatcherBuilder::default().add(GroupId(0), Mode::Whole, entry);
                assert!(added.is_ok(), "{name}: {entry}: {added:?}");
            }
        }
    }
}
