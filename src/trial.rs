//! [`crate::decide::check()`] on several threads: the same findings in the same order, sooner; and
//! whatever else is tried piece by piece.
//!
//! Lives here: how many threads, and that nothing is lost with them. May not live here: what is
//! checked.

use crate::decide::check::{Checked, check_spread};
use crate::limits;
use crate::rules::{Settings, Sources};
use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread::{self, Builder};

/// How many cores a trial may keep busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// Every one: nobody is being answered yet.
    All,
    /// Half of them, at least one: the others go on answering customers. A trial that takes turns
    /// with them on every core makes all of them wait; on half of the cores, at worst half.
    Half,
}

impl Cores {
    fn count(self) -> usize {
        let all = thread::available_parallelism().map_or(1, NonZero::get);
        let some = match self {
            Cores::All => all,
            Cores::Half => all / 2,
        };
        some.clamp(1, limits::TRIAL_THREADS_MAX)
    }
}

/// Compiles rule files and runs their examples. It blocks until all threads are done.
#[must_use]
pub fn check(sources: &Sources, settings: &Settings, cores: Cores) -> Checked {
    check_on(sources, settings, cores.count())
}

/// What `work` makes of ranges that make up all places below `count`, in their order. It blocks
/// until all threads are done.
pub fn spread<T: Send>(
    count: usize,
    cores: Cores,
    work: &(dyn Fn(Range<usize>) -> T + Sync),
) -> Vec<T> {
    side_by_side(count, cores.count(), work)
}

fn check_on(sources: &Sources, settings: &Settings, threads: usize) -> Checked {
    check_spread(sources, settings, |rules, try_some| side_by_side(rules, threads, try_some))
}

/// The first portion is this thread's own; so is one that no thread could be had for.
fn side_by_side<T: Send>(
    rules: usize,
    threads: usize,
    try_some: &(dyn Fn(Range<usize>) -> T + Sync),
) -> Vec<T> {
    let mut portions = portions(rules, threads);
    let Some(own) = portions.next() else { return Vec::new() };
    thread::scope(|scope| {
        let started: Vec<_> = portions
            .map(|some| {
                let thread = Builder::new().name("usher-trial".to_owned());
                let taken = some.clone();
                (thread.spawn_scoped(scope, move || try_some(taken)), some)
            })
            .collect();
        let mut tried = vec![try_some(own)];
        tried.extend(started.into_iter().map(|(thread, some)| match thread {
            // A panic is told by whoever asked, as if it had happened here.
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => try_some(some),
        }));
        tried
    })
}

/// Ranges of about the same length that make up all rules, in order.
fn portions(rules: usize, threads: usize) -> impl Iterator<Item = Range<usize>> {
    let each = rules.div_ceil(threads).max(limits::TRIAL_PORTION_MIN);
    (0..rules).step_by(each).map(move |from| from..rules.min(from + each))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide;
    use std::fmt::Write;

    #[test]
    fn many_threads_find_what_one_finds_in_the_same_order() {
        let mut toml = String::from("[language]\ndefault = \"en\"\n");
        let count = 5 * limits::TRIAL_PORTION_MIN + 7;
        for n in 0..count {
            // Every third rule disclaims a sentence that it wins.
            let not = if n % 3 == 0 { format!("\"the word{n}q\"") } else { String::new() };
            write!(
                toml,
                "[[reply]]\nid = \"r{n}\"\nwords = [\"word{n}q\"]\ntext = \"x\"\n\
                 examples = [\"word{n}q please\"]\n"
            )
            .unwrap();
            if !not.is_empty() {
                writeln!(toml, "not_examples = [{not}]").unwrap();
            }
        }
        let (sources, settings) = (Sources::default().with("a.toml", toml), Settings::default());
        let one = decide::check(&sources, &settings);
        assert_eq!(one.examples, count + count.div_ceil(3));
        assert_eq!(one.diagnostics.len(), count.div_ceil(3));
        for threads in [1, 2, 3, 64] {
            let many = check_on(&sources, &settings, threads);
            assert_eq!(many.diagnostics, one.diagnostics, "{threads} threads");
            assert_eq!(many.examples, one.examples, "{threads} threads");
            assert!(many.ruleset.is_none());
        }
    }

    #[test]
    fn portions_make_up_the_whole() {
        let least = limits::TRIAL_PORTION_MIN;
        for (rules, threads) in [(0, 4), (1, 4), (least, 4), (10 * least + 3, 4), (least, 1)] {
            let all: Vec<usize> = portions(rules, threads).flatten().collect();
            assert_eq!(all, (0..rules).collect::<Vec<_>>());
            assert!(portions(rules, threads).count() <= threads);
        }
    }
}
