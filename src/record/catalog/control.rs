//! The records that the log writes about itself.

mod operators;

use super::event_type::{EventType, Field};
use super::event_types::Catalog;
use super::field_kind::FieldKind;
use operators::{EVENT_LOG, READ, REQUESTED};

/// The key of the settings in force, in `log.opened` and `log.config_changed`.
pub(crate) const SETTINGS: &str = "settings";

/// The event types of the records that the log writes about itself. Callers can't emit them.
pub const CONTROL_RECORDS: Catalog = Catalog::new(&[
    EventType::new("log.opened", "A process opened the log.").id(900).ocsf(EVENT_LOG, 6).fields(&[
        Field::new("journal", "The journal's id, 32 hex digits.", FieldKind::String),
        Field::new("host", "The name of the machine or container, where the system tells it.", FieldKind::String).optional(),
        Field::new("application", "The application's name: as it is set, else that of the executable.", FieldKind::String).optional(),
        Field::new("application_version", "The application's version, if it is set.", FieldKind::String).optional(),
        Field::new("account", "The account that the process runs as: a user id, or a SID on Windows.", FieldKind::String)
            .optional(),
        Field::new("boot", "The id of the machine's boot, where the system has one.", FieldKind::String).optional(),
        Field::new("pid", "The process id.", FieldKind::Integer),
        Field::new("version", "The version of the crate that writes the log.", FieldKind::String),
        Field::new("hold", "Whether there is a legal hold: anything called `HOLD` in the directory.", FieldKind::Boolean)
            .optional(),
        KEPT_FROM,
        PRUNED_FILES,
        PRUNED_SHA256,
        Field::new(
            SETTINGS,
            "All settings in force, by their names. Of URLs the scheme, the host, the port and `/v1/logs`, with `/…` for any other path; of headers the names.",
            FieldKind::Object,
        )
        .optional(),
        ORIGIN.optional(),
        Field::new("base", "The `seq` of the first sealed record.", FieldKind::Integer).optional(),
        SEALED_UNTIL.optional(),
        CHECKPOINT.optional(),
    ]),
    EventType::new("log.closed", "The log was closed cleanly.").id(901).ocsf(EVENT_LOG, 7).fields(&[
        Field::new("recorded", "The number of events recorded since the log was opened.", FieldKind::Integer),
        Field::new("refused", "The number of events that could not be recorded since then.", FieldKind::Integer),
    ]),
    EventType::new("log.recovered", "What a crash had left at the end of a day file or in the intake was repaired.")
        .id(902).ocsf(EVENT_LOG, 99)
        .fields(&[
            Field::new("file", "The day file.", FieldKind::String).optional(),
            Field::new("torn_bytes", "The number of bytes cut off its end: a torn line, or data after records that a loss of power destroyed.", FieldKind::Integer)
                .optional(),
            Field::new("torn_sha256", "The SHA-256 of those bytes, in hex.", FieldKind::String).optional(),
            Field::new("kept_in", "The file to which these bytes were moved.", FieldKind::String).optional(),
            Field::new(
                "unreadable_lines",
                "The number of whole lines at its end that are not records. They stay in the file.",
                FieldKind::Integer,
            )
            .optional(),
            Field::new(
                "completed_bytes",
                "The number of bytes appended from the intake to complete a torn line.",
                FieldKind::Integer,
            )
            .optional(),
            Field::new(
                "from_intake",
                "The number of records appended from the intake.",
                FieldKind::Integer,
            )
            .optional(),
            Field::new(
                "strays",
                "The number of records, at its end or in the intake, that did not follow the one before and were set aside.",
                FieldKind::Integer,
            )
            .optional(),
        ]),
    EventType::new("log.gap", "Events could not be recorded.").id(903).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("count", "The number of events.", FieldKind::Integer),
        Field::new("first_ts", "The time of the first one, in the format of `ts`.", FieldKind::String),
        Field::new("last_ts", "The time of the last one, in the format of `ts`.", FieldKind::String),
        Field::new("events", "Their event types, at most 32.", FieldKind::Array),
    ]),
    EventType::new(
        "log.pruned",
        "A day file, or data set aside from one, was deleted because it was older than the retention.",
    )
    .id(904).ocsf(EVENT_LOG, 2)
    .fields(&[
            Field::new("file", "The file, as a path relative to the directory.", FieldKind::String),
            Field::new("from_seq", "The `seq` of its first record, if it has one.", FieldKind::Integer)
                .optional(),
            Field::new("to_seq", "The `seq` of its last record, if it has one.", FieldKind::Integer)
                .optional(),
            Field::new("sha256", "The SHA-256 of its content, in hex.", FieldKind::String),
            Field::new(
                "undelivered",
                "The mirrors that never received some of its records: objects with `mirror`, `from_seq` and `to_seq`.",
                FieldKind::Array,
            )
            .optional(),
            Field::new("unsealed", "`true` if it was deleted before it had its seal.", FieldKind::Boolean)
                .optional(),
            Field::new("changed", "In what it differed from its seal, if an operator had it deleted all the same.", FieldKind::String)
                .optional(),
            KEPT_FROM,
            PRUNED_FILES,
            PRUNED_SHA256,
        ]),
    EventType::new(
        "log.file_lost",
        "Another program removed, replaced or cut short a day file, with records that could not be rescued.",
    )
    .id(905).ocsf(EVENT_LOG, 99)
    .fields(&[
        Field::new("file", "The day file.", FieldKind::String),
        Field::new("from_seq", "The `seq` of the first lost record.", FieldKind::Integer),
        Field::new("to_seq", "The `seq` of the last lost record.", FieldKind::Integer),
        Field::new("kept_in", "The path to which the file was moved, if it was altered.", FieldKind::String).optional(),
    ]),
    EventType::new("log.clock_step", "The system's clock was set.").id(906).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("before", "The time that the clock should have shown, in the format of `ts`.", FieldKind::String),
        Field::new("after", "The time that it was set to, in the format of `ts`.", FieldKind::String),
        Field::new("step_seconds", "The size of the step in seconds; negative if the clock was set back.", FieldKind::Number),
    ]),
    EventType::new(
        "log.sync_failed",
        "A day file could not be synced: it is unknown which of these records are on disk. They were written again to another file.",
    )
    .id(907).ocsf(EVENT_LOG, 99)
    .fields(&[
        Field::new("file", "The day file.", FieldKind::String),
        Field::new("from_seq", "The `seq` of the first record concerned.", FieldKind::Integer),
        Field::new("to_seq", "The `seq` of the last record concerned.", FieldKind::Integer),
        Field::new("error", "The operating system's error message.", FieldKind::String),
    ]),
    EventType::new("log.disk_low", "The disk is almost full, or full.").id(908).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("free_bytes", "The number of bytes that the log may still use.", FieldKind::Integer),
        Field::new(
            "level",
            "`low` or `critical`, according to the settings; `full` if a line could not be written.",
            FieldKind::String,
        ),
    ]),
    EventType::new(
        "log.config_changed",
        "Settings were changed while the log was open: one field for each, with its values `before` and `after`, and `settings` with all that are in force, as in `log.opened`. Without a changed one: the record that said them was pruned.",
    )
        .id(909).ocsf(EVENT_LOG, 99)
        .free(),
    EventType::new("log.mirror_failed", "Records could not be delivered to a mirror for some time.").id(910).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("mirror", "The mirror's name.", FieldKind::String),
        Field::new("since", "The time of the first failed attempt, in the format of `ts`.", FieldKind::String),
        Field::new("from_seq", "The `seq` of the first record that was not delivered.", FieldKind::Integer),
        Field::new("error", "The reason why the last attempt failed.", FieldKind::String),
    ]),
    EventType::new("log.mirror_restored", "Records are delivered again to a mirror that `log.mirror_failed` reported.")
        .id(911).ocsf(EVENT_LOG, 99)
        .fields(&[
            Field::new("mirror", "The mirror's name.", FieldKind::String),
            Field::new("since", "The time of the first failed attempt, in the format of `ts`.", FieldKind::String),
            Field::new("seconds", "The time without a delivery, in seconds.", FieldKind::Number),
            Field::new("from_seq", "The `seq` of the first record delivered now.", FieldKind::Integer),
            Field::new("behind", "The number of records that were waiting.", FieldKind::Integer),
        ]),
    EventType::new(
        "log.dead_letter",
        "A mirror's receiver rejected a record: the record was put aside, and the mirror continued.",
    )
    .id(912).ocsf(EVENT_LOG, 99)
    .fields(&[
        Field::new("mirror", "The mirror's name.", FieldKind::String),
        Field::new("record_seq", "The record's `seq`.", FieldKind::Integer),
        Field::new("kept_in", "The file with the record, as a path relative to the directory.", FieldKind::String),
        Field::new("error", "The receiver's reason.", FieldKind::String),
    ]),
    EventType::new("log.hold_set", "A legal hold was set: there is something called `HOLD` in the directory.")
        .id(915).ocsf(EVENT_LOG, 99)
        .fields(&[KEPT_FROM]),
    EventType::new("log.hold_released", "The legal hold was released: nothing is called `HOLD` any more.")
        .id(916).ocsf(EVENT_LOG, 99)
        .fields(&[KEPT_FROM]),
    EventType::new(
        "log.file_altered",
        "A file is not as the log has left it: another program has changed, added, replaced or removed it.",
    )
    .id(917).ocsf(EVENT_LOG, 99)
    .fields(&[
        Field::new("file", "The file, as a path relative to the directory.", FieldKind::String),
        Field::new("line", "The number of the first line in question, from 1 on.", FieldKind::Integer).optional(),
        Field::new("byte", "The offset of that line in the file, in bytes.", FieldKind::Integer).optional(),
        Field::new("lines", "The number of such lines. They stay in the file.", FieldKind::Integer).optional(),
        Field::new("kept_in", "The path to which the file was moved, if it was moved.", FieldKind::String).optional(),
    ]),
    EventType::new(
        "log.checkpoint",
        "A signed checkpoint over all records before it that are sealed. A copy elsewhere proves them unchanged.",
    )
    .id(918).ocsf(EVENT_LOG, 99)
    .fields(&[
        CHECKPOINT,
        Field::new("size", "The number of sealed records.", FieldKind::Integer),
        ORIGIN,
    ]),
    EventType::new("log.heartbeat", "The log is open, and nothing else was recorded for some time.").id(919).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("recorded", "The number of events recorded since the log was opened.", FieldKind::Integer),
        Field::new("refused", "The number of events that could not be recorded since then.", FieldKind::Integer),
        SEALED_UNTIL.optional(),
    ]),
    EventType::new("log.seal_failed", "Records could not be sealed for some time.").id(920).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("since", "The time of the first failed attempt, in the format of `ts`.", FieldKind::String),
        Field::new("from_seq", "The `seq` of the first record that is not sealed.", FieldKind::Integer),
        Field::new("error", "The reason why the last attempt failed.", FieldKind::String),
    ]),
    EventType::new("log.seal_restored", "Records are sealed again after a `log.seal_failed`.").id(921).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("since", "The time of the first failed attempt, in the format of `ts`.", FieldKind::String),
        Field::new("seconds", "The time without a seal, in seconds.", FieldKind::Number),
    ]),
    EventType::new(
        "log.seal_restarted",
        "The private key was missing, unreadable or another one: records are sealed under a new origin, with a new key.",
    )
    .id(922).ocsf(EVENT_LOG, 99)
    .fields(&[
        Field::new("reason", "What was wrong with the key.", FieldKind::String),
        Field::new("origin", "The new origin.", FieldKind::String),
        Field::new("old_origin", "The origin before.", FieldKind::String),
        Field::new("checkpoint", "The last checkpoint of the old origin: a signed note.", FieldKind::String).optional(),
    ]),
    EventType::new(
        "log.seal_mismatch",
        "Sealed records are not as they were when they were signed. Without `file`, nothing more is signed.",
    )
    .id(923).ocsf(EVENT_LOG, 99)
    .fields(&[
        Field::new("file", "The day file, if it is known.", FieldKind::String).optional(),
        Field::new("from_seq", "The `seq` of the first record concerned.", FieldKind::Integer),
        Field::new("to_seq", "The `seq` of the last record concerned.", FieldKind::Integer),
        Field::new("error", "What differs.", FieldKind::String),
    ]),
    EventType::new("log.adopted", "A day file from before the log was sealed. Its hash freezes it as it is now.")
        .id(924).ocsf(EVENT_LOG, 99)
        .fields(&[
            Field::new("file", "The day file.", FieldKind::String),
            Field::new("bytes", "Its length in bytes.", FieldKind::Integer),
            Field::new("sha256", "The SHA-256 of its content, in hex.", FieldKind::String),
        ]),
    EventType::new("log.verified", "The log has compared sealed files of its own with their seals: those that were sealed since the last time, and older ones in turn.").id(925).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("level", "What was verified against: `consistent`, `authentic` or `anchored`.", FieldKind::String),
        Field::new("files", "The number of files that were read.", FieldKind::Integer),
        Field::new("of_files", "The number of sealed files that there are.", FieldKind::Integer),
        Field::new("from_seq", "The `seq` of the first record of the files that were sealed since the last time; of all, if one of them differs from its seal.", FieldKind::Integer).optional(),
        Field::new("to_seq", "The `seq` of the last record of these files.", FieldKind::Integer).optional(),
        Field::new("older_from_seq", "The `seq` of the first record of the older files that were read.", FieldKind::Integer).optional(),
        Field::new("older_to_seq", "The `seq` of the last record of these files.", FieldKind::Integer).optional(),
        Field::new("findings", "The number of findings; 0 if all is as it was sealed.", FieldKind::Integer),
    ]),
    EventType::new(
        "log.signer_failed",
        "The signer has not signed in time. The log is sealed all the same, without its signature.",
    )
    .id(926).ocsf(EVENT_LOG, 99)
    .fields(&[
        Field::new("signer", "The name of the signer's key.", FieldKind::String),
        Field::new("since", "The time of the first signature that is missing, in the format of `ts`.", FieldKind::String),
        Field::new("error", "The reason.", FieldKind::String),
    ]),
    EventType::new("log.signer_restored", "The signer signs again after a `log.signer_failed`.").id(927).ocsf(EVENT_LOG, 99).fields(&[
        Field::new("signer", "The name of the signer's key.", FieldKind::String),
        Field::new("since", "The time of the first signature that is missing, in the format of `ts`.", FieldKind::String),
        Field::new("seconds", "The time in which it has not signed, in seconds.", FieldKind::Number),
    ]),
    REQUESTED,
    READ,
]);

const CHECKPOINT: Field =
    Field::new("checkpoint", "The whole checkpoint: a signed note, with its newlines.", FieldKind::String);

const ORIGIN: Field =
    Field::new("origin", "The name under which the log signs its checkpoints.", FieldKind::String);

const SEALED_UNTIL: Field =
    Field::new("sealed_until", "The records before this `seq` are sealed.", FieldKind::Integer);

const KEPT_FROM: Field = Field::new(
    "kept_from_seq",
    "No day file has a record before this number any more: they were pruned, or named as lost before that. As all fields about what was pruned, it is missing in records of the first builds.",
    FieldKind::Integer,
)
.optional();

const PRUNED_FILES: Field = Field::new(
    "pruned_files",
    "How many files were pruned since the journal began; a `log.pruned` counts its own.",
    FieldKind::Integer,
)
.optional();

const PRUNED_SHA256: Field = Field::new(
    "pruned_sha256",
    "A digest over all pruned files, in hex: the SHA-256 of the digest before, 32 bytes, followed by the file's SHA-256, 32 bytes. Before the first file it is 32 zero bytes.",
    FieldKind::String,
)
.optional();
