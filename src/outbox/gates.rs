//! Which destinations pause: everything, or one number.
//!
//! A gate that closed is tried by one job at a time, the probe; only a probe opens it again or
//! lengthens its pause. So a hundred sends that fail together close it once. Time here is the
//! monotonic clock, told by the caller: a wall clock set back must not lengthen a pause.

use crate::limits;
use crate::model::{NumberId, SendError};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// What a gate stands before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// WhatsApp as a whole: it cannot be reached, or the token or the account is refused.
    All,
    /// One of our numbers.
    Number,
}

/// How long a gate stays closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// So long at first, then every [`limits::DESTINATION_PROBE_EVERY`]; of one number ever more
    /// seldom, up to [`limits::NUMBER_PROBE_EVERY_MAX`].
    Probe(Duration),
    /// So long at first, then twice as long each time, up to [`limits::THROTTLE_PAUSE_MAX`].
    Doubling(Duration),
}

/// How much may be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claimable {
    /// As much as there is room for.
    Any,
    /// One job, to probe with.
    One,
    /// Nothing for now.
    None,
}

/// Whether a claimed job may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Go(Ticket),
    /// Not before so long.
    Later(SendError, Duration),
}

/// Leave to send; says which gates this send probes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    number: NumberId,
    probes_all: bool,
    probes_number: bool,
}

impl Ticket {
    /// The number it is for.
    #[must_use]
    pub fn number(&self) -> &NumberId {
        &self.number
    }
}

/// What a send showed about its destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// WhatsApp answered for this message: the destination works.
    Works,
    /// Nothing can be said.
    Nothing,
    /// The destination does not work.
    Fails {
        /// Which.
        scope: Scope,
        /// How long to pause.
        pause: Pause,
        /// Why.
        error: SendError,
    },
}

/// All gates; those that stand open are not kept.
#[derive(Debug, Default)]
pub struct Gates {
    all: Option<Closed>,
    by_number: HashMap<NumberId, Closed>,
    numbers: Vec<NumberId>,
}

#[derive(Debug)]
struct Closed {
    error: SendError,
    until: Instant,
    pause: Duration,
    probing: bool,
}

impl Gates {
    /// Open gates; while every one of `numbers` pauses, nothing is claimed.
    #[must_use]
    pub fn new(numbers: Vec<NumberId>) -> Gates {
        Gates { all: None, by_number: HashMap::new(), numbers }
    }

    /// How much may be claimed at `now`.
    #[must_use]
    pub fn claimable(&self, now: Instant) -> Claimable {
        let shut: Vec<&Closed> = match &self.all {
            Some(all) => vec![all],
            None => {
                let shut = self.numbers.iter().filter_map(|number| self.by_number.get(number));
                shut.collect()
            }
        };
        let some_open = self.all.is_none() && (shut.len() < self.numbers.len() || shut.is_empty());
        if some_open {
            Claimable::Any
        } else if shut.iter().any(|gate| gate.lets_probe(now)) {
            Claimable::One
        } else {
            Claimable::None
        }
    }

    /// Whether jobs of a number may be claimed at `now` as far as its own gate goes, and else how
    /// long until one may, to probe with.
    #[must_use]
    pub fn of_number(&self, number: &NumberId, now: Instant) -> (Claimable, Duration) {
        match self.by_number.get(number) {
            None => (Claimable::Any, Duration::ZERO),
            Some(gate) if gate.lets_probe(now) => (Claimable::One, limits::DESTINATION_PROBE_EVERY),
            Some(gate) => {
                let left = gate.until.saturating_duration_since(now);
                (Claimable::None, left.max(limits::OUTBOX_TICK))
            }
        }
    }

    /// Whether a job of `number` may be sent at `now`.
    pub fn admit(&mut self, number: &NumberId, now: Instant) -> Admission {
        let gates = [self.all.as_ref(), self.by_number.get(number)];
        for gate in gates.into_iter().flatten() {
            if !gate.lets_probe(now) {
                let left = gate.until.saturating_duration_since(now).max(limits::OUTBOX_TICK);
                return Admission::Later(gate.error.clone(), left);
            }
        }
        let begin = |gate: Option<&mut Closed>| gate.map(|gate| gate.probing = true).is_some();
        Admission::Go(Ticket {
            probes_all: begin(self.all.as_mut()),
            probes_number: begin(self.by_number.get_mut(number)),
            number: number.clone(),
        })
    }

    /// The gates that are closed, and why: of everything (`None`), of numbers.
    pub fn closed(&self) -> impl Iterator<Item = (Option<&NumberId>, &SendError)> {
        let all = self.all.iter().map(|gate| (None, &gate.error));
        all.chain(self.by_number.iter().map(|(number, gate)| (Some(number), &gate.error)))
    }

    /// Takes in what a send showed. Gives how long the job waits where its destination fails.
    pub fn learn(&mut self, ticket: &Ticket, shown: Shown, now: Instant) -> Option<Duration> {
        let failing = match &shown {
            Shown::Fails { scope, .. } => Some(*scope),
            Shown::Works | Shown::Nothing => None,
        };
        if ticket.probes_all && failing != Some(Scope::All) {
            end_probe(&mut self.all, &shown, now);
        }
        if ticket.probes_number && failing != Some(Scope::Number) {
            let mut gate = self.by_number.remove(&ticket.number);
            // A failure of everything says nothing about the number.
            let shown = if failing.is_some() { &Shown::Nothing } else { &shown };
            end_probe(&mut gate, shown, now);
            if let Some(gate) = gate {
                self.by_number.insert(ticket.number.clone(), gate);
            }
        }
        let Shown::Fails { scope, pause, error } = shown else { return None };
        let gate = match scope {
            Scope::All => {
                let again = |_| limits::DESTINATION_PROBE_EVERY;
                fail(self.all.take(), ticket.probes_all, (pause, &again), error, now)
            }
            Scope::Number => {
                let known = self.by_number.remove(&ticket.number);
                let again =
                    |last: Duration| last.saturating_mul(2).min(limits::NUMBER_PROBE_EVERY_MAX);
                fail(known, ticket.probes_number, (pause, &again), error, now)
            }
        };
        let left = gate.until.saturating_duration_since(now);
        match scope {
            Scope::All => self.all = Some(gate),
            Scope::Number => {
                self.by_number.insert(ticket.number.clone(), gate);
            }
        }
        Some(left)
    }
}

impl Closed {
    fn lets_probe(&self, now: Instant) -> bool {
        now >= self.until && !self.probing
    }
}

/// A probe came back without a failure of this gate: opens it, or has it probed again later.
fn end_probe(gate: &mut Option<Closed>, shown: &Shown, now: Instant) {
    match (gate.as_mut(), shown) {
        (Some(closed), Shown::Nothing) => {
            closed.probing = false;
            closed.until = now + limits::DESTINATION_PROBE_EVERY;
        }
        (Some(_), Shown::Works | Shown::Fails { .. }) => *gate = None,
        (None, _) => {}
    }
}

/// The gate after a failure: newly closed, or closed on after its probe; what was under way when
/// it closed changes nothing.
fn fail(
    known: Option<Closed>,
    probed: bool,
    (pause, probe_again): (Pause, &dyn Fn(Duration) -> Duration),
    error: SendError,
    now: Instant,
) -> Closed {
    let pause = match (&known, pause) {
        (None, Pause::Probe(first) | Pause::Doubling(first)) => first,
        (Some(closed), Pause::Probe(_)) => probe_again(closed.pause),
        (Some(closed), Pause::Doubling(first)) => {
            closed.pause.saturating_mul(2).min(first.max(limits::THROTTLE_PAUSE_MAX)).max(first)
        }
    };
    match known {
        Some(closed) if !probed => closed,
        Some(_) | None => Closed { error, until: now + pause, pause, probing: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn error(reason: &str) -> SendError {
        SendError { code: None, reason: reason.to_owned(), detail: String::new() }
    }

    fn fails(scope: Scope, pause: Pause) -> Shown {
        Shown::Fails { scope, pause, error: error("test") }
    }

    #[test]
    fn one_number_is_probed_ever_more_seldom_and_whatsapp_as_ever() {
        for (scope, expected) in
            [(Scope::All, [1, 5, 5, 5, 5, 5]), (Scope::Number, [1, 2, 4, 8, 16, 32])]
        {
            let mut gates = Gates::new(vec!["1".into()]);
            let mut now = Instant::now();
            for seconds in expected {
                let probe = ticket(&mut gates, "1", now);
                let pause = gates.learn(&probe, fails(scope, Pause::Probe(SECOND)), now);
                assert_eq!(pause, Some(seconds * SECOND), "{scope:?}");
                assert_eq!(gates.closed().count(), 1);
                now += seconds * SECOND;
            }
        }
        let mut gates = Gates::new(vec!["1".into()]);
        let mut now = Instant::now();
        for _ in 0..20 {
            let probe = ticket(&mut gates, "1", now);
            let pause = gates.learn(&probe, fails(Scope::Number, Pause::Probe(SECOND)), now);
            assert!(pause.unwrap() <= limits::NUMBER_PROBE_EVERY_MAX);
            now += limits::NUMBER_PROBE_EVERY_MAX;
        }
        assert_eq!(gates.by_number.len(), 1);
    }

    fn ticket(gates: &mut Gates, number: &str, now: Instant) -> Ticket {
        match gates.admit(&number.into(), now) {
            Admission::Go(ticket) => ticket,
            Admission::Later(..) => panic!("{number} is not admitted"),
        }
    }

    fn is_later(gates: &mut Gates, number: &str, now: Instant) -> bool {
        matches!(gates.admit(&number.into(), now), Admission::Later(..))
    }

    #[test]
    fn a_destination_that_fails_is_probed_by_one_until_it_works() {
        let start = Instant::now();
        let mut gates = Gates::new(vec!["1".into()]);
        assert_eq!(gates.claimable(start), Claimable::Any);
        let (first, second) = (ticket(&mut gates, "1", start), ticket(&mut gates, "1", start));
        let down = || fails(Scope::All, Pause::Probe(SECOND));
        assert_eq!(gates.learn(&first, down(), start), Some(SECOND));
        // Under way when it closed: neither a longer pause, nor open again.
        assert_eq!(gates.learn(&second, down(), start), Some(SECOND));
        assert_eq!(gates.learn(&second, Shown::Works, start), None);
        assert_eq!(gates.claimable(start), Claimable::None);
        assert!(is_later(&mut gates, "1", start));

        let later = start + SECOND;
        assert_eq!(gates.claimable(later), Claimable::One);
        let probe = ticket(&mut gates, "1", later);
        assert_eq!(gates.claimable(later), Claimable::None);
        assert!(is_later(&mut gates, "1", later));
        assert_eq!(gates.learn(&probe, down(), later), Some(limits::DESTINATION_PROBE_EVERY));

        let again = later + limits::DESTINATION_PROBE_EVERY;
        let probe = ticket(&mut gates, "1", again);
        assert_eq!(gates.learn(&probe, Shown::Nothing, again), None);
        assert_eq!(gates.claimable(again), Claimable::None);
        let last = again + limits::DESTINATION_PROBE_EVERY;
        let probe = ticket(&mut gates, "1", last);
        gates.learn(&probe, Shown::Works, last);
        assert_eq!(gates.claimable(last), Claimable::Any);
        ticket(&mut gates, "1", last);
    }

    #[test]
    fn a_number_that_is_throttled_pauses_longer_each_time_and_alone() {
        let mut now = Instant::now();
        let mut gates = Gates::new(vec!["1".into(), "2".into()]);
        let slow = || fails(Scope::Number, Pause::Doubling(SECOND));
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let one = ticket(&mut gates, "1", now);
            let pause = Duration::from_secs(seconds);
            assert_eq!(gates.learn(&one, slow(), now), Some(pause));
            assert_eq!(gates.claimable(now), Claimable::Any, "the other number goes on");
            assert!(is_later(&mut gates, "1", now));
            ticket(&mut gates, "2", now);
            now += pause;
        }
        let other = ticket(&mut gates, "2", now);
        gates.learn(&other, slow(), now);
        assert_eq!(gates.claimable(now), Claimable::One, "number 1 may be probed");
        let probe = ticket(&mut gates, "1", now);
        assert_eq!(gates.claimable(now), Claimable::None);
        gates.learn(&probe, Shown::Works, now);
        assert_eq!(gates.claimable(now), Claimable::Any);
    }

    #[test]
    fn a_failure_of_everything_keeps_what_is_known_of_a_number() {
        let mut now = Instant::now();
        let mut gates = Gates::new(vec!["1".into(), "2".into()]);
        let one = ticket(&mut gates, "1", now);
        gates.learn(&one, fails(Scope::Number, Pause::Doubling(SECOND)), now);
        now += SECOND;
        let probe = ticket(&mut gates, "1", now);
        gates.learn(&probe, fails(Scope::All, Pause::Probe(SECOND)), now);
        assert_eq!(gates.claimable(now), Claimable::None);
        now += limits::DESTINATION_PROBE_EVERY;
        let probe = ticket(&mut gates, "1", now);
        // The number fails, but by that everything else works again.
        gates.learn(&probe, fails(Scope::Number, Pause::Doubling(SECOND)), now);
        assert_eq!(gates.claimable(now), Claimable::Any);
        assert!(is_later(&mut gates, "1", now));
        ticket(&mut gates, "2", now);
    }
}
