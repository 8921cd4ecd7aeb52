//! Whatever the rules, whatever happens: nobody is sent what they did not allow.
//!
//! Random rule sets (`shop`) and random histories (`history`) go through the real compiler, turn,
//! stores and claim (`rig`); an oracle that knows nothing of usher's own reckoning (`oracle`) judges
//! what was sent. Then the same with a bug planted between `decide` and the commit, and behind the
//! commit (`planted`): the layer after it catches every one, and the oracle would have.
//!
//! `USHER_CONSENT_CASES` runs so many other cases of each, each time new ones.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "consent_invariant/from_outside.rs"]
mod from_outside;
#[path = "consent_invariant/history.rs"]
mod history;
#[path = "consent_invariant/oracle.rs"]
mod oracle;
#[path = "consent_invariant/planted.rs"]
mod planted;
#[path = "consent_invariant/rig.rs"]
mod rig;
#[path = "consent_invariant/shop.rs"]
mod shop;

use history::{Act, histories};
use planted::Bug;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use rig::{Place, Rig, Seen};
use shop::{Shop, shops};
use std::cell::RefCell;
use std::fmt::Write as _;

/// Every case is played on its own; the counts are of all of them.
fn run(cases: u32, bug: Bug) -> Vec<Seen> {
    let asked = std::env::var("USHER_CONSENT_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 3_000,
        ..ProptestConfig::default()
    };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => {
            let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
            TestRunner::new_with_rng(config, rng)
        }
    };
    let place = prop_oneof![
        5 => Just(Place::Memory),
        2 => Just(Place::Embedded),
        1 => Just(Place::Disk),
    ];
    let seen = RefCell::new(Vec::new());
    let shops = (shops(), shops()).prop_map(|(shop, other)| (shop.reworked(&other), shop));
    let outcome = runner.run(&(shops, histories(), place), |(shops, history, place)| {
        let played = play(&shops, &history, place, bug).map_err(TestCaseError::fail)?;
        seen.borrow_mut().push(played);
        Ok(())
    });
    match outcome {
        Ok(()) => seen.into_inner(),
        Err(TestError::Abort(why)) => panic!("{why}"),
        Err(TestError::Fail(why, (shops, history, place))) => {
            panic!("{why}\n{}", told(&shops, &history, place))
        }
    }
}

/// The rules in the beginning, and after a reload.
type Shops = (Shop, Shop);

fn play((shop, other): &Shops, history: &[Act], place: Place, bug: Bug) -> Result<Seen, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Rig::new(shop, other, place, bug)?.play(history))
}

/// The least case that fails, to be read.
fn told((shop, other): &Shops, history: &[Act], place: Place) -> String {
    let mut out = format!("in {place:?}, with these rules:\n{}\nand this history:\n", shop.toml());
    if history.iter().any(|act| matches!(act, Act::Reload)) {
        let _ = write!(out, "reloaded with:\n{}\n", other.toml());
    }
    for (place, act) in history.iter().enumerate() {
        let _ = writeln!(out, "{place:4} {act:?}");
    }
    out
}

/// How often it happened in all.
fn total(seen: &[Seen], what: impl Fn(&Seen) -> u64) -> u64 {
    seen.iter().map(what).sum()
}

#[test]
fn nobody_is_sent_what_they_did_not_allow() {
    let seen = run(130, Bug::None);
    let counts = [
        ("advertised", total(&seen, |seen| seen.advertised)),
        ("confirmed", total(&seen, |seen| seen.confirmed)),
        ("stopped", total(&seen, |seen| seen.stopped)),
        ("suspended", total(&seen, |seen| seen.suspended)),
        ("raised", total(&seen, |seen| seen.raised)),
        ("lowered", total(&seen, |seen| seen.lowered)),
        ("merged", total(&seen, |seen| seen.merged)),
        ("held by night", total(&seen, |seen| seen.held_by_night)),
        ("refused at the claim", total(&seen, |seen| seen.refused_at_claim)),
        ("deaths", total(&seen, |seen| seen.deaths)),
        ("repeated", total(&seen, |seen| seen.repeated)),
        ("reloads", total(&seen, |seen| seen.reloads)),
        ("merges", total(&seen, |seen| seen.merges)),
        ("followed up", total(&seen, |seen| seen.followed)),
        ("lookups answered", total(&seen, |seen| seen.answered)),
        ("storms", total(&seen, |seen| seen.storms)),
        ("early answers", total(&seen, |seen| seen.early)),
        ("refused to the bot", total(&seen, |seen| seen.refused_to_the_bot)),
    ];
    println!("{counts:?}");
    for (what, count) in counts {
        assert!(count > 0, "never: {what}");
    }
}

#[test]
fn a_bug_in_deciding_is_caught_at_the_commit() {
    let seen = run(30, Bug::Decide);
    let planted = total(&seen, |seen| seen.planted);
    let caught = total(&seen, |seen| seen.caught_at_commit);
    println!("{planted} planted, {caught} caught");
    assert!(planted > 0, "the oracle would have seen none");
    assert_eq!(caught, planted);
}

#[test]
fn a_bug_at_the_commit_is_caught_by_the_claim() {
    let seen = run(30, Bug::Gate);
    let planted = total(&seen, |seen| seen.planted);
    let caught = total(&seen, |seen| seen.caught_at_claim);
    println!("{planted} planted, {caught} caught");
    assert!(planted > 0, "the oracle would have seen none");
    assert!(caught > 0, "none came to the claim");
}

#[test]
fn a_bug_about_who_may_speak_is_caught_at_the_commit_and_by_the_claim() {
    let seen = run(60, Bug::Guards);
    let planted = total(&seen, |seen| seen.planted);
    let caught = total(&seen, |seen| seen.caught_at_commit);
    let refused = total(&seen, |seen| seen.refused_to_the_bot);
    println!("{planted} planted, {caught} caught, {refused} refused at the claim");
    assert!(planted > 0, "the oracle would have seen none");
    assert_eq!(caught, planted);
    assert!(refused > 0, "none came to the claim");
}
