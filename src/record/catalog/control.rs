//! The records that the log writes about itself.

use super::{Catalog, EventType, Field, FieldKind};

/// The records that the log writes about itself; nobody else may emit them.
pub const CONTROL_RECORDS: Catalog = Catalog::new(&[
    EventType::new("log.opened", "The log was opened by a process.").id(900).fields(&[
        Field::new("journal", "The journal's id, 32 hex digits.", FieldKind::String),
        Field::new("pid", "The id of the process.", FieldKind::Integer),
        Field::new("version", "The version of the crate that writes the log.", FieldKind::String),
    ]),
    EventType::new("log.closed", "The log was closed in order.").id(901).fields(&[
        Field::new("recorded", "How many events were recorded since it was opened.", FieldKind::Integer),
        Field::new("refused", "How many events could not be recorded since then.", FieldKind::Integer),
    ]),
    EventType::new("log.recovered", "What a crash had left, at the end of a day file or in the intake, was put in order.")
        .id(902)
        .fields(&[
            Field::new("file", "The day file.", FieldKind::String).optional(),
            Field::new("torn_bytes", "How many bytes were taken from its end: a torn line, or what stood behind records that a loss of power has taken.", FieldKind::Integer)
                .optional(),
            Field::new("torn_sha256", "The SHA-256 of those bytes, in hex.", FieldKind::String).optional(),
            Field::new("kept_in", "The file in which they are kept aside.", FieldKind::String).optional(),
            Field::new(
                "unreadable_lines",
                "How many whole lines at its end are no records. They stay where they are.",
                FieldKind::Integer,
            )
            .optional(),
            Field::new(
                "completed_bytes",
                "How many bytes of a torn line were appended to it, from the intake.",
                FieldKind::Integer,
            )
            .optional(),
            Field::new(
                "from_intake",
                "How many records were in the intake, and were appended.",
                FieldKind::Integer,
            )
            .optional(),
            Field::new(
                "strays",
                "How many records, at its end or in the intake, did not follow the one before, and are kept aside.",
                FieldKind::Integer,
            )
            .optional(),
        ]),
    EventType::new("log.gap", "Events could not be recorded.").id(903).fields(&[
        Field::new("count", "How many.", FieldKind::Integer),
        Field::new("first_ts", "The time of the first of them, as `ts`.", FieldKind::String),
        Field::new("last_ts", "The time of the last of them, as `ts`.", FieldKind::String),
        Field::new("events", "Their types, up to 32 of them.", FieldKind::Array),
    ]),
    EventType::new(
        "log.pruned",
        "A day file, or what was kept aside of one, was removed, since it is older than the retention.",
    )
    .id(904)
    .fields(&[
            Field::new("file", "The file, as a path relative to the directory.", FieldKind::String),
            Field::new("from_seq", "The number of its first record, if it has one.", FieldKind::Integer)
                .optional(),
            Field::new("to_seq", "The number of its last record, if it has one.", FieldKind::Integer)
                .optional(),
            Field::new("sha256", "The SHA-256 of its content, in hex.", FieldKind::String),
            Field::new(
                "undelivered",
                "The mirrors that have never got some of its records: each an object of `mirror`, `from_seq` and `to_seq`.",
                FieldKind::Array,
            )
            .optional(),
        ]),
    EventType::new(
        "log.file_lost",
        "A day file was taken away, replaced or cut short by somebody else, with records that could not be saved.",
    )
    .id(905)
    .fields(&[
        Field::new("file", "The day file.", FieldKind::String),
        Field::new("from_seq", "The number of the first record that is lost.", FieldKind::Integer),
        Field::new("to_seq", "The number of the last record that is lost.", FieldKind::Integer),
        Field::new("kept_in", "Where the file is kept aside, if it was altered.", FieldKind::String).optional(),
    ]),
    EventType::new("log.clock_step", "The system's clock was set to another time.").id(906).fields(&[
        Field::new("before", "The time that it should have been, as `ts`.", FieldKind::String),
        Field::new("after", "The time that it was set to, as `ts`.", FieldKind::String),
        Field::new("step_seconds", "How far it was set; back, if below zero.", FieldKind::Number),
    ]),
    EventType::new(
        "log.sync_failed",
        "A day file could not be brought to disk: what of these records is there is not known. They were written again, into a further file.",
    )
    .id(907)
    .fields(&[
        Field::new("file", "The day file.", FieldKind::String),
        Field::new("from_seq", "The number of the first record that is concerned.", FieldKind::Integer),
        Field::new("to_seq", "The number of the last record that is concerned.", FieldKind::Integer),
        Field::new("error", "What the operating system says.", FieldKind::String),
    ]),
    EventType::new("log.disk_low", "The disk is about to be full, or full.").id(908).fields(&[
        Field::new("free_bytes", "How many bytes are left to the log.", FieldKind::Integer),
        Field::new(
            "level",
            "`low` or `critical`, by the settings; `full`, if a line could not be written.",
            FieldKind::String,
        ),
    ]),
    EventType::new(
        "log.config_changed",
        "The log's settings were changed while it was open: a field for each, with its values `before` and `after`.",
    )
        .id(909)
        .free(),
    EventType::new("log.mirror_failed", "A mirror gets no records any more.").id(910).fields(&[
        Field::new("mirror", "The mirror's name.", FieldKind::String),
        Field::new("since", "The time of the first attempt that failed, as `ts`.", FieldKind::String),
        Field::new("from_seq", "The number of the first record that it has not got.", FieldKind::Integer),
        Field::new("error", "Why the last attempt failed.", FieldKind::String),
    ]),
    EventType::new("log.mirror_restored", "A mirror of which `log.mirror_failed` has told gets records again.")
        .id(911)
        .fields(&[
            Field::new("mirror", "The mirror's name.", FieldKind::String),
            Field::new("since", "The time of the first attempt that failed, as `ts`.", FieldKind::String),
            Field::new("seconds", "For how long it has got nothing.", FieldKind::Number),
            Field::new("from_seq", "The number of the first record that it gets now.", FieldKind::Integer),
            Field::new("behind", "How many records it was behind by then.", FieldKind::Integer),
        ]),
    EventType::new(
        "log.dead_letter",
        "A mirror's receiver does not take a record: it was put aside, and the mirror has gone on.",
    )
    .id(912)
    .fields(&[
        Field::new("mirror", "The mirror's name.", FieldKind::String),
        Field::new("record_seq", "The record's number.", FieldKind::Integer),
        Field::new("kept_in", "The file in which it is kept, as a path relative to the directory.", FieldKind::String),
        Field::new("error", "What the receiver says of it.", FieldKind::String),
    ]),
]);
