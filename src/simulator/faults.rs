//! What goes wrong on purpose: how often, what next, and how often it did.

use crate::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

/// How often what goes wrong. Chances are 0 to 1, each for one message or webhook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Every answer comes so many milliseconds later.
    pub latency_ms: u64,
    /// 429 with code 130429, with or without `Retry-After`; not accepted.
    pub rate_limited: f64,
    /// 500 with code 131016, or an HTML 502; not accepted.
    pub server_error: f64,
    /// No answer, the connection stays open; not accepted.
    pub timeout: f64,
    /// The connection is closed without an answer; not accepted.
    pub reset: f64,
    /// Accepted, but nobody is told: the connection is closed or held without an answer.
    pub hidden: f64,
    /// Accepted, but no status of it is ever sent.
    pub lost_status: f64,
    /// An upload that a message names is gone; not accepted.
    pub media_gone: f64,
    /// A webhook comes two or three times.
    pub duplicates: f64,
    /// A webhook comes up to two seconds late, so that later ones overtake it.
    pub reorder: f64,
    /// The next so many times for certain, before any chance is asked.
    pub once: BTreeMap<Fault, u32>,
}

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// [`Faults::rate_limited`]
    RateLimited,
    /// [`Faults::server_error`]
    ServerError,
    /// [`Faults::timeout`]
    Timeout,
    /// [`Faults::reset`]
    Reset,
    /// [`Faults::hidden`]
    Hidden,
    /// [`Faults::lost_status`]
    LostStatus,
    /// [`Faults::media_gone`]
    MediaGone,
    /// [`Faults::duplicates`]
    Duplicates,
    /// [`Faults::reorder`]
    Reorder,
}

/// Faults that cannot be meant.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FaultsError {
    /// A chance below 0 or above 1.
    #[error("`{name}` is a chance from 0 to 1, not {value}")]
    Chance {
        /// Which.
        name: &'static str,
        /// What was given.
        value: f64,
    },
    /// The chances of one message's faults exclude each other.
    #[error(
        "`rate_limited`, `server_error`, `timeout`, `reset` and `hidden` together are more than 1"
    )]
    Together,
    /// More latency than allowed.
    #[error("`latency_ms` is at most {}", limits::SIM_LATENCY_MAX.as_millis())]
    Latency,
    /// The text form is not understood.
    #[error(
        "expected `NAME=VALUE,…` with a known name (`rate_limited=0.01,latency_ms=20`), not `{0}`"
    )]
    Syntax(String),
}

impl Faults {
    /// Whether these faults can be meant.
    ///
    /// # Errors
    /// The first value that cannot.
    pub fn check(&self) -> Result<(), FaultsError> {
        for (name, value) in self.chances() {
            if !(0.0..=1.0).contains(&value) {
                return Err(FaultsError::Chance { name, value });
            }
        }
        let exclusive: f64 = self.exclusive().iter().map(|(_, chance)| chance).sum();
        if exclusive > 1.0 + 1e-9 {
            return Err(FaultsError::Together);
        }
        if u128::from(self.latency_ms) > limits::SIM_LATENCY_MAX.as_millis() {
            return Err(FaultsError::Latency);
        }
        Ok(())
    }

    fn chances(&self) -> [(&'static str, f64); 9] {
        [
            ("rate_limited", self.rate_limited),
            ("server_error", self.server_error),
            ("timeout", self.timeout),
            ("reset", self.reset),
            ("hidden", self.hidden),
            ("lost_status", self.lost_status),
            ("media_gone", self.media_gone),
            ("duplicates", self.duplicates),
            ("reorder", self.reorder),
        ]
    }

    /// Of these at most one befalls a message.
    fn exclusive(&self) -> [(Fault, f64); 5] {
        [
            (Fault::RateLimited, self.rate_limited),
            (Fault::ServerError, self.server_error),
            (Fault::Timeout, self.timeout),
            (Fault::Reset, self.reset),
            (Fault::Hidden, self.hidden),
        ]
    }

    fn chance(&self, fault: Fault) -> f64 {
        match fault {
            Fault::RateLimited => self.rate_limited,
            Fault::ServerError => self.server_error,
            Fault::Timeout => self.timeout,
            Fault::Reset => self.reset,
            Fault::Hidden => self.hidden,
            Fault::LostStatus => self.lost_status,
            Fault::MediaGone => self.media_gone,
            Fault::Duplicates => self.duplicates,
            Fault::Reorder => self.reorder,
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        if name == "latency_ms" {
            self.latency_ms = value.parse().ok()?;
            return Some(());
        }
        let place = match name {
            "rate_limited" => &mut self.rate_limited,
            "server_error" => &mut self.server_error,
            "timeout" => &mut self.timeout,
            "reset" => &mut self.reset,
            "hidden" => &mut self.hidden,
            "lost_status" => &mut self.lost_status,
            "media_gone" => &mut self.media_gone,
            "duplicates" => &mut self.duplicates,
            "reorder" => &mut self.reorder,
            _ => return None,
        };
        *place = value.parse().ok()?;
        Some(())
    }
}

impl FromStr for Faults {
    type Err = FaultsError;

    /// `rate_limited=0.01,hidden=0.001,latency_ms=20`
    fn from_str(text: &str) -> Result<Faults, FaultsError> {
        let mut faults = Faults::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            part.split_once('=')
                .and_then(|(name, value)| faults.set(name.trim(), value.trim()))
                .ok_or_else(|| FaultsError::Syntax(part.to_owned()))?;
        }
        faults.check()?;
        Ok(faults)
    }
}

/// What befalls one message that is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Accepted and answered.
    Answered,
    /// 429.
    RateLimited {
        /// With `Retry-After`.
        retry_after: bool,
    },
    /// 5xx.
    ServerError {
        /// As HTML from some proxy.
        html: bool,
    },
    /// No answer; not accepted.
    Timeout,
    /// Connection closed; not accepted.
    Reset,
    /// Accepted without an answer.
    Hidden {
        /// The connection stays open.
        held: bool,
    },
}

/// The dice, and what they threw so far.
#[derive(Debug)]
pub(super) struct Dice {
    faults: Faults,
    counts: BTreeMap<Fault, u64>,
    rng: fastrand::Rng,
    /// For delays, so that how often a webhook is sent again does not change which faults come.
    delays: fastrand::Rng,
}

impl Dice {
    pub(super) fn new(faults: Faults, seed: u64) -> Dice {
        let mut rng = fastrand::Rng::with_seed(seed);
        let delays = rng.fork();
        Dice { faults, counts: BTreeMap::new(), rng, delays }
    }

    pub(super) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(super) fn counts(&self) -> BTreeMap<Fault, u64> {
        self.counts.clone()
    }

    pub(super) fn set(&mut self, faults: Faults) {
        self.faults = faults;
    }

    pub(super) fn latency(&self) -> Duration {
        Duration::from_millis(self.faults.latency_ms)
    }

    /// What befalls the next message.
    pub(super) fn fate(&mut self) -> Fate {
        let Some(fault) = self.next_exclusive() else { return Fate::Answered };
        self.count(fault);
        match fault {
            Fault::RateLimited => Fate::RateLimited { retry_after: self.rng.bool() },
            Fault::ServerError => Fate::ServerError { html: self.rng.bool() },
            Fault::Timeout => Fate::Timeout,
            Fault::Reset => Fate::Reset,
            Fault::Hidden => Fate::Hidden { held: self.rng.bool() },
            Fault::LostStatus | Fault::MediaGone | Fault::Duplicates | Fault::Reorder => {
                Fate::Answered
            }
        }
    }

    /// Whether this fault happens now; counted when it does.
    pub(super) fn happens(&mut self, fault: Fault) -> bool {
        let happens = self.take_once(fault) || self.rng.f64() < self.faults.chance(fault);
        if happens {
            self.count(fault);
        }
        happens
    }

    /// A number below `end`; 0 where `end` is 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.delays.u64(0..end) }
    }

    fn next_exclusive(&mut self) -> Option<Fault> {
        let exclusive = self.faults.exclusive();
        if let Some((fault, _)) = exclusive.iter().find(|(fault, _)| self.take_once(*fault)) {
            return Some(*fault);
        }
        let mut throw = self.rng.f64();
        exclusive.into_iter().find_map(|(fault, chance)| {
            throw -= chance;
            (throw < 0.0).then_some(fault)
        })
    }

    fn take_once(&mut self, fault: Fault) -> bool {
        match self.faults.once.get_mut(&fault) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    fn count(&mut self, fault: Fault) {
        let count = self.counts.entry(fault).or_default();
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_read_and_nonsense_refused() {
        let faults: Faults = "rate_limited=0.01, hidden=0.5,latency_ms=20".parse().unwrap();
        assert_eq!((faults.rate_limited, faults.hidden, faults.latency_ms), (0.01, 0.5, 20));
        assert_eq!("".parse(), Ok(Faults::default()));
        for bad in ["hiden=0.1", "hidden", "hidden=x", "hidden=1.5", "reset=NaN", "reset=-0.1"] {
            assert!(bad.parse::<Faults>().is_err(), "{bad}");
        }
        assert_eq!("reset=0.6,hidden=0.6".parse::<Faults>(), Err(FaultsError::Together));
        assert_eq!("latency_ms=99999999".parse::<Faults>(), Err(FaultsError::Latency));
    }

    #[test]
    fn the_same_seed_throws_the_same() {
        let faults: Faults = "rate_limited=0.2,server_error=0.2,hidden=0.2".parse().unwrap();
        let throw = |seed| {
            let mut dice = Dice::new(faults.clone(), seed);
            (0..200).map(|_| dice.fate()).collect::<Vec<_>>()
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
    }

    #[test]
    fn chances_come_about_as_often_as_they_say() {
        let faults: Faults = "rate_limited=0.1,reset=0.1,lost_status=0.5".parse().unwrap();
        let mut dice = Dice::new(faults, 1);
        for _ in 0..10_000 {
            dice.fate();
            dice.happens(Fault::LostStatus);
        }
        let counts = dice.counts();
        assert!((900..1_100).contains(&counts[&Fault::RateLimited]), "{counts:?}");
        assert!((900..1_100).contains(&counts[&Fault::Reset]), "{counts:?}");
        assert!((4_700..5_300).contains(&counts[&Fault::LostStatus]), "{counts:?}");
        assert_eq!(counts.get(&Fault::Hidden), None);
    }

    #[test]
    fn once_goes_first_and_is_used_up() {
        let once = BTreeMap::from([(Fault::Reset, 2)]);
        let mut dice = Dice::new(Faults { once, ..Faults::default() }, 1);
        assert_eq!(
            [dice.fate(), dice.fate(), dice.fate()],
            [Fate::Reset, Fate::Reset, Fate::Answered]
        );
    }
}
