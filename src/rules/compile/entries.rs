//! Lists of entries → groups of the matcher; `@name` is replaced by the lines of the list.

use super::bench::Bench;
use crate::limits;
use crate::rules::codes::{self, Code};
use crate::rules::diagnostic::Diagnostic;
use crate::rules::draft::Entries;
use crate::rules::lists;
use crate::rules::matcher::{EntryError, GroupId, Mode};
use crate::rules::problems::At;
use crate::rules::ruleset::Group;
use crate::rules::suggest;

/// A list somebody refers to.
enum List<'a> {
    /// `words/NAME.txt`, with its sheet.
    Own(usize, &'a [At<String>]),
    /// It comes with usher.
    Shipped(Vec<&'static str>),
}

impl<'a> Bench<'a> {
    /// One group for a whole list of entries; `None` without a list.
    pub fn group(
        &mut self,
        sheet: usize,
        entries: &Entries,
        mode: Mode,
        group: Group,
    ) -> Option<GroupId> {
        let entries = entries.as_ref()?;
        let id = self.new_group(group);
        for entry in &entries.value {
            self.entry(sheet, entry, mode, id);
        }
        Some(id)
    }

    /// A group for each entry: every one of them must be hit. A list counts as one entry.
    pub fn group_each(
        &mut self,
        sheet: usize,
        entries: &Entries,
        mode: Mode,
        group: Group,
    ) -> Vec<GroupId> {
        let Some(entries) = entries else { return Vec::new() };
        let mut groups = Vec::new();
        for entry in &entries.value {
            let id = self.new_group(group);
            self.entry(sheet, entry, mode, id);
            groups.push(id);
        }
        groups
    }

    /// The group of the list `@cancel`.
    pub fn cancel(&mut self) {
        let id = self.new_group(Group::Cancel);
        self.lists_used.insert("cancel".to_owned());
        match self.list("cancel") {
            Some(List::Own(sheet, lines)) => {
                for line in lines {
                    self.add(sheet, line, Mode::Whole, id);
                }
            }
            // A shipped list is sound; a test of the lists holds it.
            Some(List::Shipped(lines)) => {
                for line in lines {
                    let _ = self.matcher.add(id, Mode::Whole, line);
                }
            }
            None => {}
        }
    }

    /// Entries of a list, as written and in the normal form, for `one_of @list`; reported and
    /// `None` where there is no such list.
    pub fn choices(&mut self, sheet: usize, name: &At<String>) -> Option<Vec<(String, String)>> {
        let lines: Vec<String> = match self.refer(sheet, &name.value, name)? {
            List::Own(_, lines) => lines.iter().map(|line| line.value.clone()).collect(),
            List::Shipped(lines) => lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        Some(lines.into_iter().map(|line| (line.clone(), crate::text::normal(&line))).collect())
    }

    /// A group without entries yet.
    pub fn new_group(&mut self, group: Group) -> GroupId {
        let id = GroupId(u32::try_from(self.groups.len()).unwrap_or(u32::MAX));
        self.groups.push(group);
        id
    }

    fn entry(&mut self, sheet: usize, entry: &At<String>, mode: Mode, group: GroupId) {
        let Some(name) = entry.value.strip_prefix('@') else {
            return self.add(sheet, entry, mode, group);
        };
        match self.refer(sheet, name, entry) {
            Some(List::Own(list, lines)) => {
                for line in lines.iter().filter(|line| !line.value.starts_with('@')) {
                    self.add_line((list, line), (sheet, entry), mode, group);
                }
            }
            Some(List::Shipped(lines)) => self.add_shipped(&lines, (sheet, entry), mode, group),
            None => {}
        }
    }

    fn list(&self, name: &str) -> Option<List<'a>> {
        let own = self.draft.lists.get(name).map(|list| List::Own(list.sheet, &list.lines));
        let shipped = |text| List::Shipped(lists::entries(text).map(|(_, entry)| entry).collect());
        own.or_else(|| lists::shipped(name).map(shipped))
    }

    /// The list of that name, counted as used; reported where there is none.
    fn refer(&mut self, sheet: usize, name: &str, at: &At<String>) -> Option<List<'a>> {
        self.lists_used.insert(name.to_owned());
        let found = self.list(name);
        if found.is_none() {
            let known =
                self.draft.lists.keys().map(String::as_str).chain(lists::SHIPPED.iter().copied());
            let near = suggest::nearest(name, known).map(str::to_owned);
            // The list that is meant is not to be called unused as well.
            self.lists_used.extend(near.clone());
            let help = match near {
                Some(near) => format!("did you mean `@{near}`?"),
                None => format!(
                    "write the list into `words/{}.txt`; an entry that begins with the sign itself is `\\@…`",
                    if name.is_empty() || name.contains(['/', ' ']) { "NAME" } else { name }
                ),
            };
            let message = format!("there is no word list `@{name}`");
            self.report(&codes::UNKNOWN_LIST, message, sheet, &at.span, "no such list", help);
        }
        found
    }

    fn add(&mut self, sheet: usize, entry: &At<String>, mode: Mode, group: GroupId) {
        if !self.room(sheet, entry) {
            return;
        }
        if let Err(error) = self.matcher.add(group, mode, &entry.value) {
            self.bad_entry(sheet, entry, &error);
        }
    }

    /// A line of an own list: the line is blamed, once, and the first use is shown beside it.
    fn add_line(
        &mut self,
        (list, line): (usize, &At<String>),
        (sheet, used): (usize, &At<String>),
        mode: Mode,
        group: GroupId,
    ) {
        if !self.room(sheet, used) {
            return;
        }
        let Err(error) = self.matcher.add(group, mode, &line.value) else { return };
        if self.blamed.insert((list, line.span.start)) {
            let (code, help) = mend(&error, &line.value);
            let found = Diagnostic::new(code, format!("`{}`: {error}", shortened(&line.value)))
                .at(self.place(list, &line.span, ""))
                .at(self.place(sheet, &used.span, "used here"))
                .help(help);
            self.problems.add(found);
        }
    }

    /// A shipped list: the use is blamed, once.
    fn add_shipped(
        &mut self,
        lines: &[&str],
        (sheet, used): (usize, &At<String>),
        mode: Mode,
        group: GroupId,
    ) {
        let mut told = false;
        for line in lines {
            if !self.room(sheet, used) {
                return;
            }
            let Err(error) = self.matcher.add(group, mode, line) else { continue };
            if !std::mem::replace(&mut told, true) {
                let (code, _) = mend(&error, line);
                let message = format!("`{}` holds `{line}`: {error}", used.value);
                let help =
                    format!("use it where it is the whole message: `whole = [\"{}\"]`", used.value);
                self.report(code, message, sheet, &used.span, "not possible here", help);
            }
        }
    }

    /// Whether one more entry fits; reported once.
    fn room(&mut self, sheet: usize, entry: &At<String>) -> bool {
        self.entries += 1;
        if self.entries == limits::ENTRIES_MAX + 1 {
            let message = format!("more than {} entries", limits::ENTRIES_MAX);
            let help = "each use of a list counts all its lines; use large lists in fewer rules";
            let label = "from here on";
            self.report(&codes::TOO_MANY_ENTRIES, message, sheet, &entry.span, label, help);
        }
        self.entries <= limits::ENTRIES_MAX
    }
}

impl Bench<'_> {
    /// Reports an entry that cannot be matched.
    pub fn bad_entry(&self, sheet: usize, entry: &At<String>, error: &EntryError) {
        let (code, help) = mend(error, &entry.value);
        let message = format!("`{}`: {error}", shortened(&entry.value));
        self.report(code, message, sheet, &entry.span, "", help);
    }
}

fn mend(error: &EntryError, entry: &str) -> (&'static Code, String) {
    match error {
        EntryError::Empty => (&codes::EMPTY_ENTRY, "take it out, or write a word".to_owned()),
        EntryError::OneSyllable => {
            let help = "write the whole word, or `whole = [\"…\"]` where it is the whole message";
            (&codes::ONE_SYLLABLE, help.replace('…', entry.trim()))
        }
        EntryError::TooLong => {
            let most = limits::ENTRY_CHARS_MAX;
            (&codes::LONG_ENTRY, format!("at most {most} characters; take the words that matter"))
        }
        EntryError::Signs(_) => {
            let help =
                "a sign meant as itself has a backslash before it: `\\*`, in \"…\" written `\\\\*`";
            (&codes::ENTRY_SIGNS, help.to_owned())
        }
    }
}

fn shortened(entry: &str) -> String {
    const SHOWN_CHARS: usize = 40;
    if entry.chars().count() <= SHOWN_CHARS {
        return entry.to_owned();
    }
    entry.chars().take(SHOWN_CHARS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::compile::declared;
    use crate::rules::draft;
    use crate::rules::problems::Problems;
    use crate::rules::settings::Settings;
    use crate::rules::sources::Sources;

    #[test]
    fn the_entry_over_the_limit_is_told_once() {
        let rule = "[[reply]]\nid = \"a\"\nwords = [\"one\", \"two\", \"three\"]\ntext = \"x\"\n";
        let problems = Problems::default();
        let draft = draft::read(&Sources::default().with("a.toml", rule), &problems);
        let declared = declared::collect(&draft, &problems);
        let settings = Settings::default();
        let media = std::collections::BTreeMap::new();
        let mut bench = Bench::new(&draft, &declared, &settings, &media, &problems);
        bench.entries = limits::ENTRIES_MAX - 1;
        let words = &draft.replies[0].trigger.words;
        bench.group(0, words, Mode::Words, Group::Trigger { rule: 0, whole: false });
        drop(bench);
        let found = problems.into_sorted();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].code, found[0].places[0].column), ("U025", 17), "at `two`");
    }
}
