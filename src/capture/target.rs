//! The targets of the events that the layer takes.

/// The target that marks a `tracing` event as an audit event. `audit!` has it as a literal.
pub(crate) const TARGET: &str = "audit";

/// Returns whether the layer may take an event with this target: an audit event, a record of the `log`
/// crate, or an event of a mirror's HTTP and TLS libraries. To be asked for each runtime event.
#[inline]
pub(crate) fn may_be_taken(target: &str) -> bool {
    matches!(
        target.as_bytes(),
        b"audit" | b"log" | [b'u', b'r', b'e', b'q', ..] | [b'r', b'u', b's', b't', b'l', b's', ..]
    )
}
