//! Random rule sets, as the TOML an analyst would write. Every text that is said bears marks that
//! tell what it is (`[m]` advertises, `[n]` is said whoever has the conversation), so that the oracle
//! need not believe what usher calls it.

use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write as _;
use usherd::model::Purpose;

/// A rule set.
#[derive(Debug, Clone)]
pub struct Shop {
    pub tiers: Tiers,
    /// Hours a yes counts.
    pub within: u64,
    /// Days a grant lasts.
    pub renew: Option<u64>,
    /// A stop stops everything but answers.
    pub stops_all: bool,
    /// From, until: hours of the day.
    pub quiet: Option<(u16, u16)>,
    pub greeting: bool,
    pub fallback: bool,
    pub form: Option<Form>,
    pub queue: Queue,
    /// Hours after which a message is too old to be answered.
    pub answer_within: u64,
    /// Few messages a minute are a storm, and people get whoever is in one.
    pub storms: bool,
    pub replies: Vec<Reply>,
    pub notices: Vec<Notice>,
}

/// What is said when a system posts `deal.made`.
#[derive(Debug, Clone)]
pub struct Notice {
    pub advertises: bool,
    pub text: bool,
    /// Said a day before the time the event brings.
    pub later: bool,
    /// Said while the office is open.
    pub hours: bool,
    /// Held while people have the conversation, and theirs where it cannot be sent.
    pub held: bool,
}

/// What `[consent]` declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tiers {
    /// No `[consent]` at all.
    None,
    /// `transactional`, and `marketing` above it.
    Marketing,
    /// Nothing but service to begin with, then `orders`, then `marketing`.
    Three,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Service,
    Utility,
    Marketing,
    /// Said only to those of the marketing tier (`consent = "marketing"`).
    Club,
}

#[derive(Debug, Clone, Copy)]
pub enum Trigger {
    Words,
    Whole,
    Starts,
    Inside,
    Regex,
    Payload,
    Image,
    Take,
    When,
    After,
}

#[derive(Debug, Clone, Copy)]
pub enum Says {
    Text,
    Template,
    Script,
    Buttons,
    Choices,
    Variants,
    Messages,
    Cases,
    Media,
    /// What another system knows, or that it does not.
    Lookup,
    Go,
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub class: Class,
    pub trigger: Trigger,
    pub says: Says,
    pub cooldown: bool,
    /// It waits for the window, or a template of its class goes.
    pub outside: Option<bool>,
    /// Said again to whoever stays silent.
    pub follows: bool,
}

#[derive(Debug, Clone)]
pub struct Form {
    pub ignores: bool,
    /// It ends with people.
    pub hands_over: bool,
    pub confirms: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Queue {
    OnClose,
    Idle,
    Command,
}

/// What each reply is called for by, in order.
pub const WORDS: [&str; 7] = ["apple", "berry", "cherry", "dates", "elder", "figs", "grape"];

pub fn shops() -> impl Strategy<Value = Shop> {
    let tiers =
        prop_oneof![1 => Just(Tiers::None), 6 => Just(Tiers::Marketing), 3 => Just(Tiers::Three)];
    let consent = (
        tiers,
        select(vec![1, 24]),
        select(vec![None, Some(1), Some(30)]),
        prop::bool::weighted(0.3),
        select(vec![None, Some((21, 8)), Some((12, 13)), Some((0, 6))]),
    );
    let form = prop::option::of(
        (any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(ignores, hands_over, confirms)| Form { ignores, hands_over, confirms }),
    );
    let queue = select(vec![Queue::OnClose, Queue::Idle, Queue::Command]);
    let storms = prop::bool::weighted(0.6);
    let around = (any::<bool>(), any::<bool>(), form, queue, select(vec![1, 6]), storms);
    let replies = prop::collection::vec(replies(), 1..=WORDS.len());
    let many = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let notices =
        (many, prop::bool::weighted(0.2)).prop_map(|((advertises, text, later, held), hours)| {
            Notice { advertises, text, later, hours, held }
        });
    let notices = prop::collection::vec(notices, 0..3);
    (consent, around, replies, notices).prop_map(|(consent, around, replies, notices)| {
        let (tiers, within, renew, stops_all, quiet) = consent;
        let (greeting, fallback, form, queue, answer_within, storms) = around;
        Shop {
            tiers,
            within,
            renew,
            stops_all,
            quiet,
            greeting,
            fallback,
            form,
            queue,
            answer_within,
            storms,
            replies,
            notices,
        }
    })
}

fn replies() -> impl Strategy<Value = Reply> {
    use Says::*;
    use Trigger::*;
    let class = prop_oneof![
        2 => Just(Class::Service),
        1 => Just(Class::Utility),
        4 => Just(Class::Marketing),
        2 => Just(Class::Club),
    ];
    let triggers = vec![Words, Whole, Starts, Inside, Regex, Payload, Image, Take, When, After];
    let trigger = prop_oneof![3 => Just(Words), 4 => select(triggers)];
    let says = vec![
        Text, Template, Script, Buttons, Choices, Variants, Messages, Cases, Media, Lookup, Lookup,
        Go,
    ];
    let cooldown = prop::bool::weighted(0.2);
    let outside = prop::option::of(any::<bool>());
    (class, trigger, select(says), cooldown, outside, prop::bool::weighted(0.3)).prop_map(
        |(class, trigger, says, cooldown, outside, follows)| Reply {
            class,
            trigger,
            says,
            cooldown,
            outside,
            follows,
        },
    )
}

impl Class {
    /// How its texts begin.
    pub fn mark(self) -> &'static str {
        match self {
            Class::Service => "[s]",
            Class::Utility => "[u]",
            Class::Marketing => "[m]",
            Class::Club => "[c]",
        }
    }

    fn keys(self) -> &'static str {
        match self {
            Class::Service => "",
            Class::Utility => "purpose = \"utility\"\n",
            Class::Marketing => "purpose = \"marketing\"\n",
            Class::Club => "consent = \"marketing\"\n",
        }
    }

    fn template(self) -> &'static str {
        if self == Class::Marketing { "sale" } else { "ready" }
    }

    fn function(self) -> &'static str {
        match self {
            Class::Service => "say_s",
            Class::Utility => "say_u",
            Class::Marketing => "say_m",
            Class::Club => "say_c",
        }
    }
}

/// The functions of `shop.rhai`.
pub const FUNCTIONS: &str = r#"fn say_s() { ["[s] by a script"] }
fn say_u() { "[u] by a script" }
fn say_m() { ["[m] by a script", "[m] and more"] }
fn say_c() { "[c] by a script" }
"#;

impl Shop {
    /// The same shop after an afternoon of work: what is granted and stopped means the same, all else
    /// is as in the other.
    pub fn reworked(&self, other: &Shop) -> Shop {
        let Shop { tiers, renew, stops_all, .. } = *self;
        Shop { tiers, renew, stops_all, ..other.clone() }
    }

    /// What everybody allows.
    pub fn base(&self) -> Vec<Purpose> {
        match self.tiers {
            Tiers::None | Tiers::Marketing => {
                vec![Purpose::Service, Purpose::Utility, Purpose::Authentication]
            }
            Tiers::Three => vec![Purpose::Service],
        }
    }

    /// What a tier allows that is granted.
    pub fn allows(&self, tier: &str) -> Vec<Purpose> {
        match tier {
            "marketing" => Purpose::ALL.to_vec(),
            "orders" => vec![Purpose::Service, Purpose::Utility],
            _ => self.base(),
        }
    }

    /// The tier below marketing.
    pub fn below(&self) -> &'static str {
        if self.tiers == Tiers::Three { "orders" } else { "transactional" }
    }

    /// What a stop stops.
    pub fn stops(&self) -> Vec<Purpose> {
        if self.stops_all && self.tiers != Tiers::None {
            vec![Purpose::Utility, Purpose::Authentication, Purpose::Marketing]
        } else {
            vec![Purpose::Marketing]
        }
    }

    /// The quiet hours of the rules, if they have any.
    pub fn quiet(&self) -> Option<(u16, u16)> {
        self.quiet.filter(|_| self.tiers != Tiers::None)
    }

    /// The rule file.
    pub fn toml(&self) -> String {
        let mut out = String::from(
            "[language]\ndefault = \"en\"\n[hours.office]\nzone = \"Asia/Seoul\"\nopen = [\"mon-sun 09:00-18:00\"]\n",
        );
        self.consent(&mut out);
        out.push_str(
            "[[template]]\nid = \"sale\"\ncategory = \"marketing\"\nlanguages = [\"en\"]\n\
             [[template]]\nid = \"ready\"\ncategory = \"utility\"\nlanguages = [\"en\"]\n\
             [[template]]\nid = \"n_sale\"\ncategory = \"marketing\"\nlanguages = [\"en\"]\n\
             [[template]]\nid = \"n_ready\"\ncategory = \"utility\"\nlanguages = [\"en\"]\n\
             [event.\"deal.made\"]\ndata = { starts_at = \"text\" }\n",
        );
        if self.replies.iter().any(|reply| matches!(reply.says, Says::Lookup)) {
            out.push_str("[[lookup]]\nname = \"order\"\nconnector = \"shop\"\npath = \"/order\"\ngives = { status = \"text\" }\n");
        }
        for (n, notice) in self.notices.iter().enumerate() {
            notice.write(n, &mut out);
        }
        if self.greeting {
            out.push_str("[greeting]\ntext = \"[g] Welcome\"\n");
        }
        if self.fallback {
            out.push_str("[[fallback]]\nmisses = 1\ntext = \"[s] Pardon?\"\n");
        }
        self.people(&mut out);
        if let Some(form) = &self.form {
            form.write(&mut out);
        }
        for (n, reply) in self.replies.iter().enumerate() {
            self.reply(n, reply, &mut out);
        }
        if self.replies.iter().any(|reply| matches!(reply.says, Says::Buttons)) {
            out.push_str(
                "[[reply]]\nid = \"tapped\"\npayload = [\"b-one\"]\ntext = \"[s] Tapped\"\n",
            );
        }
        out
    }

    fn consent(&self, out: &mut String) {
        if self.tiers == Tiers::None {
            return;
        }
        out.push_str("[consent]\nsender = \"Acme\"\n");
        if self.tiers == Tiers::Three {
            out.push_str("default = \"none\"\n[[consent.tier]]\nid = \"orders\"\nallows = [\"service\", \"utility\"]\nwhole = [\"keep me posted\"]\n");
        } else {
            out.push_str("[[consent.tier]]\nid = \"transactional\"\nallows = [\"service\", \"utility\", \"authentication\"]\n");
        }
        out.push_str(
            "[[consent.tier]]\nid = \"marketing\"\nallows = [\"service\", \"utility\", \"authentication\", \"marketing\"]\n\
             whole = [\"subscribe\", \"구독\"]\nask.text = \"Reply YES to receive offers from Acme.\"\n\
             text = \"[s] You are in.\"\nversion = \"2026-11\"\nfooter = \"Reply STOP to opt out\"\n",
        );
        let _ = writeln!(out, "within = \"{}h\"", self.within);
        if let Some(days) = self.renew {
            let _ = writeln!(out, "renew = \"{days}d\"");
        }
        let stops = if self.stops_all { "all" } else { "marketing" };
        let _ = writeln!(
            out,
            "[consent.stop]\nwhole = [\"광고거부\"]\ntext = \"[stop] No more.\"\nstops = \"{stops}\""
        );
        if let Some((from, until)) = self.quiet {
            let _ = writeln!(
                out,
                "[consent.quiet]\nmarketing = \"{from:02}:00-{until:02}:00\"\nzone = \"Asia/Seoul\""
            );
        }
    }

    fn people(&self, out: &mut String) {
        let returns = match self.queue {
            Queue::OnClose => "\"on_close\"",
            Queue::Idle => "{ idle = \"30m\" }",
            Queue::Command => "{ command = \"#end\" }",
        };
        let _ = writeln!(
            out,
            "[queue.care]\nhours = \"office\"\nwithin = \"10m\"\nescalate = \"second\"\n\
             closed = \"[h] We are closed.\"\nback = \"[h] The assistant is back.\"\nreturn = {returns}\n\
             [queue.second]\nreturn = \"on_close\"\ngive_up = \"2h\"\n\
             [[handoff]]\nid = \"people\"\nwords = [\"human\"]\nqueue = \"care\"\ntext = \"[h] One moment.\""
        );
    }

    fn reply(&self, n: usize, reply: &Reply, out: &mut String) {
        let class = self.class(reply);
        let word = WORDS[n];
        let _ = writeln!(out, "[[reply]]\nid = \"r-{word}\"");
        out.push_str(class.keys());
        match reply.trigger {
            Trigger::Words => writeln!(out, "words = [\"{word}\"]"),
            Trigger::Whole => writeln!(out, "whole = [\"{word}\", \"yes\", \"no\", \"subscribe\"]"),
            Trigger::Starts => writeln!(out, "starts = [\"{word}\"]"),
            Trigger::Inside => writeln!(out, "inside = [\"{word}\"]"),
            Trigger::Regex => writeln!(out, "regex = \"{word}(?<n>[0-9]*)\""),
            Trigger::Payload => writeln!(out, "payload = [\"p-{word}\"]"),
            Trigger::Image => writeln!(out, "kind = \"image\"\npriority = {n}"),
            Trigger::Take => writeln!(out, "words = [\"{word}\"]\ntake = {{ n = \"number\" }}"),
            Trigger::When => writeln!(out, "words = [\"{word}\"]\nwhen = \"contact.messages > 2\""),
            Trigger::After => match n.checked_sub(1).filter(|_| self.asks(n - 1)) {
                Some(before) => writeln!(out, "after = \"r-{}\"", WORDS[before]),
                None => writeln!(out, "words = [\"{word}\"]"),
            },
        }
        .unwrap();
        self.says(n, class, reply, out);
        if reply.follows && !matches!(reply.says, Says::Go) {
            self.follow_up(class, out);
        }
        if reply.cooldown {
            out.push_str("cooldown = \"1h\"\n");
        }
        match (reply.outside, reply.says) {
            (None, _) | (_, Says::Template | Says::Go) => {}
            (Some(true), _) => out.push_str("outside_window = \"queue\"\n"),
            (Some(false), _) => {
                let _ = writeln!(out, "outside_window = {{ template = \"{}\" }}", class.template());
            }
        }
    }

    fn follow_up(&self, class: Class, out: &mut String) {
        let (mark, template) = (class.mark(), class.template());
        let _ = writeln!(
            out,
            "follow_up = [{{ after = \"20m\", text = \"{mark} still there?\" }}, \
             {{ after = \"9h\", text = \"{mark} again\" }}, \
             {{ after = \"26h\", template = \"{template}\" }}]"
        );
    }

    /// Marketing has its place only where a tier allows it.
    fn class(&self, reply: &Reply) -> Class {
        match reply.class {
            Class::Marketing | Class::Club if self.tiers == Tiers::None => Class::Service,
            class => class,
        }
    }

    /// Whether the rule after it may answer its question.
    fn asks(&self, n: usize) -> bool {
        matches!(self.replies[n].says, Says::Text | Says::Variants)
    }

    fn says(&self, n: usize, class: Class, reply: &Reply, out: &mut String) {
        let (mark, template) = (class.mark(), class.template());
        let next = WORDS.get(n + 1).filter(|_| n + 1 < self.replies.len());
        let line = match (reply.says, next) {
            (Says::Template, _) => format!("template = \"{template}\""),
            (Says::Script, _) => format!("script = \"{}\"", class.function()),
            (Says::Buttons, _) => {
                format!("text = \"{mark} a\"\nbuttons = [{{ id = \"b-one\", title = \"One\" }}]")
            }
            (Says::Choices, Some(next)) => format!(
                "text = \"{mark} a\"\nchoices = [{{ id = \"c-{n}\", title = \"Next\", go = \"r-{next}\" }}]"
            ),
            (Says::Go, Some(next)) => format!("go = \"r-{next}\""),
            (Says::Variants, _) => {
                format!("variants = [{{ text = \"{mark} a\" }}, {{ text = \"{mark} b\" }}]")
            }
            (Says::Messages, _) => format!("messages = [\"{mark} a\", \"{mark} b\"]"),
            (Says::Cases, _) => format!(
                "text = \"{mark} a\"\ncases = [{{ when = \"contact.messages > 1\", template = \"{template}\" }}, {{ when = \"contact.messages > 4\", text = \"{mark} b\" }}]"
            ),
            (Says::Lookup, _) => format!(
                "lookup = \"order\"\ntext = \"{mark} {{{{ lookup.status }}}}\"\ncases = [{{ when = \"lookup.missing\", text = \"{mark} none\" }}, {{ when = \"lookup.failed\", text = \"{mark} later\" }}]"
            ),
            (Says::Media, _) => {
                format!("text = \"{mark} a\"\nmedia = \"https://shop.example/a.jpg\"")
            }
            (Says::Text | Says::Choices | Says::Go, _) => format!("text = \"{mark} a\""),
        };
        let _ = writeln!(out, "{line}");
    }
}

impl Notice {
    fn write(&self, n: usize, out: &mut String) {
        let (mark, template) = if self.advertises { ("[m]", "n_sale") } else { ("[u]", "n_ready") };
        let _ = writeln!(
            out,
            "[[notify]]\nid = \"n-{n}\"\non = \"deal.made\"\ntemplate = \"{template}\""
        );
        if self.advertises {
            out.push_str("purpose = \"marketing\"\n");
        }
        if self.text {
            let _ = writeln!(out, "text = \"[n]{mark} a deal\"");
        }
        if self.later {
            out.push_str("at = \"{{ event.starts_at }} - 24h\"\n");
        }
        if self.hours {
            out.push_str("hours = \"office\"\n");
        }
        if self.held {
            out.push_str("while_owned = \"hold\"\nelse = \"queue:care\"\n");
        }
    }
}

impl Form {
    fn write(&self, out: &mut String) {
        out.push_str("[[form]]\nid = \"booking\"\nwords = [\"book\"]\ntext = \"[f] Gladly.\"\n");
        if self.ignores {
            out.push_str("interrupt = \"ignore\"\n");
        }
        if self.confirms {
            out.push_str("confirm = \"[f] Sure?\"\n");
        }
        let done = if self.hands_over { "{ go = \"handoff:people\" }" } else { "\"[f] Done.\"" };
        let _ = writeln!(
            out,
            "done = {done}\n[[form.ask]]\nname = \"new\"\ntext = \"[f] New here?\"\naccept = \"yes_no\"\n\
             [[form.ask]]\nname = \"day\"\ntext = \"[f] When?\""
        );
    }
}
