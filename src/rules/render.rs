//! How diagnostics look: rustc's way. The only file that knows it.

use super::diagnostic::{Diagnostic, Place, Severity};
use super::position::{self, Lines};
use crate::limits;
use annotate_snippets::normalize_untrusted_str;
use annotate_snippets::renderer::{DecorStyle, Renderer};
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Snippet};

/// Writes diagnostics for a person, the first [`limits::DIAGNOSTICS_SHOWN_MAX`] of them, and a
/// closing line that counts all. `lookup` gives a file's text by the path of a [`Place`]; where it
/// gives none, the place is named without its line.
#[must_use]
pub fn render(
    diagnostics: &[Diagnostic],
    lookup: &dyn Fn(&str) -> Option<String>,
    colour: bool,
) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for diagnostic in diagnostics.iter().take(limits::DIAGNOSTICS_SHOWN_MAX) {
        out.push_str(&one(diagnostic, lookup, &renderer));
        out.push_str("\n\n");
    }
    let hidden = diagnostics.len().saturating_sub(limits::DIAGNOSTICS_SHOWN_MAX);
    if hidden > 0 {
        out.push_str(&format!("… and {hidden} more\n"));
    }
    if !diagnostics.is_empty() {
        out.push_str(&summary(diagnostics));
        out.push('\n');
    }
    out
}

/// `2 errors, 1 warning`; `no problems`.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let counts = [(errors, "error"), (diagnostics.len().saturating_sub(errors), "warning")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if counts.is_empty() { "no problems".to_owned() } else { counts.join(", ") }
}

fn one(
    diagnostic: &Diagnostic,
    lookup: &dyn Fn(&str) -> Option<String>,
    renderer: &Renderer,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title);
    for (file, places) in by_file(&diagnostic.places) {
        let main = file_is_first(diagnostic, file);
        group = match lookup(file) {
            Some(text) => group.element(snippet(file, &text, &places, main)),
            None => group.elements(places.iter().map(|place| {
                Origin::path(file.to_owned()).line(place.line).char_column(place.column)
            })),
        };
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    renderer.render(&[group])
}

fn file_is_first(diagnostic: &Diagnostic, file: &str) -> bool {
    diagnostic.places.first().is_some_and(|place| place.file == file)
}

/// The places file by file, in the order of their first mention.
fn by_file(places: &[Place]) -> Vec<(&str, Vec<&Place>)> {
    let mut files: Vec<(&str, Vec<&Place>)> = Vec::new();
    for place in places {
        match files.iter_mut().find(|(file, _)| *file == place.file) {
            Some((_, places)) => places.push(place),
            None => files.push((&place.file, vec![place])),
        }
    }
    files
}

/// The lines around the places of one file; only they are handed on, for files may be large.
fn snippet<'a>(
    file: &'a str,
    text: &str,
    places: &[&'a Place],
    main: bool,
) -> Snippet<'a, Annotation<'a>> {
    let lines = Lines::of(text);
    let spans: Vec<_> = places.iter().map(|place| position::clamp(text, &place.span)).collect();
    let first = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let last = spans.iter().map(|span| span.end).max().unwrap_or(0);
    let (first_line, _) = lines.locate(text, first);
    let mut start = lines.start_of(first_line);
    if text.get(start..).is_some_and(|rest| rest.starts_with('\u{feff}')) {
        start += '\u{feff}'.len_utf8();
    }
    let end = text.get(last..).and_then(|tail| tail.find('\n')).map_or(text.len(), |at| last + at);
    // A line end of Windows is no part of the line; a space keeps every byte at its place.
    let window = text.get(start..end).unwrap_or_default().replace("\r\n", " \n");
    let window = window.trim_end_matches('\r').to_owned();
    let local = |at: usize| at.saturating_sub(start).min(window.len());
    let annotations: Vec<_> = spans
        .into_iter()
        .zip(places)
        .enumerate()
        .map(|(index, (span, place))| {
            let kind =
                if main && index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let span = kind.span(local(span.start)..local(span.end));
            if place.label.is_empty() {
                span
            } else {
                span.label(normalize_untrusted_str(&place.label))
            }
        })
        .collect();
    Snippet::source(window).path(file).line_start(first_line).annotations(annotations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::codes;

    fn place(text: &str, what: &str, label: &str) -> Place {
        let start = text.find(what).unwrap();
        let (line, column) = Lines::of(text).locate(text, start);
        let span = start..start + what.len();
        Place { span, line, column, ..Place::whole("a.toml", label) }
    }

    #[test]
    fn it_looks_like_rustc() {
        let text = "[[reply]]\nid = \"주문\"\nwrods = [\"a\"]\n";
        let found = Diagnostic::new(&codes::UNKNOWN_KEY, "unknown key `wrods`")
            .at(place(text, "wrods", "not known here"))
            .help("did you mean `words`?");
        let shown = render(&[found], &|_| Some(text.to_owned()), false);
        assert_eq!(
            shown,
            "error[U007]: unknown key `wrods`\n \
             --> a.toml:3:1\n  \
             |\n\
             3 | wrods = [\"a\"]\n  \
             | ^^^^^ not known here\n  \
             |\n  \
             = help: did you mean `words`?\n\n\
             1 error\n"
        );
    }

    #[test]
    fn a_file_without_text_is_still_named() {
        let text = "x = 1";
        let found = Diagnostic::new(&codes::NOT_UTF8, "not UTF-8").at(place(text, "x", ""));
        let shown = render(&[found], &|_| None, false);
        assert!(shown.contains("--> a.toml:1:1"), "{shown}");
    }

    #[test]
    fn escapes_in_a_file_do_not_reach_the_terminal() {
        let text = "x = 1";
        let found = Diagnostic::new(&codes::UNKNOWN_KEY, "a \u{1b}[31m key")
            .at(place(text, "x", "\u{1b}[2J"))
            .help("\u{1b}]0;title\u{7}");
        let shown = render(&[found], &|_| Some("x\u{1b} = 1".to_owned()), false);
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }

    #[test]
    fn the_summary_counts() {
        let error = Diagnostic::new(&codes::SYNTAX, "");
        let warning = Diagnostic::new(&codes::UNUSED_LIST, "");
        assert_eq!(summary(&[error.clone(), error, warning]), "2 errors, 1 warning");
        assert_eq!(summary(&[]), "no problems");
    }
}
