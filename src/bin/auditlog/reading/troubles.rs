//! What is met besides records, on standard error.

use crate::terminal::escape::escaped;
use crate::terminal::progress::Beside;
use crate::terminal::wrap::wrapped;
use anstyle::AnsiColor;
use std::collections::HashMap;
use std::io::Write as _;
use std::mem::{Discriminant, discriminant};
use std::path::PathBuf;
use tracing_audit::read::{Trouble, TroubleKind};

/// So many of a kind are printed for each file; the others are counted.
const SHOWN: u64 = 5;

/// Prints what is met besides records, a line each.
pub(crate) struct Troubles {
    is_quiet: bool,
    shows_all: bool,
    has_damage: bool,
    /// The bar that is drawn meanwhile.
    bar: Option<Beside>,
    met: HashMap<(PathBuf, Discriminant<TroubleKind>), u64>,
}

impl Troubles {
    pub(crate) fn new(is_quiet: bool) -> Troubles {
        Troubles { is_quiet, shows_all: false, has_damage: false, bar: None, met: HashMap::new() }
    }

    /// Prints them while this bar is drawn.
    pub(crate) fn beside(&mut self, bar: Beside) {
        self.bar = Some(bar);
    }

    /// Prints each of them, however many there are: for a command that does not end.
    pub(crate) fn showing_all(self, shows_all: bool) -> Troubles {
        Troubles { shows_all, ..self }
    }

    /// Returns whether something was met because of which the result may be incomplete.
    pub(crate) fn has_damage(&self) -> bool {
        self.has_damage
    }

    pub(crate) fn add(&mut self, trouble: &Trouble) {
        self.has_damage |= !trouble.is_note();
        if self.is_quiet {
            return;
        }
        // Files that are not day files are of one directory.
        let place = match trouble.kind {
            TroubleKind::NotADayFile => trouble.path.parent().map(PathBuf::from).unwrap_or_default(),
            _ => trouble.path.clone(),
        };
        let met = self.met.entry((place, discriminant(&trouble.kind))).or_default();
        *met += 1;
        if self.shows_all || *met <= SHOWN {
            let (word, color) =
                if trouble.is_note() { ("note", AnsiColor::Cyan) } else { ("warning", AnsiColor::Yellow) };
            let print = || print(word, color, &trouble.to_string());
            match &self.bar {
                Some(bar) => bar.print(print),
                None => print(),
            }
        }
    }

    /// Prints how many were not printed.
    pub(crate) fn finish(&self) {
        let mut more = self.met.iter().filter(|(_, met)| **met > SHOWN).collect::<Vec<_>>();
        more.sort_by_key(|((place, _), _)| place);
        for ((place, _), met) in more {
            let text = format!("{}: {} more of the same kind", place.display(), met - SHOWN);
            print("note", AnsiColor::Cyan, &text);
        }
    }
}

fn print(word: &str, color: AnsiColor, text: &str) {
    let style = color.on_default().bold();
    // Standard error may be closed; the status tells of damage.
    let text = escaped(text);
    let _ = writeln!(anstream::stderr(), "{style}{word}:{style:#} {}", wrapped(&text, word.len() + 2));
}
