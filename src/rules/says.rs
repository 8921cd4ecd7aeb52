//! What a rule says, compiled: everything but the words of the moment.
//!
//! Texts are still templates here and languages still open; `decide` makes [`crate::model::Content`]
//! of it. May not live here: reading and checking, which is `compile`'s.

use super::ruleset::TextId;
use super::scripts::{ConditionId, FunctionId};
use crate::model::{Degrees, MediaKind, MediaSource, Purpose, RuleId};
use std::time::Duration;

/// How a rule speaks: the one way it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speech {
    /// Not at all (`also`, or only `react`).
    Silent,
    /// These, in order (`text`, `media`, …, `messages`).
    Says(Vec<Say>),
    /// One of these, always the same for a contact (`variants`).
    Variants(Vec<Variant>),
    /// As that rule does (`go`): it wins in this one's place.
    Go(RuleId),
}

impl Speech {
    /// Everything it may say.
    #[must_use]
    pub fn says(&self) -> Vec<&Say> {
        match self {
            Speech::Silent | Speech::Go(_) => Vec::new(),
            Speech::Says(says) => says.iter().collect(),
            Speech::Variants(variants) => {
                variants.iter().flat_map(|variant| &variant.says).collect()
            }
        }
    }
}

/// One of `cases`: the first whose condition holds speaks instead of the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// `when`
    pub when: ConditionId,
    /// What then.
    pub speech: Speech,
}

/// One of `variants`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// How often, against the others; above 0.
    pub weight: u32,
    /// What it says.
    pub says: Vec<Say>,
}

/// One message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// A text.
    Text(Localised),
    /// A text with buttons.
    Buttons {
        /// The texts around them.
        frame: FrameText,
        /// 1 to 3.
        buttons: Vec<ButtonText>,
    },
    /// A text with a list.
    List {
        /// The texts around it.
        frame: FrameText,
        /// What opens it.
        button: Localised,
        /// At most ten rows together.
        sections: Vec<SectionText>,
    },
    /// A menu (`choices`): buttons up to three, a list up to ten.
    Choices(Menu),
    /// A picture, video, sound, document or sticker.
    Media {
        /// Which.
        kind: MediaKind,
        /// Where it is.
        source: MediaSource,
        /// The text below it.
        caption: Option<Localised>,
        /// What a document is called.
        filename: Option<String>,
        /// Shown as a voice note.
        voice: bool,
    },
    /// A place.
    Location {
        /// North positive.
        latitude: Degrees,
        /// East positive.
        longitude: Degrees,
        /// Its name.
        name: Option<Localised>,
        /// Its address.
        address: Option<Localised>,
    },
    /// An approved template.
    Template(TemplateUse),
    /// What this function gives: a text, or a list of texts.
    Script(FunctionId),
}

impl Say {
    /// Every text in it.
    #[must_use]
    pub fn texts(&self) -> Vec<&Localised> {
        match self {
            Say::Text(text) => vec![text],
            Say::Buttons { frame, buttons } => {
                let titles = buttons.iter().map(|button| &button.title);
                frame.texts().into_iter().chain(titles).collect()
            }
            Say::List { frame, button, sections } => {
                let sections = sections.iter().flat_map(SectionText::texts);
                frame.texts().into_iter().chain([button]).chain(sections).collect()
            }
            Say::Choices(menu) => {
                let titles = menu.choices.iter().map(|choice| &choice.title);
                let below = menu.choices.iter().filter_map(|choice| choice.description.as_ref());
                let around = frame_and(&menu.frame, menu.button.as_ref());
                around.into_iter().chain(titles).chain(below).collect()
            }
            Say::Media { caption, .. } => caption.iter().collect(),
            Say::Location { name, address, .. } => name.iter().chain(address).collect(),
            Say::Template(template) => template.params.iter().collect(),
            Say::Script(_) => Vec::new(),
        }
    }
}

fn frame_and<'a>(frame: &'a FrameText, more: Option<&'a Localised>) -> Vec<&'a Localised> {
    frame.texts().into_iter().chain(more).collect()
}

impl FrameText {
    fn texts(&self) -> Vec<&Localised> {
        self.header.iter().chain([&self.body]).chain(&self.footer).collect()
    }
}

impl SectionText {
    fn texts(&self) -> Vec<&Localised> {
        let rows = self.rows.iter().flat_map(|row| [Some(&row.title), row.description.as_ref()]);
        self.title.iter().chain(rows.flatten()).collect()
    }
}

/// The texts around buttons and lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameText {
    /// `header`
    pub header: Option<Localised>,
    /// `text`
    pub body: Localised,
    /// `footer`
    pub footer: Option<Localised>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ButtonText {
    /// What a tap brings.
    pub id: String,
    /// What it says.
    pub title: Localised,
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionText {
    /// `title`; needed where there are several.
    pub title: Option<Localised>,
    /// Its rows.
    pub rows: Vec<RowText>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowText {
    /// What a tap brings.
    pub id: String,
    /// What it says.
    pub title: Localised,
    /// Small, below.
    pub description: Option<Localised>,
}

/// `choices`: what is offered, and what each choice leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    /// The texts around it.
    pub frame: FrameText,
    /// What opens it where it is a list; the shipped word where `None`.
    pub button: Option<Localised>,
    /// Titles are sent with their number before them (`1. Orders`), and the number answers.
    pub numbered: bool,
    /// 1 to 10, in order.
    pub choices: Vec<Choice>,
}

/// One of `choices`. Its tap, its title, one of its words and (where numbered) its number are one
/// answer: the message then counts as a tap on `id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What a tap brings; with `go` it leads there, else a rule with this `payload` answers.
    pub id: String,
    /// What it says.
    pub title: Localised,
    /// Small, below, where the menu is a list.
    pub description: Option<Localised>,
    /// The rule it leads to: that rule wins, its own triggers are not asked.
    pub go: Option<RuleId>,
}

/// An approved template with what fills its places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateUse {
    /// The declared template.
    pub template: String,
    /// A text for each declared parameter, in the declared order.
    pub params: Vec<Localised>,
}

/// `[[template]]`: one that WhatsApp approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Its name at WhatsApp.
    pub id: String,
    /// From its category.
    pub purpose: Purpose,
    /// Canonical language → WhatsApp's code, in the order of the file; the first is the fallback.
    pub languages: Vec<(String, String)>,
    /// The names of its places, in order.
    pub params: Vec<String>,
    /// Its places are numbered (`{{1}}`): names are not sent.
    pub positional: bool,
}

/// `cooldown`: how long a rule that spoke stays quiet for a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cooldown {
    /// So long.
    pub every: Duration,
    /// What happens when it wins in that time.
    pub then: Cooling,
}

/// What a rule in cool-down does when its trigger holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cooling {
    /// It wins and says nothing.
    Silent,
    /// It stands back: the next rule wins.
    Next,
    /// It wins and says this instead.
    Say(Vec<Say>),
}

/// `outside_window`: what becomes of a reply whose window is closed when it is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OutsideWindow {
    /// It is dropped.
    #[default]
    Drop,
    /// It is held until the customer writes again.
    Queue,
    /// This template goes instead.
    Template(TemplateUse),
}

/// A text by language. A plain string stands under the default language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Localised {
    /// Canonical language → text, in the order of the file.
    pub texts: Vec<(String, TextId)>,
    /// Where no language fits (a plain string, or the default language's).
    pub default: Option<TextId>,
}
