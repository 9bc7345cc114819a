//! Each event has the actor of its own task: from its own fields, from scopes, or from spans.

#[path = "actors/a_span_gives_its_actor_as_far_as_filters_let_it_be.rs"]
mod a_span_gives_its_actor_as_far_as_filters_let_it_be;
#[path = "actors/an_actor_is_recorded_whole.rs"]
mod an_actor_is_recorded_whole;
mod support;
#[path = "actors/the_nearest_word_on_the_actor_holds.rs"]
mod the_nearest_word_on_the_actor_holds;
