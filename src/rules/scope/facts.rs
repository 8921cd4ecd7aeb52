//! What the names of [`super::super::variables`] give for one event: copied out of the scope, so
//! that an engine can keep it while it runs. Only the groups that a script or text names are copied.

use super::Scope;
use crate::model::{Alias, LookupOutcome, Session, Timestamp};
use crate::rules::hours::Calendar;
use crate::rules::notify::ValueKind;
use crate::rules::ruleset::FieldKind;
use crate::rules::scripts::Scripts;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which groups somebody names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Needs(u16);

impl Needs {
    /// Adds what the first part of a name needs.
    pub(crate) fn add(&mut self, root: &str) {
        if let Some(group) = Group::root(root) {
            self.0 |= group.bit();
        }
    }

    /// Both.
    pub(crate) fn and(self, other: Needs) -> Needs {
        Needs(self.0 | other.0)
    }

    /// All but these.
    fn without(self, group: Group) -> Needs {
        Needs(self.0 & !group.bit())
    }

    /// Whether what was looked up is among them.
    pub(crate) fn name_lookups(self) -> bool {
        self.has(Group::Lookup)
    }

    fn has(self, group: Group) -> bool {
        self.0 & group.bit() != 0
    }
}

/// A name that stands for several values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    Contact,
    Fields,
    Conversation,
    Session,
    Message,
    Match,
    Lookup,
    Event,
    Form,
    Hours,
    /// By its place in the facts.
    Calendar(usize),
}

impl Group {
    /// The group of a first name.
    pub(crate) fn root(name: &str) -> Option<Group> {
        Some(match name {
            "contact" => Group::Contact,
            "conversation" => Group::Conversation,
            "session" => Group::Session,
            "message" => Group::Message,
            "match" => Group::Match,
            "lookup" => Group::Lookup,
            "event" => Group::Event,
            "form" => Group::Form,
            "hours" => Group::Hours,
            _ => return None,
        })
    }

    /// Fields belong to the contact, a calendar to the hours.
    fn bit(self) -> u16 {
        match self {
            Group::Contact | Group::Fields => 1,
            Group::Conversation => 2,
            Group::Session => 4,
            Group::Message => 8,
            Group::Match => 16,
            Group::Lookup => 64,
            Group::Hours | Group::Calendar(_) => 32,
            Group::Event => 256,
            Group::Form => 128,
        }
    }
}

/// What a name gives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fact {
    Absent,
    Text(String),
    Whole(i64),
    Decimal(f64),
    YesNo(bool),
    List(Vec<String>),
    Group(Group),
}

impl Fact {
    /// Null and empty count as absent.
    fn text(text: impl Into<String>) -> Fact {
        let text = text.into();
        if text.trim().is_empty() { Fact::Absent } else { Fact::Text(text) }
    }

    fn optional(text: Option<&str>) -> Fact {
        text.map_or(Fact::Absent, Fact::text)
    }

    fn count(number: impl TryInto<i64>) -> Fact {
        Fact::Whole(number.try_into().unwrap_or(i64::MAX))
    }
}

/// The copies one condition or text works with.
#[derive(Debug)]
pub(crate) struct Facts {
    common: Arc<Common>,
    matched: BTreeMap<String, String>,
    /// For the functions a text calls.
    pub(crate) scripts: Scripts,
}

/// What is the same for every rule that hears a message.
#[derive(Debug)]
struct Common {
    at: Timestamp,
    language: String,
    /// The fixed names of the table: few enough to be searched one by one.
    values: Vec<(Group, &'static str, Fact)>,
    fields: Vec<(String, Fact)>,
    lookup: Option<LookupOutcome>,
    posted: Vec<(String, Fact)>,
    calendars: Vec<(String, Calendar)>,
}

/// The copies made for one message, kept for the next condition or text that names the same. Good
/// for scopes that differ in nothing but `match`.
#[derive(Debug, Default)]
pub struct Gathered(RefCell<Option<(Needs, Arc<Common>)>>);

impl Gathered {
    /// What is needed is copied once; something new is copied together with what was there.
    fn common(&self, scope: &Scope<'_>, needs: Needs) -> Arc<Common> {
        let mut kept = self.0.borrow_mut();
        let before = kept.as_ref().map_or(Needs::default(), |(needs, _)| *needs);
        let all = before.and(needs);
        match &*kept {
            Some((_, common)) if all == before => common.clone(),
            _ => {
                let common = Arc::new(Common::gather(scope, all));
                *kept = Some((all, common.clone()));
                common
            }
        }
    }
}

impl Common {
    fn gather(scope: &Scope<'_>, needs: Needs) -> Common {
        let mut values = Vec::new();
        if needs.has(Group::Contact) {
            values.extend(contact(scope).map(|(name, fact)| (Group::Contact, name, fact)));
        }
        if needs.has(Group::Conversation) {
            values
                .extend(conversation(scope).map(|(name, fact)| (Group::Conversation, name, fact)));
        }
        if needs.has(Group::Session) {
            values.extend(session(scope).map(|(name, fact)| (Group::Session, name, fact)));
        }
        if needs.has(Group::Message) {
            values.extend(message(scope).map(|(name, fact)| (Group::Message, name, fact)));
        }
        Common {
            at: scope.event.at,
            language: scope.language.to_owned(),
            values,
            fields: if needs.has(Group::Fields) { fields(scope) } else { Vec::new() },
            lookup: if needs.has(Group::Lookup) { scope.lookup.cloned() } else { None },
            posted: if needs.has(Group::Event) { posted(scope) } else { Vec::new() },
            calendars: if needs.has(Group::Hours) { calendars(scope) } else { Vec::new() },
        }
    }

    fn hours(&self, hours: &Calendar, name: &str) -> Fact {
        match name {
            "open" => Fact::YesNo(hours.is_open(self.at)),
            "text" => Fact::text(hours.text(&self.language)),
            "opens" => Fact::text(hours.opens(self.at, &self.language)),
            "why" => Fact::optional(hours.why(self.at)),
            "date" => Fact::text(hours.date(self.at)),
            "time" => Fact::text(hours.time(self.at)),
            "weekday" => Fact::text(hours.day(self.at)),
            _ => Fact::Absent,
        }
    }
}

impl Facts {
    /// Copies what is needed, unless it is there already.
    pub(crate) fn gather(scope: &Scope<'_>, needs: Needs) -> Facts {
        Facts {
            common: scope.gathered.common(scope, needs.without(Group::Match).without(Group::Form)),
            matched: if needs.has(Group::Match) || needs.has(Group::Form) {
                scope.matched.clone()
            } else {
                BTreeMap::new()
            },
            scripts: scope.rules.scripts.clone(),
        }
    }

    /// What a first name gives; `None` for a name that is not ours.
    pub(crate) fn root(&self, name: &str) -> Option<Fact> {
        if name == "now" {
            let now = jiff::Timestamp::from_millisecond(self.common.at.millis()).ok();
            return Some(now.map_or(Fact::Absent, |now| {
                Fact::Text(now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            }));
        }
        Group::root(name).map(Fact::Group)
    }

    /// What a name within a group gives. What nobody declared is absent: the checks refused it.
    pub(crate) fn get(&self, group: Group, name: &str) -> Fact {
        match group {
            Group::Contact if name == "fields" => Fact::Group(Group::Fields),
            Group::Fields => {
                let field = self.common.fields.iter().find(|(field, _)| field == name);
                field.map_or(Fact::Absent, |(_, fact)| fact.clone())
            }
            Group::Event => {
                let value = self.common.posted.iter().find(|(value, _)| value == name);
                value.map_or(Fact::Absent, |(_, fact)| fact.clone())
            }
            Group::Match => Fact::optional(self.matched.get(name).map(String::as_str)),
            Group::Lookup => looked_up(self.common.lookup.as_ref(), name),
            Group::Form => {
                let value = self.matched.get(&format!("form.{name}"));
                Fact::optional(value.map(String::as_str))
            }
            Group::Hours => {
                let place = self.common.calendars.iter().position(|(hours, _)| hours == name);
                place.map_or(Fact::Absent, |place| Fact::Group(Group::Calendar(place)))
            }
            Group::Calendar(place) => {
                let calendar = self.common.calendars.get(place);
                calendar.map_or(Fact::Absent, |(_, hours)| self.common.hours(hours, name))
            }
            _ => {
                let value =
                    self.common.values.iter().find(|(of, value, _)| *of == group && *value == name);
                value.map_or(Fact::Absent, |(_, _, fact)| fact.clone())
            }
        }
    }
}

fn looked_up(outcome: Option<&LookupOutcome>, name: &str) -> Fact {
    match (name, outcome) {
        ("missing", outcome) => Fact::YesNo(outcome == Some(&LookupOutcome::Missing)),
        ("failed", outcome) => Fact::YesNo(matches!(outcome, Some(LookupOutcome::Failed(_)))),
        (name, Some(LookupOutcome::Found(values))) => {
            Fact::optional(values.get(name).map(String::as_str))
        }
        _ => Fact::Absent,
    }
}

fn contact(scope: &Scope<'_>) -> [(&'static str, Fact); 7] {
    let contact = &scope.state.contact;
    [
        ("name", Fact::optional(contact.name.as_deref())),
        ("username", Fact::optional(contact.username.as_deref())),
        ("phone", phone(scope)),
        ("language", Fact::text(scope.language)),
        ("tags", Fact::List(contact.tags.iter().cloned().collect())),
        ("messages", Fact::count(contact.messages)),
        ("consent", Fact::text(tier_in_use(scope))),
    ]
}

fn tier_in_use<'a>(scope: &'a Scope<'_>) -> &'a str {
    scope.rules.consent.in_use(&scope.state.contact.consent, scope.event.at)
}

/// A phone number where one is known; a `wa_id` is one when it is all digits.
fn phone(scope: &Scope<'_>) -> Fact {
    let aliases = &scope.state.contact.aliases;
    let phone = aliases.iter().find_map(|alias| match alias {
        Alias::Phone(number) => Some(number.clone()),
        _ => None,
    });
    let wa_id = aliases.iter().find_map(|alias| match alias {
        Alias::WaId(id) if id.bytes().all(|byte| byte.is_ascii_digit()) => Some(format!("+{id}")),
        _ => None,
    });
    phone.or(wa_id).map_or(Fact::Absent, Fact::text)
}

fn fields(scope: &Scope<'_>) -> Vec<(String, Fact)> {
    let fields = scope.state.contact.fields.iter();
    let declared = fields.filter_map(|(name, value)| {
        let field = scope.rules.fields.get(name)?;
        Some((name.clone(), field_value(&field.kind, value)))
    });
    declared.collect()
}

/// A field's canonical text in its own type.
fn field_value(kind: &FieldKind, value: &str) -> Fact {
    match kind {
        FieldKind::Number => number(value),
        FieldKind::YesNo => Fact::YesNo(value == "yes"),
        FieldKind::Text | FieldKind::Date | FieldKind::Choice(_) => Fact::text(value),
    }
}

fn number(value: &str) -> Fact {
    match (value.parse(), value.parse()) {
        (Ok(whole), _) => Fact::Whole(whole),
        (_, Ok(decimal)) => Fact::Decimal(decimal),
        _ => Fact::Absent,
    }
}

/// What the event brought, each in its declared type.
fn posted(scope: &Scope<'_>) -> Vec<(String, Fact)> {
    let value = |(name, value): (&String, &String)| {
        let fact = match scope.rules.notices.value(name)? {
            ValueKind::Number => number(value),
            ValueKind::YesNo => Fact::YesNo(value == "yes"),
            ValueKind::Text | ValueKind::Date | ValueKind::Time => Fact::text(value),
        };
        Some((name.clone(), fact))
    };
    scope.posted.iter().filter_map(value).collect()
}

fn conversation(scope: &Scope<'_>) -> [(&'static str, Fact); 2] {
    let conversation = &scope.state.conversation;
    let question = conversation.question.as_ref();
    [
        ("number", Fact::text(conversation.number.as_str())),
        ("question", Fact::optional(question.map(|question| question.rule.as_str()))),
    ]
}

fn session(scope: &Scope<'_>) -> [(&'static str, Fact); 3] {
    let session = scope.state.conversation.session.as_ref();
    let count = |of: fn(&Session) -> u64| session.map_or(Fact::Absent, |s| Fact::count(of(s)));
    [
        ("number", count(|session| session.ordinal)),
        ("turns", count(|session| u64::from(session.turns))),
        ("misses", count(|session| u64::from(session.misses))),
    ]
}

fn message(scope: &Scope<'_>) -> [(&'static str, Fact); 4] {
    let message = scope.message;
    [
        ("text", Fact::optional(message.and_then(|message| message.text.as_deref()))),
        ("kind", Fact::optional(message.map(|message| message.kind.name()))),
        ("payload", Fact::optional(message.and_then(|message| message.payload.as_deref()))),
        ("from_ad", message.map_or(Fact::Absent, |message| Fact::YesNo(message.ad.is_some()))),
    ]
}

fn calendars(scope: &Scope<'_>) -> Vec<(String, Calendar)> {
    scope.rules.hours.iter().map(|(name, hours)| (name.clone(), hours.clone())).collect()
}

#[cfg(test)]
mod tests {
    use crate::rules::scope::fixture::{fixture, names};
    use crate::rules::scripts::{Scripts, ScriptsBuilder};
    use crate::rules::texts::{Texts, TextsBuilder};
    use crate::rules::variables::{Kind, VARIABLES};
    use std::collections::BTreeMap;

    /// The table promises: a name whose `absent` is empty always gives something, to scripts and to
    /// texts alike; any other name can be asked for.
    #[test]
    fn every_name_of_the_table_is_there() {
        let (mut scripts, _) = ScriptsBuilder::new(&BTreeMap::new(), &names());
        let mut texts = TextsBuilder::new(&names(), &scripts);
        let matched = [
            "order_no",
            "form.order_no",
            "event.order_no",
            "lookup.size",
            "lookup.missing",
            "lookup.failed",
        ];
        let matched = matched.map(str::to_owned);
        let mut rows = Vec::new();
        for row in VARIABLES {
            let declared = match row.path.split('.').next() {
                Some("hours") => "office",
                Some("match" | "event" | "form") => "order_no",
                _ => "size",
            };
            let path = row.path.replace('*', declared);
            let list = if row.kind == Kind::List { " | join(' ')" } else { "" };
            let condition = scripts.condition(&format!("{path} != ()"), &matched).unwrap();
            let text = format!("{{{{ {path}{list} | default('nothing') }}}}");
            rows.push((row, path, condition, texts.add(&text, &matched).unwrap()));
        }
        let (scripts, texts) = (scripts.build(), texts.build());
        let fixture = fixture(Scripts::default(), Texts::default());
        for (row, path, condition, text) in rows {
            let there = scripts.holds(condition, &fixture.scope()).unwrap();
            let written = texts.render(text, &fixture.scope()).unwrap();
            assert_eq!(there, written != "nothing", "{path}: {written}");
            assert!(there || !row.absent.is_empty(), "{path} is said to be there always");
        }
    }
}
