//! Tools for the tests of applications that emit audit events.
//!
//! [`capture`] returns the records that a piece of code emits, [`capture_async`] those of a future, and
//! [`capture_process`] those of all threads; [`assert_modes_paired`] and [`assert_catalog_document`] check
//! what auditors rely on; a [`Clock`] of the test's own makes changes of day testable.

mod capture;
mod catalog_document;
mod line_diff;
mod mode_pairs;
mod process_capture;

pub use crate::journal::Clock;
pub use capture::{capture, capture_async, capture_async_with, capture_with};
pub use catalog_document::assert_catalog_document;
pub use mode_pairs::assert_modes_paired;
pub use process_capture::{ProcessCapture, capture_process, capture_process_with};
