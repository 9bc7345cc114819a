//! The pages and the examples are true: what they quote, print and promise about the first build.

mod support;
#[path = "pages_and_examples/the_examples_run.rs"]
mod the_examples_run;
#[path = "pages_and_examples/the_first_build_is_light.rs"]
mod the_first_build_is_light;
#[path = "pages_and_examples/the_page_for_operators_quotes_real_messages.rs"]
mod the_page_for_operators_quotes_real_messages;
