//! A simulated machine with an audit log, whose clocks are set and which sleeps and boots, for
//! `no_clock_removes_evidence`. The witness knows the true time; the judge decides.

pub(crate) mod judge;
pub(crate) mod machine;
pub(crate) mod script;
pub(crate) mod witness;
