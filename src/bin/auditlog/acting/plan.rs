//! What `auditlog prune --dry-run` prints.

use crate::terminal::escape::escaped;
use anstyle::AnsiColor;
use std::io::{self, Write as _};
use tracing_audit::operate::{Plan, PlannedFile};

/// Prints a line for each file that is older than the retention.
pub(super) fn print(plan: &Plan) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let (goes, kept): (Vec<_>, Vec<_>) = plan.files.iter().partition(|file| file.kept.is_none());
    let red = AnsiColor::Red.on_default();
    for file in &goes {
        writeln!(out, "{red}would go{red:#}  {}  {}", escaped(&file.path), described(file))?;
        for note in &file.notes {
            writeln!(out, "          {}", escaped(note))?;
        }
    }
    let green = AnsiColor::Green.on_default();
    for file in &kept {
        let why = file.kept.as_deref().unwrap_or_default();
        writeln!(
            out,
            "{green}kept{green:#}      {}  {}: {}",
            escaped(&file.path),
            described(file),
            escaped(why)
        )?;
    }
    writeln!(
        out,
        "{} would go, {} kept although older than {} days before {}, {} day {} younger",
        count(goes.len()),
        count(kept.len()),
        plan.kept_days,
        plan.today,
        plan.younger,
        if plan.younger == 1 { "file is" } else { "files are" }
    )?;
    out.flush()
}

fn count(files: usize) -> String {
    format!("{files} {}", if files == 1 { "file" } else { "files" })
}

fn described(file: &PlannedFile) -> String {
    match file.seqs {
        Some((first, last)) => format!("of {}, records {first} to {last}", file.day),
        None => format!("of {}", file.day),
    }
}

pub(super) fn print_json(plan: &Plan) -> io::Result<()> {
    let files = plan.files.iter().map(|file| {
        serde_json::json!({
            "path": file.path,
            "day": file.day,
            "from_seq": file.seqs.map(|(first, _)| first),
            "to_seq": file.seqs.map(|(_, last)| last),
            "goes": file.kept.is_none(),
            "kept_because": file.kept,
            "notes": file.notes,
        })
    });
    let json = serde_json::json!({
        "version": 1,
        "kept_days": plan.kept_days,
        "today": plan.today,
        "files": files.collect::<Vec<_>>(),
        "younger": plan.younger,
        "is_open": plan.is_open,
    });
    writeln!(io::stdout().lock(), "{json:#}")
}
