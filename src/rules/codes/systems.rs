//! What is wrong with lookups, and with what `usher.toml` says of the rules.

use super::{Code, Severity, codes};

codes! {
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
