//! What each customer allows, told from what they did and from what they were shown, in simple
//! words. Nothing of usher's own reckoning is read: people are known by their addresses, a message
//! by its marks, and the night by the clock on the wall.
//!
//! Where usher may be stricter than this, it may; it may never be laxer.

use crate::history::{self, Names, Update, What, Zone};
use crate::shop::{Shop, Tiers};
use std::collections::{BTreeMap, BTreeSet};
use usherd::model::{
    Alias, ConsentAct, Content, JobId, LedgerEntry, NumberId, Purpose, Recipient, Stops, Timestamp,
};

const HOUR: i64 = 3_600_000;
/// Clocks differ by so much.
const SLACK: i64 = 2_000;

/// How a stop is confirmed where the rules do not say.
const STOPPED: [&str; 3] = [
    "You will get no more offers from us.",
    "앞으로 광고 메시지를 보내지 않겠습니다.",
    "我們不會再傳送優惠訊息給您。",
];

/// Everybody.
pub struct Oracle<'a> {
    shop: &'a Shop,
    people: Vec<Person>,
}

/// One customer, as far as it is known that two addresses are one customer's.
#[derive(Debug, Clone)]
struct Person {
    aliases: BTreeSet<Alias>,
    allowed: Allowed,
    /// On each number the question that was the last thing they were sent.
    asked: BTreeMap<NumberId, Asked>,
    /// Where an agent has them for certain.
    owned: BTreeSet<NumberId>,
    /// Where they live; several where two who became one lived in different places.
    zones: BTreeSet<Zone>,
    merged: bool,
}

/// What a customer allows beside what everybody does.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    tier: Option<String>,
    /// Until when.
    granted: BTreeMap<Purpose, Option<Timestamp>>,
    stopped: BTreeSet<Purpose>,
    suspended: bool,
    whatsapp_stop: bool,
}

#[derive(Debug, Clone)]
struct Asked {
    what: Question,
    at: Timestamp,
    until: Timestamp,
    /// The job that puts it.
    job: JobId,
    /// When its sending began: nobody has seen it before.
    shown: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Marketing,
    Stop,
}

/// What a message is, by its looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    pub needs: Needs,
    /// Said by, or on the way to, people; by the business itself; or it confirms a stop: whoever has
    /// the conversation.
    pub free: bool,
}

/// What it takes to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    Marketing,
    Utility,
    /// To hold the tier `marketing`.
    Club,
    Nothing,
}

impl Allowed {
    /// Whether it may be sent to them at this time, and why not.
    pub fn permits(&self, shop: &Shop, purpose: Purpose, at: Timestamp) -> Result<(), String> {
        let because = |why: &str| Err(format!("{} although {why}", purpose.as_str()));
        if self.stopped.contains(&purpose) {
            return because("they said stop");
        }
        if purpose == Purpose::Marketing && (self.suspended || self.whatsapp_stop) {
            return because("they said something like stop, or WhatsApp's switch is off");
        }
        let granted = self.granted.get(&purpose);
        let granted = granted.is_some_and(|until| until.is_none_or(|until| at < until));
        if granted || shop.base().contains(&purpose) {
            return Ok(());
        }
        because("they never agreed, or it is over")
    }

    fn grant(&mut self, shop: &Shop, tier: &str, at: Timestamp) {
        let until = shop.renew.filter(|_| tier == "marketing");
        let until = until.map(|days| Timestamp(at.millis() + days as i64 * 24 * HOUR));
        let allows = shop.allows(tier);
        self.stopped.retain(|purpose| !allows.contains(purpose));
        if allows.contains(&Purpose::Marketing) {
            self.suspended = false;
        }
        self.granted = allows.into_iter().map(|purpose| (purpose, until)).collect();
        self.tier = Some(tier.to_owned());
    }

    fn stop(&mut self, shop: &Shop) {
        self.stopped.extend(shop.stops());
        self.suspended = false;
    }

    fn sounds_like_stop(&mut self, shop: &Shop) {
        if shop.stops().iter().all(|purpose| self.stopped.contains(purpose)) {
            return self.stop(shop);
        }
        self.suspended = true;
    }

    fn refuse(&mut self, tier: &str) {
        if self.tier.as_deref() == Some(tier) {
            (self.tier, self.granted) = (None, BTreeMap::new());
        }
    }

    /// Less, from outside, at once.
    fn lower(&mut self, shop: &Shop) {
        let left = shop.allows(if shop.tiers == Tiers::Three { "orders" } else { "" });
        if self.tier.as_deref() == Some("marketing") {
            self.granted.retain(|purpose, _| left.contains(purpose));
            self.tier = (shop.tiers == Tiers::Three).then(|| "orders".to_owned());
        }
    }

    /// Marketing, from outside, with proof that they agreed then. What they agreed to later stays.
    fn raise(&mut self, shop: &Shop, agreed: Timestamp) {
        if shop.tiers == Tiers::None || !self.stopped.is_empty() || self.suspended {
            return;
        }
        let before = self.granted.clone();
        self.grant(shop, "marketing", agreed);
        for (purpose, until) in before {
            let now = self.granted.entry(purpose).or_insert(until);
            *now = now.zip(until).map(|(one, two)| one.max(two));
        }
    }

    /// What a line about less from outside says: how much was stopped, and the tier that is left.
    fn less(&mut self, shop: &Shop, tier: &str, stops: Option<Stops>) {
        if let Some(stops) = stops {
            self.stopped.insert(Purpose::Marketing);
            if stops == Stops::All {
                self.stopped.extend([Purpose::Utility, Purpose::Authentication]);
            }
            self.suspended = false;
        }
        if tier != "marketing" {
            self.lower(shop);
        }
    }

    /// What a ledger amounts to.
    pub fn told_by(shop: &Shop, ledger: &[LedgerEntry]) -> Allowed {
        let mut now = Allowed::default();
        for LedgerEntry { act, tier, at, stated_at, stops, .. } in ledger {
            match act {
                ConsentAct::Created | ConsentAct::Asked => {}
                ConsentAct::Confirmed => now.grant(shop, tier, *at),
                ConsentAct::Raised => now.grant(shop, tier, stated_at.unwrap_or(*at)),
                // A refusal that took a tier away names the one that is left.
                ConsentAct::Refused if tier == "marketing" => {}
                ConsentAct::Refused => (now.tier, now.granted) = (None, BTreeMap::new()),
                ConsentAct::Stopped => now.stop(shop),
                ConsentAct::Suspended => now.suspended = true,
                ConsentAct::Resumed => now.suspended = false,
                ConsentAct::Lowered => now.less(shop, tier, *stops),
                ConsentAct::StoppedInWhatsApp => now.whatsapp_stop = true,
                ConsentAct::ResumedInWhatsApp => now.whatsapp_stop = false,
            }
        }
        now
    }

    /// Of two persons who are one: what both allow.
    fn both(mut self, other: Allowed) -> Allowed {
        let sooner = |one: Option<Timestamp>, two: Option<Timestamp>| match (one, two) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        let granted = self.granted.iter().filter_map(|(purpose, until)| {
            Some((*purpose, sooner(*until, *other.granted.get(purpose)?)))
        });
        self.granted = granted.collect();
        self.tier = self.tier.filter(|tier| other.tier.as_ref() == Some(tier));
        self.stopped.extend(other.stopped);
        self.suspended |= other.suspended;
        self.whatsapp_stop |= other.whatsapp_stop;
        self
    }
}

impl<'a> Oracle<'a> {
    pub fn new(shop: &'a Shop) -> Oracle<'a> {
        Oracle { shop, people: Vec::new() }
    }

    /// Who has these addresses; several who have them are one from now on. `true` where that is news.
    pub fn meet(&mut self, aliases: &[Alias]) -> bool {
        let (mine, others): (Vec<Person>, Vec<Person>) = self
            .people
            .drain(..)
            .partition(|person| aliases.iter().any(|alias| person.aliases.contains(alias)));
        let several = mine.len() > 1;
        let one = mine.into_iter().reduce(|mut one, two| {
            one.aliases.extend(two.aliases);
            one.allowed = one.allowed.both(two.allowed);
            // Who was asked was one of them only.
            one.asked = BTreeMap::new();
            one.owned.extend(two.owned);
            one.zones.extend(two.zones);
            one.merged = true;
            one
        });
        let mut one = one.unwrap_or_else(|| Person {
            aliases: BTreeSet::new(),
            allowed: Allowed::default(),
            asked: BTreeMap::new(),
            owned: BTreeSet::new(),
            zones: BTreeSet::from([Zone::Seoul]),
            merged: false,
        });
        one.aliases.extend(aliases.iter().cloned());
        self.people = others;
        self.people.push(one);
        several
    }

    fn person(&mut self, alias: &Alias) -> &mut Person {
        self.meet(std::slice::from_ref(alias));
        self.people.last_mut().unwrap()
    }

    fn known(&self, alias: &Alias) -> Option<&Person> {
        self.people.iter().find(|person| person.aliases.contains(alias))
    }

    /// What they allow; `None` for nobody, and for who is two that became one.
    pub fn allowed(&self, alias: &Alias) -> Option<&Allowed> {
        self.known(alias).map(|person| &person.allowed)
    }

    pub fn was_merged(&self, alias: &Alias) -> bool {
        self.known(alias).is_some_and(|person| person.merged)
    }

    /// A customer did this. `stated` is when they did it by their own clock.
    pub fn did(
        &mut self,
        who: &Alias,
        number: &NumberId,
        what: &What,
        stated: Timestamp,
        at: Timestamp,
    ) {
        let shop = self.shop;
        let person = self.person(who);
        let said = Timestamp(stated.millis() + SLACK);
        let asked = person.asked.get(number).filter(|one| at < one.until && said >= one.at);
        // What allows more answers only what was seen.
        let seen = asked.filter(|asked| asked.shown.is_some_and(|shown| said >= shown));
        let (open, seen) = (asked.map(|one| one.what), seen.map(|one| one.what));
        let allowed = &mut person.allowed;
        let (text, typed) = match what {
            What::Text(text) => (*text, true),
            What::Quoting(text) | What::Image(Some(text)) => (*text, false),
            What::Tap(id) => {
                match (*id, seen) {
                    ("consent.yes.marketing", Some(Question::Marketing)) => {
                        allowed.grant(shop, "marketing", at);
                    }
                    ("consent.no.marketing", _) => allowed.refuse("marketing"),
                    ("consent.stop.yes", _) => allowed.stop(shop),
                    ("consent.stop.no", Some(Question::Stop)) => allowed.suspended = false,
                    _ => {}
                }
                return;
            }
            What::Image(None) | What::Reaction => return,
        };
        if history::STOPS.contains(&text) {
            allowed.stop(shop);
        } else if history::NEAR_STOPS.contains(&text) {
            allowed.sounds_like_stop(shop);
        } else if history::YES.contains(&text) && typed {
            match open {
                Some(Question::Marketing) if seen.is_some() => {
                    allowed.grant(shop, "marketing", at);
                }
                Some(Question::Stop) => allowed.stop(shop),
                Some(Question::Marketing) | None => {}
            }
        } else if history::NO.contains(&text) && typed {
            match open {
                Some(Question::Marketing) => allowed.refuse("marketing"),
                Some(Question::Stop) if seen.is_some() => allowed.suspended = false,
                Some(Question::Stop) | None => {}
            }
        } else if text == history::ORDERS && shop.tiers == Tiers::Three {
            allowed.grant(shop, "orders", at);
        }
    }

    /// WhatsApp's own switch was turned.
    pub fn switched(&mut self, who: &Alias, stop: bool) {
        self.person(who).allowed.whatsapp_stop = stop;
    }

    /// Somebody said this of them, from outside.
    pub fn updated(&mut self, who: &Alias, number: &NumberId, update: Update, at: Timestamp) {
        let shop = self.shop;
        let person = self.person(who);
        let allowed = &mut person.allowed;
        match update {
            Update::Lives(zone) => person.zones = BTreeSet::from([zone]),
            Update::Lowers => allowed.lower(shop),
            Update::Raises(days) => {
                allowed.raise(shop, Timestamp(at.millis() - days as i64 * 24 * HOUR));
            }
            Update::RaisesUnproven => {}
            Update::Stops | Update::StopsAll => {
                let marketing = [Purpose::Marketing];
                let all = [Purpose::Utility, Purpose::Authentication, Purpose::Marketing];
                let all = if matches!(update, Update::StopsAll) { &all[..] } else { &marketing };
                allowed.stopped.extend(all);
                allowed.suspended = false;
                // A yes to what they were asked before does not take it back.
                person.asked.remove(number);
            }
        }
    }

    /// Nothing they were asked before is the last thing they were sent.
    pub fn forget_question(&mut self, who: &Alias, number: &NumberId) {
        self.person(who).asked.remove(number);
    }

    /// This was to be put to them, and never will be.
    pub fn never_came(&mut self, who: &Alias, number: &NumberId, content: &Content) {
        let asked = self.person(who).asked.get(number).map(|asked| asked.what);
        if asked.is_some() && asked == question(content) {
            self.forget_question(who, number);
        }
    }

    /// This is to be put to them.
    pub fn told(
        &mut self,
        who: &Alias,
        number: &NumberId,
        content: &Content,
        job: JobId,
        at: Timestamp,
    ) {
        let hours = match question(content) {
            Some(Question::Stop) => 24,
            Some(Question::Marketing) => self.shop.within as i64,
            None => return self.forget_question(who, number),
        };
        let Some(what) = question(content) else { return };
        let until = Timestamp(at.millis() + hours * HOUR);
        let asked = Asked { what, at, until, job, shown: None };
        self.person(who).asked.insert(number.clone(), asked);
    }

    /// This is on its way to them now.
    pub fn shows(&mut self, to: &Recipient, number: &NumberId, job: JobId, now: Timestamp) {
        let asked = self.person(&address(to)).asked.get_mut(number);
        if let Some(asked) = asked.filter(|asked| asked.job == job) {
            asked.shown.get_or_insert(now);
        }
    }

    /// Other rules are in force.
    pub fn reloaded(&mut self, shop: &'a Shop) {
        self.shop = shop;
    }

    /// From now on an agent has them for certain, or no longer.
    pub fn owned(&mut self, who: &Alias, number: &NumberId, owned: bool) {
        let person = self.person(who);
        if owned {
            person.owned.insert(number.clone());
        } else {
            person.owned.remove(number);
        }
    }

    /// Whether this may reach them now.
    pub fn judge(
        &self,
        to: &Recipient,
        number: &NumberId,
        content: &Content,
        now: Timestamp,
    ) -> Result<(), String> {
        let alias = address(to);
        let Some(person) = self.known(&alias) else {
            return Err(format!("{to:?} never wrote"));
        };
        let looks = looks(content);
        match looks.needs {
            Needs::Marketing => {
                person.allowed.permits(self.shop, Purpose::Marketing, now)?;
                self.is_day(person, now)?;
            }
            Needs::Utility => person.allowed.permits(self.shop, Purpose::Utility, now)?,
            Needs::Club => person.allowed.permits(self.shop, Purpose::Marketing, now)?,
            Needs::Nothing => {}
        }
        if person.owned.contains(number) && !looks.free {
            return Err("the bot speaks while an agent has the conversation".to_owned());
        }
        Ok(())
    }

    fn is_day(&self, person: &Person, now: Timestamp) -> Result<(), String> {
        let Some((from, until)) = self.shop.quiet() else { return Ok(()) };
        let (from, until) = (i64::from(from), i64::from(until));
        let is_quiet = |zone: &Zone| {
            let hour = (now.millis() + zone.ahead() * HOUR).rem_euclid(24 * HOUR) / HOUR;
            if from < until { from <= hour && hour < until } else { hour >= from || hour < until }
        };
        if person.zones.iter().all(is_quiet) {
            return Err(format!("advertised at night in {:?}", person.zones));
        }
        Ok(())
    }
}

/// The question about consent that a message puts.
fn question(content: &Content) -> Option<Question> {
    let Content::Buttons { buttons, .. } = content else { return None };
    let has = |id: &str| buttons.iter().any(|button| button.id == id);
    match () {
        () if has("consent.yes.marketing") => Some(Question::Marketing),
        () if has("consent.stop.yes") => Some(Question::Stop),
        () => None,
    }
}

/// What a message is, by its marks or its template.
pub fn looks(content: &Content) -> Looks {
    let words = content.in_words();
    if let Content::Template { name, .. } = content {
        let needs = if name.ends_with("sale") { Needs::Marketing } else { Needs::Utility };
        return Looks { needs, free: name.starts_with("n_") };
    }
    // What closes a conversation where it is not the queue's own word is an answer.
    let marked = |mark: &str| words.contains(mark) || (mark == "[agent]" && words == "#end");
    let mut free = ["[h]", "[g]", "[n]", "[stop]", "[agent]"].into_iter().chain(STOPPED);
    let needs = match () {
        () if marked("[m]") => Needs::Marketing,
        () if marked("[u]") => Needs::Utility,
        () if marked("[c]") => Needs::Club,
        () => Needs::Nothing,
    };
    Looks { needs, free: free.any(marked) }
}

/// Whose address it is.
pub fn address(to: &Recipient) -> Alias {
    match to {
        Recipient::Phone(id) => Alias::WaId(id.clone()),
        Recipient::Bsuid(id) => Alias::Bsuid(id.clone()),
    }
}

/// The ids a customer is stated by.
pub fn aliases(who: usize, names: Names) -> Vec<Alias> {
    let phone = Alias::WaId(format!("35191000000{who}"));
    let bsuid = Alias::Bsuid(format!("PT.{who}"));
    match names {
        Names::Phone => vec![phone],
        Names::Bsuid => vec![bsuid],
        Names::Both => vec![phone, bsuid],
    }
}
