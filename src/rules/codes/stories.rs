//! What is wrong with tests.

use super::{Code, Severity, codes};

codes! {
    PROVES_NOTHING "U160" Error "a test that proves nothing"
    r##"A test has at least one `[[test.turn]]`, and at least one of its turns an `expect` with something in it. What is not expected is not looked at.

    [[test.turn]]         →  [[test.turn]]
    say = "hello"            say    = "hello"
                             expect = { reply = "hello" }"##
    TURN_INPUT "U161" Error "a turn in which nothing happens, or several things"
    r##"In a turn one thing happens: `say`, `tap`, `send`, `event` or `agent`; or time passes: `wait`. With both, the time passes first. Write a turn for each thing.

    [[test.turn]]         →  [[test.turn]]
    say = "menu"             say = "menu"
    tap = "orders"           [[test.turn]]
                             tap = "orders""##
    TEST_UNKNOWN "U162" Error "a test names what the rules do not have"
    r##"What a test names has to be there: the rule of `reply`, `question` and `handoff`, the id of a `tap`, a template, a tag that some rule gives, a
tier of consent, a queue, a form. Otherwise the test could only fail, or, with `not`, never fail.

    expect = { reply = "order_status" }  →  expect = { reply = "order-status" }"##
    TEST_CONTRADICTS "U163" Error "a test expects what cannot be together"
    r##"Where nothing is sent, no text and no template is either. Keep one of the two. The bot can well win with a rule and be silent: a rule in its
cool-down does.

    expect = { silent = true, text = "Hi" }  →  expect = { text = "Hi" }"##
    TEST_FAILED "U164" Error "a test fails"
    r##"`usher test` played the turns of a `[[test]]`, and something else came of one than it expects. Below the place stands what was decided there, and why.
Mend the rule, or where the rule is right, the test. A test that fails does not keep rules from use; an example that fails does."##
}
