//! What is wrong with consent, forms and hand-offs.

use super::{Code, Severity, codes};

codes! {
    UNKNOWN_TIER "U110" Error "a tier of consent that is not declared"
    r##"A tier is declared before anything refers to it; `transactional` and `none` are always there.

    [[consent.tier]]
    id     = "marketing"
    allows = ["service", "utility", "authentication", "marketing"]"##
    BAD_TIER "U111" Error "a tier of consent that cannot be"
    r##"Every tier allows `service`: it is the answer to what the customer writes. The tier a new customer holds allows no marketing, for nobody has agreed
yet, and has no `renew`, for nobody grants it. `renew` needs a way to grant the tier again: opt-in words, or a `version` where it is granted from outside."##
    NO_ASK "U112" Error "opt-in words for marketing without a question"
    r##"A word alone grants no marketing: the customer is asked, and confirms.

    whole    = ["subscribe"]
    ask.text = "Reply YES to receive offers from Acme Ltd. You can stop at any time with STOP.""##
    OPT_IN_CLASH "U113" Error "an opt-in word that cannot opt in"
    r##"A word that stops, refuses or agrees cannot opt in as well, and one word opts in to one tier. Shipped words count too: `@stop`, `@yes`, `@no`.

    whole = ["stop"]  →  whole = ["subscribe"]"##
    BAD_QUIET "U114" Error "quiet hours that cannot be read"
    r##"Quiet hours go from one time of the day to another, in 24 hours; they may pass midnight.

    [consent.quiet]
    marketing = "21:00-08:00"
    zone      = "Asia/Seoul""##
    QUIET_WITHOUT_ZONE "U115" Error "quiet hours without a time zone"
    r##"Quiet hours are on the customer's own clock. Where that is not known, a `zone` counts: the one given here, else that of the first calendar."##
    NO_SENDER "U116" Warning "marketing without a sender"
    r##"Who allows offers has to know whose they are.

    [consent]
    sender = "Acme Ltd""##
    MARKETING_TO_ALL "U117" Error "a marketing template that would go to everybody"
    r##"A rule or a notice that may send a marketing template, in its own say, in `cases`, `variants`, `cooldown`, `follow_up` or `outside_window`, says so.
It then holds only where the customer allows marketing, has not stopped it, and it is not quiet.

    template = "spring_sale"  →  template = "spring_sale"
                                 purpose  = "marketing""##
    MARKETING_HERE "U118" Error "marketing in the greeting or a fallback"
    r##"Greeting and fallbacks answer everybody, so nothing can be asked about consent there. Say it in a reply with `purpose = "marketing"`."##
    NO_WAY_BACK "U119" Warning "a stop that cannot be taken back"
    r##"Who said stop takes it back with an opt-in word. Where a tier with marketing has none, only consent given elsewhere reaches it, and never over a
customer's stop.

    whole    = ["subscribe"]
    ask.text = "Reply YES to receive offers from Acme Ltd.""##
    CONSENT_SENTENCE "U120" Error "a sentence of consent that is misheard"
    r##"usher knows sentences with which customers refuse and opt out. With the words of these rules a refusal would grant something, or an opt-out would
not be heard. Take the word out that does it."##
    SENDER_NOT_NAMED "U121" Warning "a question that does not name the sender"
    r##"Who allows offers has to know whose they are: the question names the `sender`, in every language.

    ask.text = "Reply YES to receive offers from Acme Ltd.""##
    FORM_WITHOUT_ASKS "U125" Error "a form that asks nothing"
    r##"A form collects values, one question for each. Write at least one below it:

    [[form.ask]]
    name = "day"
    text = "Which day?"
    accept = "date""##
    SAME_ASK "U126" Error "two questions of one name"
    r##"An answer is kept under the name of its question, `{{ form.day }}`, so a form has each name once. Rename one of the two."##
    LONG_FORM "U127" Error "a form with too many questions"
    r##"A form has at most 30 questions; nobody answers more in a chat. Ask less, or let `done` lead to a second form: `done = { go = "form:second" }`."##
    ASK_WITHOUT_NAME "U128" Error "a question whose answer has no name, or two"
    r##"Each `[[form.ask]]` has one of the two: `field`, a declared field, kept on the contact when the form is done and asked only when it is unknown; or
`name`, which lives in the form only.

    [[form.ask]]            [[form.ask]]
    text = "Which day?"  →  name = "day"
                            text = "Which day?""##
    BAD_ACCEPT "U129" Error "an answer of an unknown kind"
    r##"`accept` is one of the kinds of `take` (`digits 6-10`, `number`, `phone`, `email`, `date`, `date from today`, `time`, `name`, `rest`, `one_of @list`), or `yes_no`,
`location`, `image`.

    accept = "day"  →  accept = "date""##
    ACCEPT_AND_CHOICES "U130" Error "a question with two kinds of answers"
    r##"The answer to `choices` is the id of the choice, so there is nothing else to `accept`, and no `go`: the next question follows by itself. Keep one of
the two."##
    ENDLESS_FORM "U131" Error "a form that never ends"
    r##"The `go` of its `done` or `failed` leads into the same form again, at once or over other rules. Say something there; a menu may offer the form again
by its `choices`: there the customer taps in between."##
    BAD_EVENT_TYPE "U132" Error "no type of an event"
    r##"The type of an event consists of words of `a` to `z`, digits, `-` and `_` with dots between them.

    emit = "Booking requested"  →  emit = "booking.requested""##
    UNKNOWN_FORM "U133" Error "`go` to a form that does not exist"
    r##"`go = "form:ID"` names the id of a `[[form]]`, which then asks its first question.

    go = "form:bookin"  →  go = "form:booking""##
    UNKNOWN_QUEUE "U135" Error "a queue that is not declared"
    r##"A hand-off, a `go` or an `escalate` names a queue, and no `[queue.NAME]` declares it.

    [queue.care]
    return = "on_close""##
    NO_RETURN "U136" Error "a queue without `return`"
    r##"While people own a conversation the bot is silent. Every queue says how it comes back: when an agent closes it, when nobody said anything for a
while, or when the agent writes a command.

    return = "on_close"
    return = { idle = "30m" }
    return = { command = "#end" }"##
    BAD_RETURN "U137" Error "a `return` that cannot be read"
    r##"It is `"on_close"`, `{ idle = "30m" }` or `{ command = "#end" }`; a command is not empty. An agent may close a conversation in any of these cases."##
    ESCALATE_LOOP "U138" Error "`escalate` that leads round in a circle"
    r##"A queue that nobody takes from hands on to the next. Where that leads back, a conversation would go round for ever. Let the last queue have no
`escalate`: there it waits until somebody takes it, or until `give_up`."##
    HALF_DEADLINE "U139" Warning "`within` without `escalate`"
    r##"When the time is over nothing happens: only the list of conversations shows that it is late. Name the queue that is to have it then, or leave it
so in the last queue of all.

    within   = "20s"
    escalate = "supervisors""##
    ESCALATE_WITHOUT_WITHIN "U140" Error "`escalate` without `within`"
    r##"Without a time it would never be handed on.

    within   = "20s"
    escalate = "supervisors""##
    CLOSED_WITHOUT_HOURS "U141" Error "`closed` of a queue that never closes"
    r##"The text is said outside `hours`. Name the calendar, or drop the text.

    hours  = "office"
    closed = "We open {{ hours.office.opens }}.""##
    HIDES_HAND_OFF "U142" Warning "a reply whose entry contains that of a hand-off"
    r##"Hand-offs go before replies, but where the longer entry of a reply contains a hand-off's, the reply answers: `refund policy` asks about the rules,
`refund` wants the money. Nothing is wrong if that is what you mean. Else make the reply's entry different."##
    HANDS_OVER_AGAIN "U143" Warning "a hand-off that holds again as soon as it is over"
    r##"It has no trigger in what the customer writes, and its condition is one that lasts. When the bot takes over again, the next message is handed
over at once, whatever it says. `session.turns` is no such condition: a closed hand-off ends the session. Add a trigger, or a tag that `lacks` asks for.

    when  = "contact.messages > 6"  →  when = "session.turns > 6""##
    UNUSED_QUEUE "U144" Warning "a queue that nothing leads to"
    r##"No `[[handoff]]`, no `go` and no `escalate` names it."##
}
