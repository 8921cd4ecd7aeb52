//! What a rule says becomes what is sent: languages chosen, texts rendered, lengths judged.
//!
//! Whatever cannot be said in full is not said at all: a visible outcome, and the fallback speaks.

use super::occasion::Occasion;
use super::sending::Spoken;
use super::{Decision, permission};
use crate::limits;
use crate::model::{
    Button, Content, Frame, Guards, Media, OpenMenu, Outside, Param, Purpose, Row, RuleId, Section,
};
use crate::rules::ruleset::{REPLY_PURPOSE, Reply, TextId};
use crate::rules::says::{
    ButtonText, Choice, FrameText, Localised, Menu, OutsideWindow, RowText, Say, SectionText,
    Template, TemplateUse,
};
use crate::text::language;
use std::collections::BTreeMap;
use std::time::Duration;

/// Who speaks, and with which values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice<'a> {
    /// The rule.
    pub rule: &'a RuleId,
    /// Its `match`.
    pub matched: &'a BTreeMap<String, String>,
    /// Its `outside_window`.
    pub outside: &'a OutsideWindow,
    /// How long its menus are open.
    pub expect: Option<Duration>,
    /// Why it speaks; a template's own category counts where it is stricter.
    pub purpose: Purpose,
    /// Its `consent`.
    pub tier: Option<&'a str>,
}

impl<'a> Voice<'a> {
    /// A place that is no reply: greeting, fallback.
    pub fn plain(rule: &'a RuleId, matched: &'a BTreeMap<String, String>) -> Voice<'a> {
        Voice {
            rule,
            matched,
            outside: &OutsideWindow::Drop,
            expect: None,
            purpose: REPLY_PURPOSE,
            tier: None,
        }
    }

    /// A reply's.
    pub fn of(reply: &'a Reply, matched: &'a BTreeMap<String, String>) -> Voice<'a> {
        Voice {
            rule: &reply.id,
            matched,
            outside: &reply.outside,
            expect: reply.expect,
            purpose: reply.purpose.unwrap_or(REPLY_PURPOSE),
            tier: reply.trigger.consent.as_deref(),
        }
    }
}

/// Why something cannot be said.
#[derive(Debug)]
enum Unsaid {
    Text(String),
    Script(String),
}

/// A place of a text, and the most UTF-16 units WhatsApp takes there.
#[derive(Debug, Clone, Copy)]
struct Bound(&'static str, usize);

const BODY: Bound = Bound("the text", limits::TEXT_BODY_UTF16_MAX);
const FRAME_BODY: Bound = Bound("the text", limits::INTERACTIVE_BODY_UTF16_MAX);
const HEADER: Bound = Bound("the header", limits::HEADER_UTF16_MAX);
const FOOTER: Bound = Bound("the footer", limits::FOOTER_UTF16_MAX);
const BUTTON: Bound = Bound("the title of a button", limits::BUTTON_TITLE_UTF16_MAX);
const LIST_BUTTON: Bound = Bound("the button of the list", limits::LIST_BUTTON_UTF16_MAX);
const ROW: Bound = Bound("the title of a row", limits::ROW_TITLE_UTF16_MAX);
const BELOW: Bound = Bound("the description of a row", limits::ROW_DESCRIPTION_UTF16_MAX);
const SECTION: Bound = Bound("the title of a section", limits::SECTION_TITLE_UTF16_MAX);
const CAPTION: Bound = Bound("the caption", limits::CAPTION_UTF16_MAX);
const NAME: Bound = Bound("the name of the place", limits::CAPTION_UTF16_MAX);
const ADDRESS: Bound = Bound("the address of the place", limits::CAPTION_UTF16_MAX);
const PARAM: Bound = Bound("a value of the template", limits::TEMPLATE_PARAMS_UTF16_MAX);

/// Puts what is said into words. `false` where something of it failed: then nothing of it is kept.
pub(super) fn speak(
    occasion: &Occasion<'_>,
    voice: Voice<'_>,
    says: &[Say],
    spoken: &mut Vec<Spoken>,
    decision: &mut Decision,
) -> bool {
    let before = spoken.len();
    let pen = Pen { occasion, matched: voice.matched };
    for say in says {
        let from = spoken.len();
        let said = pen.say(voice, say, spoken, decision);
        let said =
            said.and_then(|()| pen.purposed(voice, spoken.get_mut(from..).unwrap_or_default()));
        if let Err(unsaid) = said {
            let (what, tally, why) = match unsaid {
                Unsaid::Text(why) => ("text", "text_failed", why),
                Unsaid::Script(why) => ("script", "script_failed", why),
            };
            decision.note(format!("{what} of `{}` failed: {why}", voice.rule));
            decision.count(tally, voice.rule.as_str());
            spoken.truncate(before);
            return false;
        }
    }
    pen.outside(voice, spoken.get_mut(before..).unwrap_or_default(), decision);
    true
}

/// Signs advertising that has words of its own, as [`speak`] does what rules say.
///
/// # Errors
/// It is too long then, or the footer cannot be said: in words.
pub(super) fn sign(occasion: &Occasion<'_>, content: &mut Content) -> Result<(), String> {
    let pen = Pen { occasion, matched: &BTreeMap::new() };
    pen.sign(content).map_err(|(Unsaid::Text(why) | Unsaid::Script(why))| why)
}

/// Writes for one message.
struct Pen<'a> {
    occasion: &'a Occasion<'a>,
    matched: &'a BTreeMap<String, String>,
}

impl Pen<'_> {
    fn say(
        &self,
        voice: Voice<'_>,
        say: &Say,
        spoken: &mut Vec<Spoken>,
        decision: &mut Decision,
    ) -> Result<(), Unsaid> {
        let rule = voice.rule;
        match say {
            Say::Script(function) => {
                let scope = self.occasion.scope(self.matched);
                let texts = self.occasion.rules.scripts.speak(*function, &scope);
                let texts = texts.map_err(|error| Unsaid::Script(error.to_string()))?;
                if texts.is_empty() {
                    decision.note(format!("the script of `{rule}` says nothing"));
                    decision.count("script_silent", rule.as_str());
                }
                for body in texts {
                    spoken.push(Spoken::reply(rule, Content::Text { body: fits(body, BODY)? }));
                }
            }
            Say::Choices(menu) => {
                let menu_open = OpenMenu {
                    rule: rule.clone(),
                    choices: menu.choices.iter().map(|choice| choice.id.clone()).collect(),
                    numbered: menu.numbered,
                    until: voice.expect.map(|span| self.occasion.event.at.plus(span)),
                };
                let content = self.menu(menu)?;
                spoken.push(Spoken { menu: Some(menu_open), ..Spoken::reply(rule, content) });
            }
            Say::Template(template) => {
                let (content, purpose) = self.template(template)?;
                let guards = Guards { window_open: false, ..Guards::REPLY };
                spoken.push(Spoken { purpose, guards, ..Spoken::reply(rule, content) });
            }
            say => spoken.push(Spoken::reply(rule, self.content(say)?)),
        }
        Ok(())
    }

    /// The stricter of the rule's purpose and the message's own; marketing has its footer.
    fn purposed(&self, voice: Voice<'_>, spoken: &mut [Spoken]) -> Result<(), Unsaid> {
        for message in spoken {
            message.purpose = message.purpose.max(voice.purpose);
            message.needs = voice.tier.and_then(|tier| permission::needed(self.occasion, tier));
            if message.purpose == Purpose::Marketing {
                self.sign(&mut message.content)?;
            }
        }
        Ok(())
    }

    /// Below what is no template: who sends it, where nobody had written and it does not say so
    /// itself, and the footer of the contact's tier.
    fn sign(&self, content: &mut Content) -> Result<(), Unsaid> {
        let consent = &self.occasion.rules.consent;
        let tier = consent.tier(&self.occasion.now.contact.consent.tier);
        let footer = self.optional(tier.and_then(|tier| tier.footer.as_ref()), FOOTER)?;
        let sender = consent.sender.as_deref().filter(|_| self.occasion.message.is_none());
        let signed = |body: &str| {
            let named = |sender: &&str| {
                body.contains(*sender)
                    || footer.as_ref().is_some_and(|footer| footer.contains(*sender))
            };
            let sender = sender.filter(|sender| !named(sender));
            let lines: Vec<&str> = sender.into_iter().chain(footer.as_deref()).collect();
            lines.join(" · ")
        };
        let below = |text: &str| match signed(text) {
            below if below.is_empty() => text.to_owned(),
            below => format!("{text}\n\n{below}"),
        };
        match content {
            Content::Text { body } => *body = fits(below(body), BODY)?,
            Content::Buttons { frame, .. } | Content::List { frame, .. } => {
                let short = fits(signed(&frame.body), FOOTER).ok();
                match short.filter(|_| frame.footer.is_none()) {
                    Some(short) => frame.footer = Some(short).filter(|short| !short.is_empty()),
                    None => frame.body = fits(below(&frame.body), FRAME_BODY)?,
                }
            }
            Content::Media(media) => {
                let caption = below(media.caption.as_deref().unwrap_or_default());
                media.caption = Some(fits(caption.trim_start().to_owned(), CAPTION)?)
                    .filter(|caption| !caption.is_empty());
            }
            Content::Location { .. } | Content::Template { .. } | Content::Reaction { .. } => {}
        }
        Ok(())
    }

    fn content(&self, say: &Say) -> Result<Content, Unsaid> {
        Ok(match say {
            Say::Text(text) => Content::Text { body: self.text(text, BODY)? },
            Say::Buttons { frame, buttons } => Content::Buttons {
                frame: self.frame(frame)?,
                buttons: gathered(buttons, |button| self.button(button))?,
            },
            Say::List { frame, button, sections } => Content::List {
                frame: self.frame(frame)?,
                button: self.text(button, LIST_BUTTON)?,
                sections: gathered(sections, |section| self.section(section))?,
            },
            Say::Media { kind, source, caption, filename, voice } => Content::Media(Media {
                kind: *kind,
                source: source.clone(),
                caption: self.optional(caption.as_ref(), CAPTION)?,
                filename: filename.clone(),
                voice: *voice,
            }),
            Say::Location { latitude, longitude, name, address } => Content::Location {
                latitude: *latitude,
                longitude: *longitude,
                name: self.optional(name.as_ref(), NAME)?,
                address: self.optional(address.as_ref(), ADDRESS)?,
            },
            Say::Choices(menu) => self.menu(menu)?,
            Say::Template(template) => self.template(template)?.0,
            Say::Script(_) => return Err(Unsaid::Script("it is no message by itself".to_owned())),
        })
    }

    fn frame(&self, frame: &FrameText) -> Result<Frame, Unsaid> {
        Ok(Frame {
            header: self.optional(frame.header.as_ref(), HEADER)?,
            body: self.text(&frame.body, FRAME_BODY)?,
            footer: self.optional(frame.footer.as_ref(), FOOTER)?,
        })
    }

    fn button(&self, button: &ButtonText) -> Result<Button, Unsaid> {
        Ok(Button { id: button.id.clone(), title: self.text(&button.title, BUTTON)? })
    }

    fn section(&self, section: &SectionText) -> Result<Section, Unsaid> {
        Ok(Section {
            title: self.optional(section.title.as_ref(), SECTION)?,
            rows: gathered(&section.rows, |row| self.row(row))?,
        })
    }

    fn row(&self, row: &RowText) -> Result<Row, Unsaid> {
        Ok(Row {
            id: row.id.clone(),
            title: self.text(&row.title, ROW)?,
            description: self.optional(row.description.as_ref(), BELOW)?,
        })
    }

    /// Buttons while there is room for them, else a list.
    fn menu(&self, menu: &Menu) -> Result<Content, Unsaid> {
        let frame = self.frame(&menu.frame)?;
        let choices: Vec<(usize, &Choice)> = (1..).zip(&menu.choices).collect();
        let title = |(number, choice): &(usize, &Choice), bound| {
            let title = self.text(&choice.title, bound)?;
            if menu.numbered { fits(format!("{number}. {title}"), bound) } else { Ok(title) }
        };
        if choices.len() <= limits::BUTTONS_MAX {
            let button = |choice: &(usize, &Choice)| {
                Ok(Button { id: choice.1.id.clone(), title: title(choice, BUTTON)? })
            };
            return Ok(Content::Buttons { frame, buttons: gathered(&choices, button)? });
        }
        let row = |choice: &(usize, &Choice)| {
            let description = self.optional(choice.1.description.as_ref(), BELOW)?;
            Ok(Row { id: choice.1.id.clone(), title: title(choice, ROW)?, description })
        };
        let button = match &menu.button {
            Some(button) => self.text(button, LIST_BUTTON)?,
            None => choose_in(&self.occasion.language).to_owned(),
        };
        let sections = vec![Section { title: None, rows: gathered(&choices, row)? }];
        Ok(Content::List { frame, button, sections })
    }

    /// The template in the contact's language, or a wider one, or the first it is approved in.
    fn template(&self, used: &TemplateUse) -> Result<(Content, Purpose), Unsaid> {
        let Some(template) = self.occasion.rules.templates.get(&used.template) else {
            return Err(Unsaid::Text(format!("there is no template `{}`", used.template)));
        };
        let Some(language) = language_of(template, &self.occasion.language) else {
            return Err(Unsaid::Text(format!("`{}` is approved in no language", used.template)));
        };
        let values = gathered(&used.params, |param| Ok(one_line(&self.text(param, PARAM)?)))?;
        fits(values.concat(), PARAM)?;
        let name = |name: &String| (!template.positional).then(|| name.clone());
        let params = template.params.iter().zip(values);
        let content = Content::Template {
            name: template.id.clone(),
            language: language.clone(),
            params: params.map(|(place, text)| Param { name: name(place), text }).collect(),
        };
        Ok((content, template.purpose))
    }

    /// What becomes of the answer where the window is closed. A template stands for the whole
    /// answer, so it goes with its first message.
    fn outside(&self, voice: Voice<'_>, answer: &mut [Spoken], decision: &mut Decision) {
        let mut free = answer.iter_mut().filter(|spoken| spoken.guards.window_open);
        match voice.outside {
            OutsideWindow::Drop => {}
            OutsideWindow::Queue => free.for_each(|spoken| spoken.outside = Outside::Queue),
            OutsideWindow::Template(template) => {
                let Some(first) = free.next() else { return };
                match self.template(template) {
                    Ok((content, purpose)) => {
                        let content = Box::new(content);
                        let purpose = purpose.max(voice.purpose);
                        first.outside = Outside::Template { content, purpose };
                    }
                    Err(Unsaid::Text(why) | Unsaid::Script(why)) => {
                        let rule = voice.rule;
                        decision.note(format!("`outside_window` of `{rule}` failed: {why}"));
                        decision.count("outside_failed", rule.as_str());
                    }
                }
            }
        }
    }

    fn optional(&self, text: Option<&Localised>, bound: Bound) -> Result<Option<String>, Unsaid> {
        let Some(text) = text else { return Ok(None) };
        let text = fits(self.rendered(text, bound)?, bound)?;
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    fn text(&self, text: &Localised, bound: Bound) -> Result<String, Unsaid> {
        let text = fits(self.rendered(text, bound)?, bound)?;
        if text.trim().is_empty() {
            return Err(Unsaid::Text(format!("{} is empty", bound.0)));
        }
        Ok(text)
    }

    fn rendered(&self, text: &Localised, Bound(what, _): Bound) -> Result<String, Unsaid> {
        let language = &self.occasion.language;
        let Some(text) = localise(text, language) else {
            return Err(Unsaid::Text(format!("{what} is not there in `{language}`")));
        };
        let rendered = self.occasion.rules.texts.render(text, &self.occasion.scope(self.matched));
        rendered.map_err(|error| Unsaid::Text(error.to_string()))
    }
}

/// Each of them, or the first that failed.
fn gathered<T, U>(items: &[T], make: impl Fn(&T) -> Result<U, Unsaid>) -> Result<Vec<U>, Unsaid> {
    items.iter().map(make).collect()
}

fn fits(text: String, Bound(what, most): Bound) -> Result<String, Unsaid> {
    // A text never has more UTF-16 units than bytes.
    let units = if text.len() <= most { 0 } else { text.encode_utf16().count() };
    if units > most {
        return Err(Unsaid::Text(format!("{what} has {units} characters; WhatsApp takes {most}")));
    }
    Ok(text)
}

/// WhatsApp's code of the language a template is sent in.
pub(super) fn language_of<'a>(template: &'a Template, spoken: &str) -> Option<&'a String> {
    let of = |language: &str| {
        template.languages.iter().find(|(name, _)| name == language).map(|(_, code)| code)
    };
    by_language(spoken, of).or_else(|| template.languages.first().map(|(_, code)| code))
}

/// WhatsApp takes no line breaks, tabs or long runs of spaces within a template.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text for a language: its own, a wider one's, the default's.
fn localise(text: &Localised, spoken: &str) -> Option<TextId> {
    let of =
        |language: &str| text.texts.iter().find(|(name, _)| name == language).map(|(_, id)| *id);
    if text.texts.is_empty() { text.default } else { by_language(spoken, of).or(text.default) }
}

/// What there is for a language, else for a wider one.
fn by_language<T>(spoken: &str, of: impl Fn(&str) -> Option<T>) -> Option<T> {
    of(spoken).or_else(|| language::fallbacks(spoken).into_iter().find_map(|wider| of(&wider)))
}

/// What opens a menu that is a list, where its rule does not say.
fn choose_in(spoken: &str) -> &'static str {
    let of = |language: &str| {
        Some(match language {
            "en" => "Choose",
            "ko" => "선택하기",
            "ja" => "選択する",
            "zh" | "zh-Hant" => "選擇",
            "zh-Hans" => "选择",
            "es" => "Elegir",
            _ => return None,
        })
    };
    by_language(spoken, of).unwrap_or("Choose")
}
