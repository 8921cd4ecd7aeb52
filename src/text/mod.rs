//! What a text is to usher: the normal form, scripts, word boundaries, values taken from text.
//!
//! Pure functions over strings. Nothing here knows a rule, a contact or a file.

pub mod boundary;
pub mod edges;
mod fast;
pub mod language;
pub mod normal;
pub mod ordinal;
pub mod script;
pub mod take;

pub use language::language_by_script;
pub use normal::{NORMAL_FORM, nfkc, normal};
pub use ordinal::ordinal;
