//! Rule files as read: every value with its place, nothing yet known of whether it makes sense.
//!
//! [`read`] goes from bytes to a [`Draft`] and reports what cannot be read: broken TOML, unknown
//! keys, wrong types. What names mean, and whether rules fit together, is `compile`'s business.

pub mod consenting;
pub mod emit;
pub mod files;
pub mod form;
pub mod later;
pub mod literal;
pub mod lookup;
pub mod notices;
pub mod queue;
pub mod reader;
pub mod reply;
pub mod say;
pub mod shapes;
pub mod slips;
pub mod story;
pub mod syncing;
pub mod syntax;
pub mod tables;

use super::problems::{At, Problems, Sheet};
use super::sources::Sources;
use say::{CaseDraft, CooldownDraft, OutsideDraft, SpeechDraft};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Everything the rule files say.
#[derive(Debug, Default)]
pub struct Draft {
    /// The rule files and word lists, as text.
    pub sheets: Vec<Sheet>,
    /// `*.rhai`: path → text.
    pub scripts: BTreeMap<String, String>,
    /// `words/NAME.txt`: name → its lines.
    pub lists: BTreeMap<String, ListDraft>,
    /// `[[reply]]` and `[[handoff]]`: within a file the replies first.
    pub replies: Vec<ReplyDraft>,
    /// `[greeting]`.
    pub greetings: Vec<GreetingDraft>,
    /// `[[fallback]]`.
    pub fallbacks: Vec<FallbackDraft>,
    /// `[fields]`, each.
    pub fields: Vec<FieldDraft>,
    /// `[language]`.
    pub languages: Vec<LanguageDraft>,
    /// `[hours.X]`.
    pub hours: Vec<HoursTable>,
    /// `[queue.NAME]`.
    pub queues: Vec<queue::QueueDraft>,
    /// `[sync]`
    pub syncs: Vec<syncing::SyncDraft>,
    /// `[[template]]`.
    pub templates: Vec<TemplateDraft>,
    /// `[[lookup]]`.
    pub lookups: Vec<lookup::LookupDraft>,
    /// `[event."TYPE"]`.
    pub events: Vec<notices::EventDraft>,
    /// `[[notify]]`.
    pub notices: Vec<notices::NotifyDraft>,
    /// `[[form]]`; taken out once rules are made of them.
    pub forms: Vec<form::FormDraft>,
    /// `[consent]`.
    pub consents: Vec<consenting::ConsentDraft>,
    /// `[[test]]`, in the order of file and line.
    pub stories: Vec<story::StoryDraft>,
    /// What could not be read, so that nobody misses it twice.
    pub lost: Lost,
}

/// Names that may stand in parts that could not be read.
#[derive(Debug, Default)]
pub struct Lost {
    /// Ids seen there.
    pub ids: BTreeSet<String>,
    /// Tables seen there: `fields`, `hours`, `language`.
    pub tables: BTreeSet<String>,
    /// A whole rule file could not be read.
    pub whole_file: bool,
}

impl Lost {
    /// Whether a table of that name may be missing only because it could not be read.
    #[must_use]
    pub fn table(&self, name: &str) -> bool {
        self.whole_file || self.tables.contains(name)
    }

    /// Whether a rule of that id may be missing only because it could not be read.
    #[must_use]
    pub fn rule(&self, id: &str) -> bool {
        self.whole_file || self.ids.contains(id)
    }
}

/// One `words/NAME.txt`.
#[derive(Debug)]
pub struct ListDraft {
    /// Its sheet.
    pub sheet: usize,
    /// Its entries.
    pub lines: Vec<At<String>>,
}

/// A list of entries as written: texts, lists as `@name` still.
pub type Entries = Option<At<Vec<At<String>>>>;

/// `[[reply]]`.
#[derive(Debug, Default)]
pub struct ReplyDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// The keys it has, those with unreadable values too.
    pub keys: BTreeSet<String>,
    /// It is a `[[handoff]]`.
    pub hands_over: bool,
    /// `queue` of a `[[handoff]]`
    pub queue: Option<At<String>>,
    /// `id`
    pub id: Option<At<String>>,
    /// `owner`
    pub owner: Option<At<String>>,
    /// `status`
    pub status: Option<At<String>>,
    /// `priority`
    pub priority: Option<At<i64>>,
    /// `also`
    pub also: Option<At<bool>>,
    /// When it holds.
    pub trigger: TriggerDraft,
    /// What it says.
    pub speech: SpeechDraft,
    /// `cases`
    pub cases: Vec<At<CaseDraft>>,
    /// `lookup`
    pub lookup: Option<At<String>>,
    /// `purpose`
    pub purpose: Option<At<String>>,
    /// `react`
    pub react: Option<At<String>>,
    /// `cooldown`
    pub cooldown: Option<At<CooldownDraft>>,
    /// `outside_window`
    pub outside_window: Option<At<OutsideDraft>>,
    /// `tags`
    pub tags: Entries,
    /// `untag`
    pub untag: Entries,
    /// `set`: field → text
    pub set: Vec<(At<String>, At<String>)>,
    /// `unset`
    pub unset: Entries,
    /// `emit`
    pub emit: Option<At<emit::EmitDraft>>,
    /// `expect`
    pub expect: Option<At<String>>,
    /// `ask_again`
    pub ask_again: Option<At<i64>>,
    /// `follow_up`
    pub follow_up: Option<At<Vec<At<say::FollowUpDraft>>>>,
    /// `examples`
    pub examples: Entries,
    /// `not_examples`
    pub not_examples: Entries,
    /// What it is within a form; none where it was written as a reply.
    pub form: Option<crate::rules::forming::FormPart>,
}

/// The conditions of a reply.
#[derive(Debug, Default)]
pub struct TriggerDraft {
    /// `words`
    pub words: Entries,
    /// `whole`
    pub whole: Entries,
    /// `starts`
    pub starts: Entries,
    /// `inside`
    pub inside: Entries,
    /// `regex`
    pub regex: Option<At<String>>,
    /// `take`: name → kind
    pub take: Option<At<Pairs>>,
    /// `payload`
    pub payload: Entries,
    /// `all`
    pub all: Entries,
    /// `none`
    pub none: Entries,
    /// `kind`
    pub kind: Entries,
    /// `after`
    pub after: Entries,
    /// `lang`
    pub lang: Entries,
    /// `number`
    pub number: Entries,
    /// `hours`
    pub hours: Option<At<String>>,
    /// `closed`
    pub closed: Option<At<String>>,
    /// `has`
    pub has: Entries,
    /// `lacks`
    pub lacks: Entries,
    /// `consent`
    pub consent: Option<At<String>>,
    /// `new`
    pub new: Option<At<bool>>,
    /// `from_ad`
    pub from_ad: Option<At<bool>>,
    /// `when`
    pub when: Option<At<String>>,
    /// `from`
    pub from: Option<At<String>>,
    /// `until`
    pub until: Option<At<String>>,
}

/// Names and texts of a table, in the order of the file.
pub type Pairs = Vec<(At<String>, At<String>)>;

/// `[greeting]`.
#[derive(Debug)]
pub struct GreetingDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// What it says.
    pub speech: SpeechDraft,
}

/// `[[fallback]]`.
#[derive(Debug)]
pub struct FallbackDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// `misses`
    pub misses: Option<At<i64>>,
    /// What it says.
    pub speech: SpeechDraft,
    /// `tags`
    pub tags: Entries,
}

/// One line of `[fields]`.
#[derive(Debug)]
pub struct FieldDraft {
    /// Its sheet.
    pub sheet: usize,
    /// Its name.
    pub name: At<String>,
    /// `type`
    pub kind: Option<At<String>>,
    /// `of`
    pub of: Entries,
    /// `crm`
    pub crm: Option<At<String>>,
    /// `private`
    pub private: Option<At<bool>>,
}

/// `[language]`.
#[derive(Debug)]
pub struct LanguageDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// `default`
    pub default: Option<At<String>>,
}

/// `[hours.X]`.
#[derive(Debug)]
pub struct HoursTable {
    /// Its sheet.
    pub sheet: usize,
    /// Its name.
    pub name: At<String>,
    /// `zone`
    pub zone: Option<At<String>>,
    /// `open`
    pub open: Entries,
    /// `closed`: day and reason.
    pub closed: Vec<At<(String, Option<String>)>>,
    /// `extra`
    pub extra: Entries,
}

/// `[[template]]`.
#[derive(Debug)]
pub struct TemplateDraft {
    /// Its sheet.
    pub sheet: usize,
    /// The header.
    pub header: Range<usize>,
    /// `id`
    pub id: Option<At<String>>,
    /// `category`
    pub category: Option<At<String>>,
    /// `languages`
    pub languages: Entries,
    /// `params`
    pub params: Entries,
    /// `format`
    pub format: Option<At<String>>,
}

/// Reads every file of a rule set.
#[must_use]
pub fn read(sources: &Sources, problems: &Problems) -> Draft {
    let mut draft = Draft::default();
    files::read(sources, problems, &mut draft);
    draft
}
