//! Random histories: what customers, agents, WhatsApp, the outbox and the clock do.

use crate::shop::WORDS;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Act {
    /// A webhook with these messages.
    Webhook(Vec<Said>),
    /// "subscribe", and "yes" to what they are asked; few would ever be sold anything without it.
    OptsIn {
        who: usize,
        number: usize,
    },
    /// They opt in, and think better of it while an advertisement waits: a stop, or the API lowers
    /// what they allow.
    Regrets {
        who: usize,
        number: usize,
        stops: bool,
    },
    /// Something that came before comes again.
    Again(Index),
    /// WhatsApp's own switch.
    Switch {
        who: usize,
        names: Names,
        stop: bool,
    },
    Desk {
        who: usize,
        number: usize,
        agent: usize,
        act: Desk,
    },
    /// A person types in the WhatsApp Business app.
    Echo {
        who: usize,
        number: usize,
        text: &'static str,
    },
    /// A system posts a deal that starts in so many hours.
    Post {
        who: usize,
        number: usize,
        hours: u64,
        zone: Option<Zone>,
    },
    /// Somebody asks by the API for a message.
    Ask {
        who: usize,
        number: usize,
        text: bool,
        template: bool,
        advertises: bool,
    },
    /// A contact is changed by the API.
    Update {
        who: usize,
        number: usize,
        update: Update,
    },
    /// So many minutes pass.
    Wait(u64),
    /// What is due rings.
    Ring,
    /// A report on the message sent last.
    Status {
        failed: bool,
    },
    Outbox(Outbox),
    /// Another system answers one of the questions it was asked; they need not come in order.
    Answer {
        which: Index,
        found: Option<bool>,
    },
    /// The rules are changed for the other ones.
    Reload,
    /// They write nothing for so many minutes, and what is due then rings.
    Silence(u64),
    /// The same again and again.
    Flood {
        who: usize,
        number: usize,
        text: &'static str,
    },
    /// Two ids have little to do with each other; one of them opts in and the other may say stop; then
    /// they are found to be one person's.
    Merge {
        who: usize,
        stops: bool,
    },
}

/// What the API says of a contact.
#[derive(Debug, Clone, Copy)]
pub enum Update {
    Lives(Zone),
    /// To the tier below.
    Lowers,
    /// To marketing, with all that proves it; they agreed so many days ago.
    Raises(u64),
    /// To marketing, and says neither where nor when.
    RaisesUnproven,
    Stops,
    StopsAll,
}

/// Where a customer is said to live; the clocks are the same all year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    Seoul,
    Phoenix,
}

impl Zone {
    pub fn name(self) -> &'static str {
        match self {
            Zone::Seoul => "Asia/Seoul",
            Zone::Phoenix => "America/Phoenix",
        }
    }

    /// Hours ahead of Greenwich.
    pub fn ahead(self) -> i64 {
        match self {
            Zone::Seoul => 9,
            Zone::Phoenix => -7,
        }
    }
}

/// One message of a customer.
#[derive(Debug, Clone)]
pub struct Said {
    pub who: usize,
    pub names: Names,
    pub number: usize,
    /// Written so many seconds before it arrives.
    pub late: u64,
    pub what: What,
}

/// Which ids WhatsApp states with it: both make two contacts one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    Phone,
    Bsuid,
    Both,
}

#[derive(Debug, Clone)]
pub enum What {
    Text(&'static str),
    /// Typed as an answer to another message.
    Quoting(&'static str),
    Tap(&'static str),
    Image(Option<&'static str>),
    Reaction,
}

#[derive(Debug, Clone, Copy)]
pub enum Desk {
    Take,
    Answer,
    End,
    Release,
    Close,
}

/// What becomes of the outbox.
#[derive(Debug, Clone, Copy)]
pub enum Outbox {
    /// Nothing is claimed until it wakes.
    Sleeps,
    Wakes,
    /// It claims, and is killed before it reports; then everything starts again.
    Dies,
}

pub const STOPS: [&str; 6] =
    ["stop", "STOP please", "unsubscribe me", "수신거부", "退訂", "stop stop"];
pub const NEAR_STOPS: [&str; 3] = ["그만 보내", "please stop sending", "stop?"];
pub const YES: [&str; 3] = ["yes", "네", "yes please"];
pub const NO: [&str; 2] = ["no", "no thanks"];
pub const OPT_IN: [&str; 2] = ["subscribe", "구독"];
pub const ORDERS: &str = "keep me posted";
const OTHER: [&str; 8] = [
    "human",
    "book",
    "cancel",
    "hello there",
    "I want to subscribe to nothing",
    "do not stop here",
    "maybe",
    "1",
];
const TAPS: [&str; 10] = [
    "consent.yes.marketing",
    "consent.no.marketing",
    "consent.stop.yes",
    "consent.stop.no",
    "consent.yes.orders",
    "b-one",
    "c-0",
    "c-1",
    "p-apple",
    "form.booking.new.yes",
];

pub const PEOPLE: usize = 2;

pub fn histories() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(acts(), 1..60)
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        14 => said().prop_map(|said| Act::Webhook(vec![said])),
        2 => prop::collection::vec(said(), 2..4).prop_map(Act::Webhook),
        7 => (0..PEOPLE, number()).prop_map(|(who, number)| Act::OptsIn { who, number }),
        1 => (0..PEOPLE, number(), any::<bool>())
            .prop_map(|(who, number, stops)| Act::Regrets { who, number, stops }),
        1 => any::<Index>().prop_map(Act::Again),
        1 => (0..PEOPLE, names(), any::<bool>())
            .prop_map(|(who, names, stop)| Act::Switch { who, names, stop }),
        2 => desk(),
        3 => (0..PEOPLE, number(), select(vec![1, 30, 60]), prop::option::weighted(0.2, zone()))
            .prop_map(|(who, number, hours, zone)| Act::Post { who, number, hours, zone }),
        5 => (0..PEOPLE, number(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
            |(who, number, text, template, advertises)| {
                Act::Ask { who, number, text, template, advertises }
            },
        ),
        2 => (0..PEOPLE, number(), updates())
            .prop_map(|(who, number, update)| Act::Update { who, number, update }),
        1 => (0..PEOPLE, number(), select(vec!["Hello, it is me", "#end"]))
            .prop_map(|(who, number, text)| Act::Echo { who, number, text }),
        4 => prop_oneof![
            4 => 1..90_u64,
            4 => 200..900_u64,
            2 => 1_400..1_500_u64,
            1 => 40_000..50_000_u64,
        ].prop_map(Act::Wait),
        2 => Just(Act::Ring),
        4 => select(vec![21, 21, 540, 780, 1_560]).prop_map(Act::Silence),
        4 => (0..PEOPLE, number(), select(WORDS.to_vec()))
            .prop_map(|(who, number, text)| Act::Flood { who, number, text }),
        5 => (any::<Index>(), prop::option::weighted(0.8, prop::bool::weighted(0.8)))
            .prop_map(|(which, found)| Act::Answer { which, found }),
        1 => Just(Act::Reload),
        1 => (0..PEOPLE, any::<bool>()).prop_map(|(who, stops)| Act::Merge { who, stops }),
        1 => any::<bool>().prop_map(|failed| Act::Status { failed }),
        3 => select(vec![Outbox::Sleeps, Outbox::Wakes, Outbox::Wakes, Outbox::Dies])
            .prop_map(Act::Outbox),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    let late = prop_oneof![16 => Just(0), 3 => 1..200_u64, 1 => 3_000..30_000_u64];
    (0..PEOPLE, names(), number(), late, what()).prop_map(|(who, names, number, late, what)| Said {
        who,
        names,
        number,
        late,
        what,
    })
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        10 => texts().prop_map(What::Text),
        1 => texts().prop_map(What::Quoting),
        4 => select(TAPS.to_vec()).prop_map(What::Tap),
        2 => prop::option::of(texts()).prop_map(What::Image),
        1 => Just(What::Reaction),
    ]
}

fn texts() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        14 => select(WORDS.to_vec()),
        1 => Just("apple 7"),
        2 => select(STOPS.to_vec()),
        1 => select(NEAR_STOPS.to_vec()),
        4 => select(YES.to_vec()),
        1 => select(NO.to_vec()),
        3 => select(OPT_IN.to_vec()),
        1 => Just(ORDERS),
        3 => select(OTHER.to_vec()),
    ]
}

fn names() -> impl Strategy<Value = Names> {
    prop_oneof![6 => Just(Names::Phone), 3 => Just(Names::Bsuid), 1 => Just(Names::Both)]
}

fn number() -> impl Strategy<Value = usize> {
    prop_oneof![5 => Just(0), 2 => Just(1_usize)]
}

fn updates() -> impl Strategy<Value = Update> {
    prop_oneof![
        2 => zone().prop_map(Update::Lives),
        1 => Just(Update::Lowers),
        3 => select(vec![0, 20, 40]).prop_map(Update::Raises),
        1 => Just(Update::RaisesUnproven),
        1 => Just(Update::Stops),
        1 => Just(Update::StopsAll),
    ]
}

fn zone() -> impl Strategy<Value = Zone> {
    select(vec![Zone::Seoul, Zone::Phoenix])
}

fn desk() -> impl Strategy<Value = Act> {
    use Desk::*;
    let act = select(vec![Take, Take, Answer, Answer, End, Release, Close]);
    (0..PEOPLE, number(), 0..2_usize, act).prop_map(|(who, number, agent, act)| Act::Desk {
        who,
        number,
        agent,
        act,
    })
}
