//! Prints `docs/compliance/audit-event-catalog.md`: the event types that every log
//! knows, as they are in the code.
//!
//! ```console
//! $ cargo run --example event_catalog > docs/compliance/audit-event-catalog.md
//! ```
//!
//! An application keeps a document of its own types as `examples/own_catalog` does.

use tracing_audit::events;
use tracing_audit::record::CONTROL_RECORDS;

const PREFACE: &str = "\
# Audit event catalog

The event types that the crate brings along, and the records `log.*` that the log writes about itself. An application's
own types are in a document of its own.

This file is generated from the code, by

```console
$ cargo run --example event_catalog > docs/compliance/audit-event-catalog.md
```

and a test holds the two together. Changes belong into the doc comments of `src/events.rs` and into
`src/record/catalog/control.rs`.

- The id is the event's id in the Windows Event Log: 100 to 199 for the types of the crate, 200 to 899 for an
  application's, 900 to 999 for `log.*`. An event type without one has 1000 there.
- The fields are those of `resource`. A required field is in every record of its type; where an event came without it, or
  was otherwise not what this catalog says, it was recorded all the same, and the record says so in
  `resource._violations`. An event that came without a type is recorded as `audit.unnamed`, which is always flagged.
- Any record may have `resource.occurred_at`, an earlier time at which the event is known to have happened, and
  `resource._truncated`, which tells what was cut to keep the record within the size limit.
- A successful `mode.start` is followed by a `mode.stop` of the same mode by the same actor. A `mode.start` that failed has
  none. A `mode.stop` that failed may be followed by another.

";

fn main() {
    print!("{PREFACE}{}", events::CATALOG.and(CONTROL_RECORDS).to_markdown());
}
