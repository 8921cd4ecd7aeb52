//! What is wrong with events, notices and lookups, and with what `usher.toml` says of the rules.

use super::{Code, Severity, codes};

codes! {
    UNKNOWN_EVENT "U145" Error "an event that is not declared"
    r##"What your systems may post is declared once, with what it brings:

    [event."order.confirmed"]
    data = { order_no = "text", total = "number?" }"##
    BAD_EVENT "U146" Error "an event declared wrongly"
    r##"The type of an event and the names of its values consist of `a` to `z`, digits and `_`, a type also of `.` and `-`. A value is `text`, `number`,
`date`, `time` or `yes_no`, with a `?` behind it where it may be missing. The same name has the same type in all events.

    data = { total = "money" }  →  data = { total = "number" }"##
    UNUSED_EVENT "U147" Warning "an event nothing is said about"
    r##"The event can be posted, and nothing happens; nor does any rule emit it. Write the notice, or take the event out.

    [[notify]]
    id = "order-confirmed"
    on = "order.confirmed""##
    BAD_NOTICE_TIME "U148" Error "a time that cannot be understood"
    r##"`at` names the value that says when (a time such as `2026-03-01T15:00:00+09:00`, or without an offset in the zone of the first calendar), and how
long before or after it:

    at = "{{ event.starts_at }} - 24h""##
    BAD_CANCEL "U149" Error "`cancel` that cannot take anything back"
    r##"`cancel` takes back a notice that waits for its `at`. `same` names a value that both events bring.

    at     = "{{ event.starts_at }} - 24h"
    cancel = { on = "booking.cancelled", same = "booking_no" }"##
    NO_TEMPLATE "U150" Warning "a notice that reaches few"
    r##"WhatsApp takes a free text only within 24 hours of the customer's last message. Whoever wrote earlier, or never, gets a template or nothing.

    template = "order_confirmation"
    params   = { order_no = "{{ event.order_no }}" }"##
    BAD_TEST_EVENT "U151" Error "a test posts what no system could"
    r##"What a test posts is held against the event's `data`, as the API does: its values have the declared types, none is missing but those with `?`, and there are
no others.

    [event."order.confirmed"]
    data = { order_no = "text" }

    event = { type = "order.confirmed" }  →  event = { type = "order.confirmed", data = { order_no = "20260301" } }"##
    NOBODY_ALLOWS "U152" Warning "a marketing notice that nobody may get"
    r##"Advertising goes to who agreed to it. No `[[consent.tier]]` allows marketing, so nobody can agree, and the notice is never said.

    [[consent.tier]]
    id       = "offers"
    allows   = ["service", "utility", "authentication", "marketing"]
    whole    = ["subscribe"]
    ask.text = "Reply YES to receive offers from Acme Ltd.""##
    BAD_ELSE "U153" Error "an `else` that leads to no queue"
    r##"Where a notice cannot be sent (the template is paused, the number has no WhatsApp), it becomes the task of a queue, which is named with `queue:`.

    else = "care"  →  else = "queue:care"

    [queue.care]
    return = "on_close""##
    EMIT_SHAPE "U154" Error "an event with another shape than declared"
    r##"`[event."TYPE"]` says what an event brings, whether it is posted to usher or told by `emit`: all of its values but those with `?`, no others, of the
declared types. A form tells every answer. A type without a declaration may bring anything.

    [event."lead.qualified"]
    data = { interest = "text" }

    emit = "lead.qualified"  →  emit = { type = "lead.qualified", data = { interest = "{{ match.entry }}" } }"##
    UNKNOWN_LOOKUP "U155" Error "a lookup that is not declared"
    r##"`lookup` names a `[[lookup]]` of any rule file.

    [[lookup]]
    name      = "order"
    connector = "shop"
    path      = "/orders/{{ match.order_no }}"
    gives     = { status = "text" }"##
    UNKNOWN_CONNECTOR "U156" Error "a connector that cannot be asked"
    r##"A lookup asks a connector of `usher.toml` that has `kind = "rest"`.

    [connector.shop]
    kind = "rest"
    url  = "https://shop.example.com/api""##
    BAD_LOOKUP "U157" Error "a lookup declared wrongly"
    r##"The path begins with `/`; `timeout` is 10s at most, `keep` 1h; `gives` names each value, as a text, with its path in the answer where that is another.

    path  = "/orders/{{ match.order_no }}"
    gives = { status = { type = "text", path = "order.state" } }"##
    LOOKUP_UNHANDLED "U158" Warning "a lookup without an answer for its failure"
    r##"Other systems are slow or down at times, and do not know everything. The rule's text needs what was looked up, so without a case the fallback would
speak.

    lookup = "order"
    text   = "Order {{ match.order_no }}: {{ lookup.status }}"
    cases  = [{ when = "lookup.missing", text = "I cannot find that order." }, { when = "lookup.failed", text = "Please ask again later." }]"##
    STORM_QUEUE "U159" Error "a storm that is handed over to no queue"
    r##"`[limits] storm` of `usher.toml` names a queue of the rules.

    [limits]
    storm = "queue:care"

    [queue.care]
    return = "on_close""##
}
