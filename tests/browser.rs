//! `usher demo` and its page as people meet them, in a real browser. Leaves `target/screenshots/` to
//! look at.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "browser/beginning.rs"]
mod beginning;
#[path = "support/browser.rs"]
mod browser;
#[path = "browser/drawing.rs"]
mod drawing;
#[path = "browser/editing.rs"]
mod editing;
#[path = "browser/menus.rs"]
mod menus;
#[path = "browser/newcomer.rs"]
mod newcomer;
#[path = "browser/page.rs"]
mod page;
#[path = "support/process.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod process;
#[path = "support/wait.rs"]
mod wait;
