//! `media`: pictures, videos, sounds, documents, stickers; a file of `media/` or a link.

use super::{Speaker, text};
use crate::limits;
use crate::model::{MediaKind, MediaSource};
use crate::rules::codes;
use crate::rules::compile::bench::Bench;
use crate::rules::draft::say::{MediaDraft, TextDraft};
use crate::rules::media;
use crate::rules::problems::At;
use crate::rules::says::Say;
use crate::rules::sources::MediaFile;
use crate::rules::suggest;

/// The folder that files are sent from.
const FOLDER: &str = "media/";

const KINDS: [MediaKind; 5] =
    [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Document, MediaKind::Sticker];

impl Bench<'_> {
    /// Compiles a file or a link, with the text below it.
    pub fn media(
        &mut self,
        by: Speaker<'_>,
        draft: &At<MediaDraft>,
        caption: Option<&At<TextDraft>>,
    ) -> Option<Say> {
        let media = &draft.value;
        let (named, kind, source) = match (&media.file, &media.link) {
            (Some(file), _) => (file, self.kind_of(by.sheet, media, file), self.file(by, file)),
            (None, Some(link)) => {
                (link, self.kind_of(by.sheet, media, link), self.link(by.sheet, link))
            }
            (None, None) => return None,
        };
        let caption_sent = caption.map(|text| self.localised(by, text, &text::CAPTION));
        let kind = kind?;
        if let (Some(caption), MediaKind::Audio | MediaKind::Sticker) = (caption, kind) {
            let what = if kind == MediaKind::Audio { "a sound" } else { "a sticker" };
            let message = format!("{what} has no text below it");
            let help = "send two: `messages = [{ media = \"…\" }, \"…\"]`";
            let label = "not shown by WhatsApp";
            self.report(&codes::CAPTION_HERE, message, by.sheet, &caption.span, label, help);
        }
        self.fitting(by.sheet, media, named, kind);
        self.written_out(by.sheet, media);
        if let Some(file) = media.file.as_ref() {
            self.check_size(by.sheet, file, kind);
        }
        Some(Say::Media {
            kind,
            source: source?,
            caption: caption_sent,
            filename: filename(media, named, kind),
            voice: media.voice.as_ref().is_some_and(|voice| voice.value),
        })
    }

    /// From `kind`, else from the ending.
    fn kind_of(&self, sheet: usize, media: &MediaDraft, named: &At<String>) -> Option<MediaKind> {
        let by_ending = media::known(&named.value).map(|known| known.kind);
        let Some(given) = &media.kind else {
            if by_ending.is_none() {
                self.unknown_media(sheet, media, named);
            }
            return by_ending;
        };
        let Some(kind) = KINDS.into_iter().find(|kind| kind.name() == given.value) else {
            let message = format!("there is no kind of media `{}`", given.value);
            let names = KINDS.map(MediaKind::name);
            let help = suggest::help(&given.value, names, "the kinds");
            self.report(&codes::UNKNOWN_VALUE, message, sheet, &given.span, "no such kind", help);
            return None;
        };
        // Any file may go as a document; a picture never goes as a sound.
        let other = by_ending.filter(|by_ending| *by_ending != kind && kind != MediaKind::Document);
        if let Some(other) = other {
            let message =
                format!("`{}` is media of the kind `{}`", media::base(&named.value), other.name());
            let help = format!("drop `kind`, or write `kind = \"{}\"`", other.name());
            self.report(&codes::BAD_MEDIA, message, sheet, &given.span, "does not fit", help);
        }
        if media.file.is_some() && by_ending.is_none() {
            self.unknown_media(sheet, media, named);
        }
        Some(kind)
    }

    fn unknown_media(&self, sheet: usize, media: &MediaDraft, named: &At<String>) {
        let ending = media::ending(&named.value);
        let message = if ending.is_empty() {
            format!("the kind of `{}` cannot be told: it has no ending", media::base(&named.value))
        } else {
            format!("WhatsApp takes no media that end in `.{ending}`")
        };
        let endings: Vec<String> =
            media::ENDINGS.iter().map(|known| format!(".{}", known.ending)).collect();
        let mut help = format!("it takes {}", endings.join(" "));
        if media.link.is_some() {
            let link = &named.value;
            help = format!(
                "say what it is: `media = {{ link = \"{link}\", kind = \"document\" }}`; {help}"
            );
        }
        self.report(&codes::UNKNOWN_MEDIA, message, sheet, &named.span, "unknown media", help);
    }

    fn file(&mut self, by: Speaker<'_>, file: &At<String>) -> Option<MediaSource> {
        let path = file.value.as_str();
        let Some(known_file) = self.media_file(path) else {
            self.missing(by.sheet, file);
            return None;
        };
        let sha256 = known_file.sha256.clone();
        self.media_used.insert(path.to_owned());
        let mime = media::known(path).map(|known| known.mime.to_owned())?;
        Some(MediaSource::File { sha256, mime })
    }

    fn media_file(&self, path: &str) -> Option<&MediaFile> {
        path.starts_with(FOLDER).then(|| self.media_files.get(path)).flatten()
    }

    fn missing(&self, sheet: usize, file: &At<String>) {
        let path = file.value.as_str();
        let inside = format!("{FOLDER}{}", path.trim_start_matches("./").trim_start_matches('/'));
        let known = self.media_files.keys().map(String::as_str);
        let (message, help) = if path.starts_with(FOLDER) {
            let help = match suggest::nearest(path, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("put the file into the rules folder as `{path}`"),
            };
            (format!("there is no file `{path}`"), help)
        } else if self.media_files.contains_key(&inside) {
            (format!("`{path}` is not in the folder `media`"), format!("did you mean `{inside}`?"))
        } else {
            let message = format!("`{path}` is neither a link nor a file in the folder `media`");
            (message, "write `media = \"media/menu.jpg\"` or `media = \"https://…\"`".to_owned())
        };
        self.report(&codes::MEDIA_MISSING, message, sheet, &file.span, "no such file", help);
    }

    fn link(&self, sheet: usize, link: &At<String>) -> Option<MediaSource> {
        let text = link.value.as_str();
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        let help = if !text::is_literal(text) {
            "a link is written out in full; `{{ }}` is filled in only in texts"
        } else if host.is_empty() || host.starts_with(':') {
            "write the whole address: `https://shop.example/menu.pdf`"
        } else if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            "an address has no spaces; write `%20` for one"
        } else {
            return Some(MediaSource::Link(text.to_owned()));
        };
        let message = format!("`{text}` is no web address that WhatsApp could fetch");
        self.report(&codes::BAD_LINK, message, sheet, &link.span, "not a link", help);
        None
    }

    /// `voice` and `filename` belong to some kinds only.
    fn fitting(&self, sheet: usize, media: &MediaDraft, named: &At<String>, kind: MediaKind) {
        if let Some(voice) = media.voice.as_ref().filter(|voice| voice.value) {
            let told = media::ending(&named.value);
            if kind != MediaKind::Audio || !matches!(told.as_str(), "ogg" | "opus" | "") {
                let message = "only an `.ogg` sound can be a voice note";
                let help = "convert the sound to OGG (Opus, mono), or drop `voice`";
                self.report(&codes::BAD_MEDIA, message, sheet, &voice.span, "no voice note", help);
            }
        }
        if let Some(filename) = media.filename.as_ref().filter(|_| kind != MediaKind::Document) {
            let message = "only a document is shown with a file name";
            let help = "drop `filename`, or write `kind = \"document\"`";
            let label = "not shown by WhatsApp";
            self.report(&codes::BAD_MEDIA, message, sheet, &filename.span, label, help);
        }
    }

    /// Only texts have `{{ }}`.
    fn written_out(&self, sheet: usize, media: &MediaDraft) {
        let Some(name) = &media.filename else { return };
        if !text::is_literal(&name.value) {
            let message = format!("the file name `{}` is sent as it is", name.value);
            let help = "write it out: `{{ }}` is filled in only in texts";
            self.report(&codes::BAD_MEDIA, message, sheet, &name.span, "not filled in", help);
        }
    }

    fn check_size(&self, sheet: usize, file: &At<String>, kind: MediaKind) {
        let Some(known_file) = self.media_file(&file.value) else { return };
        let (bytes, most) = (known_file.bytes, bytes_max(kind));
        if bytes > most {
            let message = format!(
                "the file has {}; WhatsApp takes {} of the kind `{}`",
                size(bytes),
                size(most),
                kind.name()
            );
            let help = match kind {
                MediaKind::Image => "save it smaller, or send it as `kind = \"document\"`",
                MediaKind::Sticker => "make it smaller: 512 × 512 points, fewer colours",
                _ => "make it smaller, or send a link to it in a text",
            };
            self.report(&codes::BIG_MEDIA, message, sheet, &file.span, "too big", help);
        } else if kind == MediaKind::Sticker && bytes > limits::STICKER_STATIC_BYTES_MAX {
            let message = format!(
                "the sticker has {}; one that does not move may have {}",
                size(bytes),
                size(limits::STICKER_STATIC_BYTES_MAX)
            );
            let help = "make it smaller, unless it moves";
            let label = "too big, unless it moves";
            self.report(&codes::BIG_STICKER, message, sheet, &file.span, label, help);
        }
    }
}

/// What WhatsApp takes of a kind.
fn bytes_max(kind: MediaKind) -> u64 {
    match kind {
        MediaKind::Image => limits::IMAGE_BYTES_MAX,
        MediaKind::Video => limits::VIDEO_BYTES_MAX,
        MediaKind::Audio => limits::AUDIO_BYTES_MAX,
        MediaKind::Document => limits::DOCUMENT_BYTES_MAX,
        MediaKind::Sticker => limits::STICKER_BYTES_MAX,
    }
}

/// What a document is called: as given, else as its file.
fn filename(media: &MediaDraft, named: &At<String>, kind: MediaKind) -> Option<String> {
    if kind != MediaKind::Document {
        return None;
    }
    let given = media.filename.as_ref().map(|filename| filename.value.clone());
    given.or_else(|| Some(media::base(&named.value).to_owned()).filter(|base| !base.is_empty()))
}

/// `5.2 MB`, `120 KB`
fn size(bytes: u64) -> String {
    const KB: u64 = 1024;
    if bytes < KB * KB {
        return format!("{} KB", bytes.div_ceil(KB));
    }
    let tenths = (bytes * 10).div_ceil(KB * KB);
    match tenths % 10 {
        0 => format!("{} MB", tenths / 10),
        tenth => format!("{}.{tenth} MB", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_never_told_too_small() {
        for (bytes, told) in [
            (1, "1 KB"),
            (100 * 1024 + 1, "101 KB"),
            (5 * 1024 * 1024, "5 MB"),
            (5 * 1024 * 1024 + 1, "5.1 MB"),
        ] {
            assert_eq!(size(bytes), told);
        }
    }
}
