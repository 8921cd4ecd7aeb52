//! How fast may be sent: a rate for each of our numbers, and WhatsApp's rate for each customer.
//!
//! Buckets of tokens, in memory: after a restart they are full, which WhatsApp forgives (131056,
//! 130429). Pure: time is the monotonic clock, told by the caller.

use crate::limits;
use crate::model::{ContactId, NumberId};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// How fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Messages a second and number at the start.
    pub start: u32,
    /// Messages a second and number at most: the number's own level.
    pub max: u32,
    /// One message to the same customer so often…
    pub pair_every: Duration,
    /// …and so many in a burst.
    pub pair_burst: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            start: limits::RATE_START,
            max: limits::RATE_MAX,
            pair_every: limits::PAIR_EVERY,
            pair_burst: limits::PAIR_BURST,
        }
    }
}

/// Every bucket. A bucket nobody has drawn from is full and not kept.
#[derive(Debug)]
pub struct Pace {
    rates: Rates,
    numbers: HashMap<NumberId, NumberPace>,
    pairs: HashMap<(NumberId, ContactId), Bucket>,
    /// When full pairs were forgotten last.
    tidied: Instant,
}

#[derive(Debug)]
struct NumberPace {
    bucket: Bucket,
    /// Messages a second, now.
    rate: f64,
    raised: Instant,
    halved: Option<Instant>,
}

/// Tokens at an instant; they grow until it is full.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn full(burst: f64, now: Instant) -> Bucket {
        Bucket { tokens: burst, at: now }
    }

    fn grown(self, every: Duration, burst: f64, now: Instant) -> Bucket {
        let since = now.saturating_duration_since(self.at).as_secs_f64();
        let more = if every.is_zero() { burst } else { since / every.as_secs_f64() };
        Bucket { tokens: (self.tokens + more).min(burst), at: now.max(self.at) }
    }

    /// How long until there is a whole token.
    fn wait(self, every: Duration) -> Duration {
        every.mul_f64((1.0 - self.tokens).max(0.0))
    }
}

impl Pace {
    /// Full buckets.
    #[must_use]
    pub fn new(rates: Rates, now: Instant) -> Pace {
        Pace { rates, numbers: HashMap::new(), pairs: HashMap::new(), tidied: now }
    }

    /// How many messages a number may send at `now`, and how long until it may send one more.
    pub fn of_number(&mut self, number: &NumberId, now: Instant) -> (usize, Duration) {
        let pace = self.number(number, now);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and a rate of thousands"
        )]
        let free = pace.bucket.tokens.max(0.0) as usize;
        (free, pace.bucket.wait(pace.every()))
    }

    /// The span between two messages of a number at its rate of now.
    pub fn every(&self, number: &NumberId) -> Duration {
        let start = f64::from(self.rates.start);
        self.numbers.get(number).map_or(Duration::from_secs_f64(1.0 / start), NumberPace::every)
    }

    /// Customers who may be sent nothing more at `now`, and for how long.
    pub fn spent_pairs(
        &mut self,
        now: Instant,
    ) -> impl Iterator<Item = (&(NumberId, ContactId), Duration)> {
        self.tidy(now);
        let (every, burst) = (self.rates.pair_every, f64::from(self.rates.pair_burst));
        self.pairs.iter().filter_map(move |(pair, bucket)| {
            let bucket = bucket.grown(every, burst, now);
            (bucket.tokens < 1.0).then(|| (pair, bucket.wait(every)))
        })
    }

    /// A message goes from the number to the customer.
    pub fn take(&mut self, number: &NumberId, contact: ContactId, now: Instant) {
        self.number(number, now).bucket.tokens -= 1.0;
        let (every, burst) = (self.rates.pair_every, f64::from(self.rates.pair_burst));
        let pair = self.pairs.entry((number.clone(), contact));
        let bucket = pair.or_insert_with(|| Bucket::full(burst, now));
        *bucket = bucket.grown(every, burst, now);
        bucket.tokens -= 1.0;
    }

    /// WhatsApp said that the number sends too fast: half as fast, once for all that were sent
    /// together.
    pub fn throttled(&mut self, number: &NumberId, now: Instant) {
        let pace = self.number(number, now);
        let lately = |at: Instant| now.saturating_duration_since(at) < limits::RATE_HALVED_EVERY;
        if pace.halved.is_some_and(lately) {
            return;
        }
        pace.rate = (pace.rate / 2.0).max(1.0);
        pace.bucket.tokens = pace.bucket.tokens.min(0.0);
        (pace.halved, pace.raised) = (Some(now), now);
    }

    /// The number's pace, brought up to `now`: raised where it was not throttled for a while.
    fn number(&mut self, number: &NumberId, now: Instant) -> &mut NumberPace {
        let start = f64::from(self.rates.start);
        let pace = self.numbers.entry(number.clone()).or_insert_with(|| NumberPace {
            bucket: Bucket::full(start, now),
            rate: start,
            raised: now,
            halved: None,
        });
        let max = f64::from(self.rates.max);
        while pace.rate < max && now.saturating_duration_since(pace.raised) >= RAISED_EVERY {
            pace.rate = (pace.rate + 1.0).min(max);
            pace.raised += RAISED_EVERY;
        }
        if pace.rate >= max {
            pace.raised = now;
        }
        pace.bucket = pace.bucket.grown(pace.every(), pace.rate, now);
        pace
    }

    /// Full buckets are forgotten now and then; where too many are left, the fullest too.
    fn tidy(&mut self, now: Instant) {
        let (every, burst) = (self.rates.pair_every, f64::from(self.rates.pair_burst));
        let crowded = self.pairs.len() > limits::PAIRS_WATCHED_MAX;
        if !crowded && now.saturating_duration_since(self.tidied) < every {
            return;
        }
        self.tidied = now;
        self.pairs.retain(|_, bucket| bucket.grown(every, burst, now).tokens < burst);
        if self.pairs.len() > limits::PAIRS_WATCHED_MAX {
            self.pairs.retain(|_, bucket| bucket.grown(every, burst, now).tokens < 1.0);
        }
    }
}

const RAISED_EVERY: Duration = limits::RATE_RAISED_EVERY;

impl NumberPace {
    fn every(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const SECOND: Duration = Duration::from_secs(1);

    fn contact(n: u128) -> ContactId {
        ContactId(Uuid::from_u128(n))
    }

    fn waits(pace: &mut Pace, n: u128, now: Instant) -> Option<u64> {
        let spent = pace.spent_pairs(now).find(|(pair, _)| pair.1 == contact(n));
        spent.map(|(_, wait)| u64::try_from(wait.as_millis()).unwrap())
    }

    #[test]
    fn a_customer_gets_a_burst_and_then_one_every_six_seconds() {
        let start = Instant::now();
        let mut pace = Pace::new(Rates { pair_burst: 3, ..Rates::default() }, start);
        for sent in 0..3 {
            assert_eq!(waits(&mut pace, 1, start), None, "{sent}");
            pace.take(&"1".into(), contact(1), start);
        }
        assert_eq!(waits(&mut pace, 1, start), Some(6_000));
        assert_eq!(waits(&mut pace, 2, start), None, "others go on");
        assert_eq!(waits(&mut pace, 1, start + 4 * SECOND), Some(2_000));
        let next = start + 6 * SECOND;
        assert_eq!(waits(&mut pace, 1, next), None);
        pace.take(&"1".into(), contact(1), next);
        assert_eq!(waits(&mut pace, 1, next), Some(6_000));
        // Idle, the bucket fills and is forgotten.
        assert_eq!(waits(&mut pace, 1, next + 60 * SECOND), None);
        assert_eq!(pace.pairs.len(), 0);
    }

    #[test]
    fn buckets_are_bounded_and_the_empty_ones_stay() {
        let now = Instant::now();
        let mut pace = Pace::new(Rates { pair_burst: 2, ..Rates::default() }, now);
        for n in 0..limits::PAIRS_WATCHED_MAX as u128 + 10 {
            pace.take(&"1".into(), contact(n), now);
        }
        pace.take(&"1".into(), contact(7), now);
        assert_eq!(waits(&mut pace, 7, now), Some(6_000));
        assert_eq!(pace.pairs.len(), 1);
    }

    #[test]
    fn a_number_sends_at_its_rate_halves_it_when_throttled_and_recovers_slowly() {
        let mut now = Instant::now();
        let mut pace = Pace::new(Rates { start: 10, max: 12, ..Rates::default() }, now);
        let (one, two) = (NumberId::from("1"), NumberId::from("2"));
        for left in (0..10).rev() {
            pace.take(&one, contact(1), now);
            assert_eq!(pace.of_number(&one, now).0, left);
        }
        assert_eq!(pace.of_number(&one, now).1, SECOND / 10);
        assert_eq!(pace.of_number(&two, now).0, 10, "each number has its own");
        now += SECOND / 2;
        assert_eq!(pace.of_number(&one, now).0, 5);
        for _ in 0..5 {
            // All were sent together.
            pace.throttled(&one, now);
        }
        assert_eq!(pace.of_number(&one, now), (0, SECOND / 5));
        now += 2 * SECOND;
        assert_eq!(pace.of_number(&one, now).0, 5, "five a second");
        for (seconds, rate) in [(5, 6), (15, 9), (15, 12), (60, 12)] {
            now += Duration::from_secs(seconds);
            pace.of_number(&one, now);
            now += Duration::from_millis(1_200);
            assert_eq!(pace.of_number(&one, now).0, rate);
        }
        for _ in 0..10 {
            now += 2 * SECOND;
            pace.throttled(&one, now);
        }
        assert_eq!(pace.every(&one), SECOND, "never slower than one a second");
    }
}
