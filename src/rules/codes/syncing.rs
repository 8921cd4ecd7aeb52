//! What is wrong with follow-ups, and with what is kept in step with a CRM.

use super::{Code, Severity, codes};

codes! {
    FOLLOW_UP_ORDER "U165" Error "follow-ups out of order"
    r##"`after` counts from the answer of the rule, not from the step before. Each step comes later than the last one.

    follow_up = [{ after = "2h", text = "…" }, { after = "1h", text = "…" }]
    →
    follow_up = [{ after = "1h", text = "…" }, { after = "2h", text = "…" }]"##
    FOLLOW_UP_OUTSIDE "U166" Error "a follow-up that WhatsApp would not take"
    r##"A day after the customer's last message the service window is closed: then WhatsApp takes nothing but approved templates. Say it sooner, or by
a template and nothing else.

    { after = "1d", text = "Still there?" }  →  { after = "1d", template = "still_there" }"##
    FOLLOW_UP_NEVER "U167" Error "a follow-up that is never said"
    r##"The rule hands the conversation over, and while people own it the bot is silent. Take the follow-up out."##
    BAD_SYNC "U168" Error "a sync that makes no sense"
    r##"Every `[sync.contacts]` says with which connector, in which direction and which fields; one of the fields is `phone` or `bsuid`, so that a contact is
found again. `every` is shorter than `full`. A field of the CRM belongs to one field of usher, by its internal name.

    [sync.contacts]
    connector = "hubspot"
    every     = "15m"
    direction = "both"
    [sync.contacts.fields]
    phone = "phone"
    name  = "firstname""##
    SYNC_LATER "U169" Warning "nothing is synchronised yet"
    r##"`[sync.contacts]` and `[sync.conversations]` are read and checked, so that they may be written now. This version runs neither: nothing goes to a
CRM and nothing comes from one."##
}
