//! Rule files → [`Ruleset`]: bytes, drafts with spans, diagnostics, the compiled immutable thing.
//!
//! Lives here: everything that knows how a rule is written. May not live here: reading files (the
//! bytes come in as [`Sources`]), applying rules to a message (that is `decide`).

pub mod codes;
pub mod compile;
pub mod consent_texts;
pub mod consent_words;
pub mod consenting;
pub mod diagnostic;
pub mod draft;
pub mod duration;
pub mod emitting;
pub mod following;
pub mod forming;
pub mod handing;
pub mod hours;
pub mod lists;
pub mod lookup;
pub mod matcher;
pub mod media;
pub mod notify;
pub mod position;
pub mod problems;
pub mod render;
pub mod ruleset;
pub mod says;
pub mod schema;
pub mod scope;
pub mod scripts;
pub mod sentences;
pub mod settings;
pub mod shipped;
pub mod sources;
pub mod story;
pub mod suggest;
pub mod texts;
pub mod variables;

pub use compile::{Compiled, compile};
pub use diagnostic::{Diagnostic, Severity};
pub use matcher::Matcher;
pub use ruleset::Ruleset;
pub use settings::Settings;
pub use sources::Sources;
