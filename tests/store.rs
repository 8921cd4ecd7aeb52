//! The promises of `src/store/mod.rs`, each a check that every store passes.
//!
//! A new store is one more module in `suite!`. What only a file can do (being opened again, being
//! in use) is at the end; `differential` compares the stores on random operations.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

#[path = "store/consent.rs"]
mod consent;
#[path = "store/differential.rs"]
mod differential;
#[path = "store/files.rs"]
mod files;
#[path = "store/holding.rs"]
mod holding;
#[path = "store/keeping.rs"]
mod keeping;
#[path = "store/kit.rs"]
mod kit;
#[path = "store/lanes.rs"]
mod lanes;
#[path = "store/merging.rs"]
mod merging;
#[path = "store/stepping.rs"]
mod stepping;

macro_rules! suite {
    ($($room:ident::$check:ident,)*) => {
        mod memory {
            $(#[tokio::test]
            async fn $check() {
                super::$room::$check(std::sync::Arc::new(usherd::store::memory::Memory::new())).await;
            })*
        }
        mod embedded {
            $(#[tokio::test]
            async fn $check() {
                let dir = tempfile::tempdir().unwrap();
                let store = usherd::store::embedded::Embedded::open(dir.path()).unwrap();
                super::$room::$check(std::sync::Arc::new(store)).await;
            })*
        }
    };
}

suite! {
    stepping::a_commit_is_applied_whole,
    stepping::an_event_is_applied_once,
    stepping::a_duplicate_comes_before_a_conflict,
    stepping::another_version_changes_nothing,
    stepping::versions_rise_by_one,
    stepping::an_alias_of_another_changes_nothing,
    stepping::an_alias_given_up_is_free,
    stepping::of_many_at_once_one_is_applied,
    stepping::aliases_resolve_to_nobody_one_or_several,
    stepping::each_number_has_its_own_conversation,
    stepping::a_commit_alone_moves_no_state,
    lanes::jobs_of_a_lane_are_claimed_one_at_a_time_in_order,
    lanes::lanes_do_not_wait_for_each_other,
    lanes::a_claim_takes_the_earliest_up_to_its_limit,
    lanes::a_retry_waits_for_its_time_and_blocks_its_lane,
    lanes::consent_is_judged_at_the_claim,
    lanes::the_owner_is_judged_at_the_claim,
    lanes::only_the_bots_own_words_are_refused_while_people_have_it,
    lanes::the_window_is_judged_at_the_claim,
    lanes::what_was_left_sending_is_found,
    lanes::an_unknown_outcome_is_settled_and_repeated_once,
    lanes::a_status_settles_an_unknown_outcome,
    lanes::a_status_only_moves_upwards,
    lanes::a_status_is_found_by_the_wamid,
    lanes::a_status_may_come_before_the_answer,
    lanes::what_gave_up_is_a_dead_letter,
    lanes::a_full_lane_refuses_the_whole_step,
    holding::the_window_closes_a_day_after_the_customers_own_time,
    holding::outside_the_window_a_template_goes_instead,
    holding::no_template_goes_without_consent_or_over_an_agent,
    holding::a_held_job_stands_aside_and_comes_back_in_its_place,
    holding::what_was_held_too_long_is_given_up,
    holding::a_pause_is_judged_at_the_claim,
    holding::a_hold_overtaken_by_the_end_of_its_pause_is_none,
    holding::terms_put_off_numbers_and_pairs_and_nobody_else,
    holding::a_dead_letter_is_tried_again_or_done_with,
    consent::the_ledger_keeps_every_line_in_order,
    consent::the_ledgers_of_two_become_one_by_time,
    consent::what_consent_forbids_is_written_as_dropped,
    consent::consent_lowered_after_the_gate_is_refused_at_the_claim,
    consent::a_tier_lost_is_refused_at_the_commit_and_at_the_claim,
    consent::the_bots_own_words_are_told_by_what_happened,
    consent::a_template_without_consent_is_taken_off,
    consent::marketing_in_quiet_hours_is_held_until_they_end,
    consent::quiet_hours_are_judged_at_the_claim,
    consent::a_callers_id_is_remembered_over_days,
    keeping::timers_fire_in_order_until_cleared,
    keeping::the_journal_keeps_order_and_is_drained,
    keeping::open_questions_are_counted_by_rule,
    keeping::tallies_add_up_by_day,
    keeping::the_last_status_of_a_number_is_the_latest,
    keeping::an_event_is_remembered_for_eight_days_and_more,
    keeping::the_first_answer_is_kept_as_long_as_the_id,
    keeping::settled_jobs_are_forgotten_after_their_time,
    merging::the_younger_becomes_a_pointer,
    merging::aliases_and_conversations_move,
    merging::waiting_jobs_are_added_again_in_order,
    merging::what_is_under_way_keeps_its_id_and_goes_first,
    merging::a_repeat_that_moved_is_found_by_its_old_id,
    merging::timers_move_and_the_earlier_stays,
    merging::a_merge_is_in_the_journal_and_counted,
    merging::conversations_in_peoples_hands_are_listed,
    merging::merging_again_changes_nothing,
    merging::three_become_one,
    merging::a_commit_on_the_pointer_conflicts,
}
