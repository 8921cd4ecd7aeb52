//! What WhatsApp takes as media: endings of files, their kinds and MIME types.

use crate::model::MediaKind;

/// An ending WhatsApp takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Ending {
    /// In small letters, without its point.
    pub ending: &'static str,
    /// The kind of media it stands for.
    pub kind: MediaKind,
    /// Its MIME type.
    pub mime: &'static str,
}

const fn ending_of(ending: &'static str, kind: MediaKind, mime: &'static str) -> Ending {
    Ending { ending, kind, mime }
}

/// Every ending WhatsApp takes.
pub const ENDINGS: [Ending; 21] = [
    ending_of("jpg", MediaKind::Image, "image/jpeg"),
    ending_of("jpeg", MediaKind::Image, "image/jpeg"),
    ending_of("png", MediaKind::Image, "image/png"),
    ending_of("mp4", MediaKind::Video, "video/mp4"),
    ending_of("3gp", MediaKind::Video, "video/3gpp"),
    ending_of("aac", MediaKind::Audio, "audio/aac"),
    ending_of("amr", MediaKind::Audio, "audio/amr"),
    ending_of("mp3", MediaKind::Audio, "audio/mpeg"),
    ending_of("m4a", MediaKind::Audio, "audio/mp4"),
    ending_of("ogg", MediaKind::Audio, "audio/ogg"),
    ending_of("opus", MediaKind::Audio, "audio/ogg"),
    ending_of("webp", MediaKind::Sticker, "image/webp"),
    ending_of("pdf", MediaKind::Document, "application/pdf"),
    ending_of("doc", MediaKind::Document, "application/msword"),
    ending_of(
        "docx",
        MediaKind::Document,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ending_of("xls", MediaKind::Document, "application/vnd.ms-excel"),
    ending_of(
        "xlsx",
        MediaKind::Document,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ending_of("ppt", MediaKind::Document, "application/vnd.ms-powerpoint"),
    ending_of(
        "pptx",
        MediaKind::Document,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ending_of("txt", MediaKind::Document, "text/plain"),
    // WhatsApp's list of types has no `text/csv`; a table of commas is plain text.
    ending_of("csv", MediaKind::Document, "text/plain"),
];

/// What WhatsApp makes of a path or link by its ending; `None` where it takes none such.
#[must_use]
pub fn known(path: &str) -> Option<&'static Ending> {
    let ending = ending(path);
    ENDINGS.iter().find(|known| known.ending == ending)
}

/// The last part of a path or link, without what a link asks for.
#[must_use]
pub fn base(path: &str) -> &str {
    let path =
        if path.contains("://") { path.split(['?', '#']).next().unwrap_or(path) } else { path };
    let after_host = path.split_once("://").map_or(path, |(_, rest)| rest);
    match after_host.rsplit_once('/') {
        Some((_, base)) => base,
        None if path.contains("://") => "",
        None => after_host,
    }
}

/// The ending of a path or link, in small letters; empty where it has none.
#[must_use]
pub fn ending(path: &str) -> String {
    base(path).rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_endings_of_paths_and_links() {
        for (path, name, end) in [
            ("media/a/menu.PDF", "menu.PDF", "pdf"),
            ("https://shop.example/a/menu.pdf?v=1.2#x", "menu.pdf", "pdf"),
            ("https://shop.example", "", ""),
            ("https://shop.example/menu", "menu", ""),
            ("media/menu", "menu", ""),
            ("menu.jpg", "menu.jpg", "jpg"),
        ] {
            assert_eq!((base(path), ending(path).as_str()), (name, end), "{path}");
        }
    }
}
