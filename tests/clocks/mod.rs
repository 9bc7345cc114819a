//! A machine whose clocks are set, that sleeps and boots, with an audit log on it;
//! and a witness who knows what time it is, for `no_clock_removes_evidence`.

pub(crate) mod judge;
pub(crate) mod machine;
pub(crate) mod script;
pub(crate) mod witness;
