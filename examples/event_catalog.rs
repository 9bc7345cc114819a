//! Prints `docs/compliance/audit-event-catalog.md` from the built-in event types in the code.
//!
//! ```console
//! $ cargo run --example event_catalog > docs/compliance/audit-event-catalog.md
//! ```
//!
//! `examples/own_catalog` shows how an application documents its own types.

use tracing_audit::events;
use tracing_audit::record::CONTROL_RECORDS;

const PREFACE: &str = "\
# Audit event catalog

For auditors, and for everyone who reads or queries audit records. This page lists the built-in event types and the
records `log.*` that the log writes about itself, with the meaning of each field. [Common events](common-events.md) has
those that nearly every application may add to its log. An application documents its own types on a page of its own.

This file is generated from the code:

```console
$ cargo run --example event_catalog > docs/compliance/audit-event-catalog.md
```

A test compares it with the code. To change a sentence, change the doc comments in `src/events.rs` or the texts in
`src/record/catalog/control.rs`.

- The id is the event's id in the Windows Event Log: 100 to 199 for the built-in types, 200 to 899 for an
  application's, 900 to 999 for `log.*`. An event type without an id appears there with 1000.
- OCSF is the class and the activity in the [Open Cybersecurity Schema Framework](https://schema.ocsf.io) 1.5.0, in which
  `auditlog export` writes the event. The class 1008, Event Log Activity, is there since 1.3.
- The fields are those of `resource`. Every record of a type has its required fields. An event that does not match
  this catalog is still recorded, and the record lists the differences in `resource._violations`. An event without
  a type is recorded as `audit.unnamed` and always flagged.
- The outcome of an event that does not say one is `success`, unless its type has another default. A type may also
  require that each event says its outcome, or has an actor: `actor.user_sid`, `actor.user_id`, or an `actor.kind` of `service`
  or `system`.
- Any record may have `resource.type`, `resource.id` and `resource.name`, which say on what, and `resource.occurred_at`, an
  earlier time at which the event is known to have happened. `resource._truncated` lists values that were cut to keep the
  record within the size limit, and `resource._redacted` keys whose values are secret: there the string `[redacted]` stands
  for a value of any kind.
- A record of an action that the application had audited until its end has `resource.duration_ms`, the time that it took, and,
  if it failed, `resource.error`: the error's type, `panicked`, or that it was dropped. Both may be in any record.
- A successful `mode.start` is followed by a `mode.stop` of the same mode by the same actor. A failed `mode.start` has
  none. A failed `mode.stop` may be followed by another.

";

fn main() {
    print!("{PREFACE}{}", events::CATALOG.and(CONTROL_RECORDS).to_markdown());
}
