//! The compiled rule set: what `decide` reads. Immutable, no I/O inside, shared between threads.

use super::handing::Queue;
use super::lookup::{LooksUp, Lookup};
use super::matcher::{GroupId, Matcher};
use super::says::{Case, Cooldown, OutsideWindow, Say, Speech, Template};
use super::settings::Settings;
use crate::model::{MessageKind, Purpose, QuietHours, RuleId, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// One generation of rules.
#[derive(Debug)]
pub struct Ruleset {
    /// SHA-256 over all bytes read, as 64 hex digits.
    pub revision: String,
    /// SHA-256 of each file, as 64 hex digits, by path.
    pub files: BTreeMap<String, String>,
    /// What the rules know of `usher.toml`.
    pub settings: Settings,
    /// Replies in the order of file and line.
    pub replies: Vec<Reply>,
    /// Where in `replies` a rule is.
    pub by_id: HashMap<RuleId, usize>,
    /// Its own message before a new contact's first answer.
    pub greeting: Option<Greeting>,
    /// By `misses`, ascending.
    pub fallbacks: Vec<Fallback>,
    /// Declared fields.
    pub fields: BTreeMap<String, Field>,
    /// Languages.
    pub language: Languages,
    /// Calendars by name.
    pub hours: BTreeMap<String, super::hours::Calendar>,
    /// Tiers, stop, quiet hours: what customers allow.
    pub consent: super::consenting::Consenting,
    /// The automaton over all entries of all rules.
    pub matcher: Matcher,
    /// Which rule a group of the matcher belongs to, and as what; by group number.
    pub groups: Vec<Group>,
    /// Every `regex`, as one set for the first look; `regex_rules[i]` is pattern `i`'s rule.
    pub regex_set: regex::RegexSet,
    /// The rule (index in `replies`) of each pattern of `regex_set`.
    pub regex_rules: Vec<usize>,
    /// Rules (indices in `replies`) by payload.
    pub payloads: HashMap<String, Vec<usize>>,
    /// The rule a choice leads to by its `go`, by the choice's id.
    pub leads: HashMap<String, RuleId>,
    /// Ids of choices that a group of the matcher names, by [`Group::Choice`]'s number.
    pub choices: Vec<String>,
    /// `[queue.NAME]` by name.
    pub queues: BTreeMap<String, Queue>,
    /// `[[template]]` by id.
    pub templates: BTreeMap<String, Template>,
    /// `[[lookup]]` by name.
    pub lookups: BTreeMap<String, Lookup>,
    /// `[event]` and `[[notify]]`.
    pub notices: super::notify::Notices,
    /// `[[form]]` by id.
    pub forms: BTreeMap<String, super::forming::Form>,
    /// Rules (indices in `replies`) judged for every message: without a text trigger, or with
    /// `take`, which no automaton finds.
    pub always: Vec<usize>,
    /// Compiled functions and conditions.
    pub scripts: super::scripts::Scripts,
    /// Compiled texts.
    pub texts: super::texts::Texts,
    /// Lists of entries for `one_of @list`, by name without `@`: (as written, normal form).
    pub lists: BTreeMap<String, Vec<(String, String)>>,
    /// `[[test]]`, in the order of file and line.
    pub tests: Vec<super::story::Story>,
}

impl Ruleset {
    /// The replies and hand-offs that stand in the files, without those that `go = "queue:NAME"`
    /// makes.
    pub fn written(&self) -> impl Iterator<Item = &Reply> {
        self.replies.iter().filter(|reply| !reply.trigger.only_led)
    }

    /// The first 16 hex digits of the revision: enough to tell generations apart.
    #[must_use]
    pub fn short_revision(&self) -> &str {
        self.revision.get(..16).unwrap_or(&self.revision)
    }

    /// When marketing waits, on each contact's own clock.
    #[must_use]
    pub fn quiet_hours(&self) -> Option<&QuietHours> {
        self.consent.quiet.as_ref()
    }
}

/// What a group of the matcher stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// A text trigger of reply `rule`: `words`, `whole`, `starts` or `inside`.
    Trigger {
        /// Index in `replies`.
        rule: usize,
        /// It is `whole`, which goes before the others in ties.
        whole: bool,
    },
    /// One entry of `all` of reply `rule`: every such group must be hit.
    All {
        /// Index in `replies`.
        rule: usize,
    },
    /// The `none` of reply `rule`.
    None {
        /// Index in `replies`.
        rule: usize,
    },
    /// The shipped list `@cancel`, matched whole: closes an open question.
    Cancel,
    /// The title or the words of a choice: they answer while its menu is the last one offered.
    Choice {
        /// Index in [`Ruleset::choices`].
        choice: usize,
        /// It is the title, matched whole.
        whole: bool,
    },
}

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RulePlace {
    /// File, relative to the rules folder.
    pub file: Arc<str>,
    /// 1-based line of its table.
    pub line: usize,
}

/// `[[reply]]`.
#[derive(Debug)]
pub struct Reply {
    /// Its id.
    pub id: RuleId,
    /// Where it stands; the last tie-breaker.
    pub place: RulePlace,
    /// Free text: who looks after it.
    pub owner: Option<String>,
    /// `draft` rules are parsed, checked, and never act.
    pub status: RuleStatus,
    /// Higher goes first; 0 by default.
    pub priority: i64,
    /// Acts beside the winner and says nothing.
    pub also: bool,
    /// The queue it hands the conversation over to: it is a `[[handoff]]`, or the rule that a
    /// `go = "queue:NAME"` leads to.
    pub hands_to: Option<String>,
    /// When it holds.
    pub trigger: Trigger,
    /// `cases`: the first whose condition holds speaks instead of `speech`.
    pub cases: Vec<Case>,
    /// What it says.
    pub speech: Speech,
    /// Asked before `cases` are judged and anything is said.
    pub lookup: Option<LooksUp>,
    /// Why it speaks; an answer to what the customer wrote unless given. `marketing` is a
    /// condition as well.
    pub purpose: Option<Purpose>,
    /// An emoji on the customer's message.
    pub react: Option<String>,
    /// How long it stays quiet after it spoke.
    pub cooldown: Option<Cooldown>,
    /// What becomes of what it says where the service window is closed.
    pub outside: OutsideWindow,
    /// Tags to give.
    pub tags: Vec<String>,
    /// Tags to take.
    pub untag: Vec<String>,
    /// Fields to set.
    pub set: Vec<(String, TextId)>,
    /// Fields to clear.
    pub unset: Vec<String>,
    /// What the business's systems are told.
    pub emit: Option<super::emitting::Emit>,
    /// How long its question stays open.
    pub expect: Option<Duration>,
    /// Keeps the question of its `after` open that many times.
    pub ask_again: u32,
    /// What is said if the customer stays silent, in the order of the times.
    pub follow_up: Vec<super::following::FollowUpStep>,
    /// Some rule names it in `after`: winning opens its question.
    pub asks: bool,
    /// Sentences it must win.
    pub examples: Vec<Example>,
    /// Sentences it must not win.
    pub not_examples: Vec<Example>,
    /// What it is within a form.
    pub form: Option<super::forming::FormPart>,
}

/// `examples` and `not_examples`, with their place for diagnostics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The sentence.
    pub text: String,
    /// Byte range in the rule's file.
    pub span: std::ops::Range<usize>,
}

/// `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleStatus {
    /// In force.
    Live,
    /// Never acts.
    Draft,
}

/// The conditions of a reply. Text triggers (groups, regex, take) and `payload` are alternatives:
/// one must hold. All else that is given must hold too.
#[derive(Debug, Default)]
pub struct Trigger {
    /// Nothing of its own holds: only a `go` leads here.
    pub only_led: bool,
    /// Groups of `words`, `whole`, `starts`, `inside`; one of them must be hit.
    pub groups: Vec<GroupId>,
    /// `regex`, case-insensitive, over the NFKC text; named groups become `match.NAME`.
    pub regex: Option<regex::Regex>,
    /// `take`: every one must be found; each becomes `match.NAME`.
    pub take: Vec<(String, Take)>,
    /// `payload`: ids of taps.
    pub payload: Vec<String>,
    /// `all`: each group must be hit.
    pub all: Vec<GroupId>,
    /// `none`: not to be hit.
    pub none: Option<GroupId>,
    /// `kind`; without it a rule sees kinds that have text.
    pub kind: Option<Vec<MessageKind>>,
    /// `after`: an answer to the open question of one of these rules.
    pub after: Vec<RuleId>,
    /// `lang`: canonical languages (`ko`, `zh-Hant`).
    pub lang: Vec<String>,
    /// `number`: our numbers by id; empty for any.
    pub number: Vec<crate::model::NumberId>,
    /// `hours`: open at the event's time.
    pub hours: Option<String>,
    /// `closed`: closed at the event's time.
    pub closed: Option<String>,
    /// `has`: every one of these tags.
    pub has: Vec<String>,
    /// `lacks`: none of these tags.
    pub lacks: Vec<String>,
    /// `consent`: at least this tier.
    pub consent: Option<String>,
    /// `new`: the contact's first message, or not.
    pub new: Option<bool>,
    /// `from_ad`: came from an ad, or not.
    pub from_ad: Option<bool>,
    /// `when`.
    pub when: Option<super::scripts::ConditionId>,
    /// `from`: not before this instant.
    pub from: Option<Timestamp>,
    /// `until`: before this instant (a date means the end of that day).
    pub until: Option<Timestamp>,
}

impl Trigger {
    /// Whether it has any condition beside the text.
    #[must_use]
    pub fn has_conditions(&self) -> bool {
        self.kind.is_some()
            || !self.after.is_empty()
            || !self.lang.is_empty()
            || !self.number.is_empty()
            || self.hours.is_some()
            || self.closed.is_some()
            || !self.has.is_empty()
            || !self.lacks.is_empty()
            || self.consent.is_some()
            || self.new.is_some()
            || self.from_ad.is_some()
            || self.when.is_some()
            || self.from.is_some()
            || self.until.is_some()
    }

    /// Whether it has a text trigger or a payload, one of which must hold.
    #[must_use]
    pub fn is_textual(&self) -> bool {
        !self.groups.is_empty()
            || self.regex.is_some()
            || !self.take.is_empty()
            || !self.payload.is_empty()
    }
}

/// One value of `take`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// `digits N-M`
    Digits {
        /// At least.
        min: usize,
        /// At most.
        max: usize,
    },
    /// `number`
    Number,
    /// `phone`; canonical E.164
    Phone,
    /// `email`
    Email,
    /// `date`; canonical `YYYY-MM-DD`
    Date,
    /// `date from today`: the same, no day that is over
    DateFromToday,
    /// `time`; canonical `HH:MM`
    Time,
    /// `name`
    Name,
    /// `rest`: what is left
    Rest,
    /// `one_of @list`: canonical is the line as written
    OneOf(String),
}

/// A compiled text in [`super::texts::Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u32);

/// `[greeting]`.
#[derive(Debug)]
pub struct Greeting {
    /// What it says.
    pub says: Vec<Say>,
}

/// `[[fallback]]`.
#[derive(Debug)]
pub struct Fallback {
    /// `fallback.N`, N the misses.
    pub id: RuleId,
    /// Where it stands.
    pub place: RulePlace,
    /// Speaks from this miss in a row on, until a higher one.
    pub misses: u32,
    /// What it says.
    pub speech: Speech,
    /// Tags to give.
    pub tags: Vec<String>,
}

/// `[fields]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its type.
    pub kind: FieldKind,
    /// Name in the CRM.
    pub crm: Option<String>,
    /// Kept out of logs and reports.
    pub private: bool,
}

/// The types a field may have, and how its canonical text looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// any text
    Text,
    /// `42`, `-3.5`
    Number,
    /// `2026-03-01`
    Date,
    /// `yes` or `no`
    YesNo,
    /// one of these
    Choice(Vec<String>),
}

/// `[language]` and what the rules use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Languages {
    /// `[language] default`, canonical.
    pub default: Option<String>,
}

/// The purpose of what replies say: an answer within the window.
pub const REPLY_PURPOSE: Purpose = Purpose::Service;
