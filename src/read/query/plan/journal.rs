//! The plan of a search in one directory.

use super::super::error::QueryError;
use super::super::scan::Search;
use super::super::trouble::{Trouble, TroubleKind};
use super::bisect::part_in_range;
use super::day_file::DayFile;
use super::examine::{Examined, examine};
use super::listing::list;
use super::segment::Segment;
use super::untangle::untangle;
use crate::journal::reached;
use crate::journal::storage::id_in;
use crate::journal::storage::layout::{CHECKPOINT, DayFileName, JOURNAL, STATE, SYNCED};
use crate::read::regular_file;
use crate::record::{Day, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be searched in one directory.
#[derive(Debug)]
pub(in crate::read::query) struct JournalPlan {
    /// The journal's id, or the directory's path where that is not known.
    pub(in crate::read::query) journal: Arc<str>,
    /// In the order of their records.
    pub(in crate::read::query) segments: Vec<Segment>,
    /// What was met on the way.
    pub(in crate::read::query) troubles: Vec<Trouble>,
    /// The number before which there were records, if it is known.
    pub(in crate::read::query) reached: Option<u64>,
}

/// Plans the search of one directory.
///
/// A day file has records of the UTC day that it is named for, whatever the clock did, and those of other days are
/// not opened. That holds for files that the log has written. So the ends of all files are read if there is a sign of
/// others: a file without numbers, or a number that is missing between two files.
pub(in crate::read::query) fn plan(dir: &Path, search: &Search) -> Result<JournalPlan, QueryError> {
    let state = |name| regular_file::contents(&dir.join(STATE).join(name), 1 << 16).ok();
    // Before the files are looked at: a writer goes on.
    let reached = reached(state(CHECKPOINT).as_deref(), state(SYNCED).as_deref());
    let id = state(JOURNAL).and_then(|text| id_in(&text).ok());
    let listing = list(dir)?;
    let mut troubles = listing.troubles;
    let (named, others) =
        listing.files.into_iter().partition::<Vec<_>, _>(|(name, _)| may_be_of(name.day, search));
    let newest_name = named.iter().chain(&others).map(|(name, _)| *name).max();
    let mut files = examine_all(&named, reached, &mut troubles);
    let doubtful = if has_holes(&files) {
        others
    } else {
        // Before its own first record the log may have taken over files of another product, which has its own days.
        let first = files.first().filter(|file| file.first_seq() == Some(0)).map(|file| file.name);
        others.into_iter().filter(|(name, _)| first.is_some_and(|first| *name < first)).collect()
    };
    if !doubtful.is_empty() {
        files.extend(examine_all(&doubtful, reached, &mut troubles));
        sort(&mut files);
    }
    let journal = Arc::<str>::from(id.unwrap_or_else(|| dir.display().to_string()));
    let mut plan = JournalPlan { journal, segments: Vec::new(), troubles, reached };
    let newest = files.iter().filter_map(Examined::first_seq).max();
    let is_newest = |file: &Examined| match newest {
        Some(_) => file.first_seq() == newest,
        None => Some(file.name) == newest_name,
    };
    let mut groups = Vec::<Vec<&Examined>>::new();
    let mut last_seq = None;
    for file in &files {
        let is_tangled = file.ends.is_some_and(|(first, _)| last_seq.is_some_and(|last| first.seq <= last));
        last_seq = last_seq.max(file.ends.map(|(_, last)| last.seq));
        match groups.last_mut() {
            Some(group) if is_tangled => group.push(file),
            _ => groups.push(vec![file]),
        }
    }
    let mut before = None::<&Examined>;
    for group in groups {
        plan.missing_between(dir, before, &group, search);
        let with_ends = group.iter().copied().filter(|file| file.ends.is_some());
        before = with_ends.max_by_key(|file| file.ends.map(|(_, last)| last.seq)).or(before);
        plan.add(&group, &is_newest, search);
    }
    plan.missing_at_the_end(dir, &files, search);
    Ok(plan)
}

/// Returns whether records of a day may be in the range.
fn may_be_of(day: Day, search: &Search) -> bool {
    let day_of = |ts: Timestamp| ts.day();
    let last = |until: Timestamp| day_of(Timestamp::from_unix_nanos(until.unix_nanos() - 1));
    search.since.is_none_or(|since| day_of(since) <= day)
        && search.until.is_none_or(|until| day <= last(until))
}

fn examine_all(
    files: &[(DayFileName, PathBuf)],
    reached: Option<u64>,
    troubles: &mut Vec<Trouble>,
) -> Vec<Examined> {
    let mut examined = Vec::new();
    for (name, path) in files {
        match examine(*name, path, reached) {
            Ok(file) => examined.extend(file),
            Err(trouble) => troubles.push(trouble),
        }
    }
    sort(&mut examined);
    examined
}

fn sort(files: &mut [Examined]) {
    files.sort_by_key(|file| (file.first_seq(), file.name));
}

/// Returns whether records are missing between files, or a file is not as the log writes it: they may be in
/// files of other names.
fn has_holes(files: &[Examined]) -> bool {
    let mut next_seq = None;
    for file in files {
        let Some((first, last)) = file.ends.filter(|_| file.is_plain) else {
            return true;
        };
        if next_seq.is_some_and(|next| next < first.seq) {
            return true;
        }
        next_seq = next_seq.max(Some(last.seq.saturating_add(1)));
    }
    false
}

impl JournalPlan {
    /// Says which records are in no file, if they may be in the range.
    fn missing_between(
        &mut self,
        dir: &Path,
        before: Option<&Examined>,
        group: &[&Examined],
        search: &Search,
    ) {
        let Some((_, last)) = before.and_then(|file| file.ends) else {
            return;
        };
        let Some((first, _)) = group.iter().find_map(|file| file.ends) else {
            return;
        };
        let (from_seq, to_seq) = (last.seq.saturating_add(1), first.seq.saturating_sub(1));
        let may_be_in_range = from_seq <= to_seq
            && search.may_have(last.ts.min(first.ts), last.ts.max(first.ts))
            && *search.seqs.start() <= to_seq
            && from_seq <= *search.seqs.end();
        if may_be_in_range {
            self.troubles.push(Trouble::of(dir, TroubleKind::Missing { from_seq, to_seq }));
        }
    }

    /// Says which records behind the last file are in none, if they may be in the range.
    fn missing_at_the_end(&mut self, dir: &Path, files: &[Examined], search: &Search) {
        let last =
            files.iter().filter_map(|file| file.ends).map(|(_, last)| last).max_by_key(|last| last.seq);
        if let (Some(last), Some(reached)) = (last, self.reached)
            && search.until.is_none()
            && last.seq + 1 < reached
            && *search.seqs.end() > last.seq
            && *search.seqs.start() < reached
        {
            let kind = TroubleKind::Missing { from_seq: last.seq + 1, to_seq: reached - 1 };
            self.troubles.push(Trouble::of(dir, kind));
        }
    }

    /// Adds what is to be searched of files whose records belong together.
    fn add(&mut self, group: &[&Examined], is_newest: &dyn Fn(&Examined) -> bool, search: &Search) {
        let is_out = |file: &&Examined| {
            file.ends.filter(|_| file.is_plain).is_some_and(|(first, last)| {
                !search.may_have(first.ts, last.ts)
                    || last.seq < *search.seqs.start()
                    || *search.seqs.end() < first.seq
            })
        };
        if group.iter().all(is_out) {
            return;
        }
        let day_file = |file: &Examined| {
            Arc::new(DayFile::new(Arc::clone(&self.journal), file.path.clone(), file.len, is_newest(file)))
        };
        if let [file] = group
            && file.is_plain
        {
            let day_file = day_file(file);
            match day_file.open().and_then(|open| part_in_range(&open, file, search)) {
                Ok(bytes) => {
                    let seqs = file.ends.map(|(first, last)| (first.seq, last.seq));
                    let times = file.ends.map(|(first, last)| (first.ts, last.ts));
                    self.segments.push(Segment { file: day_file, bytes, seqs, times, is_untangled: false });
                }
                Err(error) => {
                    self.troubles.push(Trouble::of(&file.path, TroubleKind::Unreadable(error)));
                }
            }
            return;
        }
        let files = group.iter().map(|file| (file.first_seq(), day_file(file))).collect::<Vec<_>>();
        let (segments, troubles) = untangle(&files, self.reached);
        self.segments.extend(segments);
        self.troubles.extend(troubles);
    }
}
