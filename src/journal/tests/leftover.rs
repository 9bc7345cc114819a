//! What a process leaves when it dies between the intake and the day file: the journal is
//! opened again, and has all of it, once.

use super::*;
use crate::journal::intake::note::noted_line;
use crate::journal::intake::tests::first_layout_file;
use crate::journal::intake::{CAPACITIES, Mapped, create};
use crate::journal::storage::{DiskDirectory, Mapping, Opener, Sharing, id_bytes};
use std::fs;
use std::path::PathBuf;

/// The smallest ring there is.
const RING: usize = *CAPACITIES.start();

/// A folder in memory, if there is one: nothing here has to do with the disk.
fn folder() -> tempfile::TempDir {
    // On Windows the path would not be written as the journal writes it.
    let memory = if cfg!(windows) { std::env::temp_dir() } else { "/dev/shm".into() };
    tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir()).unwrap()
}

fn open_at(dir: &Path, intake_bytes: usize) -> Journal {
    let (directory, _) =
        DiskDirectory::open(dir, Duration::ZERO, Sharing::default(), &Opener::here()).unwrap();
    let id = directory.id().to_owned();
    let clock = Arc::new(SetClock::default());
    Journal::open(
        Arc::new(directory),
        &id,
        clock,
        Reports::new(),
        with(settings(), intake_bytes),
        Arc::new(()),
    )
    .unwrap()
}

/// What a process has written: the day file, and whose it is.
struct Written {
    text: Vec<u8>,
    journal_json: Vec<u8>,
    id: String,
}

impl Written {
    fn new(events: usize) -> Written {
        let folder = folder();
        let journal = open_at(folder.path(), 0);
        for _ in 0..events {
            append(&journal, "a.b").unwrap();
        }
        drop(journal);
        let state = folder.path().join(crate::journal::storage::layout::STATE);
        let (directory, _) =
            DiskDirectory::open(folder.path(), Duration::ZERO, Sharing::default(), &Opener::here()).unwrap();
        Written {
            text: fs::read(folder.path().join(TODAY)).unwrap(),
            journal_json: fs::read(state.join(crate::journal::storage::layout::JOURNAL)).unwrap(),
            id: directory.id().to_owned(),
        }
    }

    fn lines(&self) -> Vec<&[u8]> {
        self.text.split_inclusive(|byte| *byte == b'\n').collect()
    }

    /// The directory as it is when the process dies: so much of it is in the day file, and
    /// the records from this number on are in the intake.
    fn left(&self, in_day_file: usize, tail: usize) -> (tempfile::TempDir, PathBuf) {
        let folder = folder();
        let state = folder.path().join(crate::journal::storage::layout::STATE);
        fs::create_dir(&state).unwrap();
        fs::write(state.join(crate::journal::storage::layout::JOURNAL), &self.journal_json).unwrap();
        fs::write(folder.path().join(TODAY), &self.text[..in_day_file]).unwrap();
        let intake = state.join(crate::journal::storage::layout::INTAKE);
        let file = fs::File::options().read(true).write(true).create_new(true).open(&intake).unwrap();
        let mapped = Mapped::new(file, Mapping::Safe, RING).unwrap();
        let (mut producer, _) = create(mapped, RING, id_bytes(&self.id), tail as u64).unwrap();
        for line in &self.lines()[tail..] {
            producer.append(line).unwrap();
        }
        (folder, intake)
    }
}

/// All records of a directory, in order, and their lines.
fn found(dir: &Path) -> (Vec<Record>, Vec<u8>) {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let text = fs::read(path).unwrap();
            assert!(text.is_empty() || text.ends_with(b"\n"), "a torn line");
            let records = text.split_inclusive(|byte| *byte == b'\n');
            let records =
                records.map(|line| Record::from_line(line.trim_ascii_end()).unwrap()).collect::<Vec<_>>();
            files.push((records.first().and_then(|record| record.seq), records, text));
        }
    }
    files.sort_by_key(|(first, ..)| *first);
    let text = files.iter().flat_map(|(.., text)| text).copied().collect();
    (files.into_iter().flat_map(|(_, records, _)| records).collect(), text)
}

#[test]
fn a_day_file_that_ends_anywhere_is_completed_from_the_intake() {
    let written = Written::new(3);
    let lines = written.lines();
    for cut in 0..=written.text.len() {
        let whole = written.text[..cut].iter().filter(|byte| **byte == b'\n').count();
        let is_torn = cut > 0 && written.text[cut - 1] != b'\n';
        // Nothing was released yet, or all that is in the day file.
        for tail in [0, whole] {
            let (folder, _) = written.left(cut, tail);
            drop(open_at(folder.path(), RING));
            let (records, text) = found(folder.path());
            assert!(text.starts_with(&written.text), "cut at {cut}, from {tail} on: {records:#?}");
            assert_consecutive(&records);
            let recovered =
                records.iter().filter(|record| record.event == "log.recovered").collect::<Vec<_>>();
            let sum = |key: &str| {
                recovered.iter().filter_map(|record| record.resource.get(key)?.as_u64()).sum::<u64>()
            };
            let in_files = whole + usize::from(is_torn);
            assert_eq!(sum("from_intake"), (lines.len() - in_files) as u64, "{recovered:?}");
            let end = lines[..in_files].iter().map(|line| line.len()).sum::<usize>();
            assert_eq!(sum("completed_bytes"), (end - cut) as u64, "{recovered:?}");
            assert_eq!((sum("torn_bytes"), sum("strays")), (0, 0));
            // A second time there is nothing to recover.
            drop(open_at(folder.path(), RING));
            let (again, text_again) = found(folder.path());
            assert!(text_again.starts_with(&text));
            assert_eq!(events(&again[records.len()..]), ["log.opened"]);
        }
    }
}

#[test]
fn without_an_intake_what_is_left_in_one_is_appended_all_the_same() {
    let written = Written::new(5);
    let (folder, intake) = written.left(written.text.len() / 2, 0);
    drop(open_at(folder.path(), 0));
    let (records, text) = found(folder.path());
    assert!(text.starts_with(&written.text));
    assert_consecutive(&records);
    assert!(!intake.exists());
}

/// Guards against an upgrade that loses what the older build has left when it was killed.
#[test]
fn what_an_older_build_has_left_is_recovered_and_its_file_is_replaced() {
    let written = Written::new(5);
    let lines = written.lines().iter().map(|line| line.to_vec()).collect::<Vec<_>>();
    for in_day_file in 2..=lines.len() {
        let cut = lines[..in_day_file].concat().len() - in_day_file % 2;
        let (folder, intake) = written.left(cut, 0);
        let note = noted_line(&Record::new("log.disk_low").resource("free_bytes", 7));
        let tail = *CAPACITIES.start() as u64 * 3 - 8 * in_day_file as u64;
        let file = first_layout_file(id_bytes(&written.id), tail, 1, &lines[1..], note.as_bytes());
        fs::write(&intake, file).unwrap();
        let journal = open_at(folder.path(), if in_day_file == 3 { 0 } else { RING });
        let now = fs::read(&intake).map(|bytes| bytes[..8].to_vec()).ok();
        assert_eq!(now.as_deref(), if in_day_file == 3 { None } else { Some(&b"TAINTAK2"[..]) });
        drop(journal);
        let (records, text) = found(folder.path());
        assert!(text.starts_with(&written.text), "{in_day_file}: {records:#?}");
        assert_consecutive(&records);
        let noted = records.iter().filter(|record| record.event == "log.disk_low").collect::<Vec<_>>();
        assert_eq!(noted.len(), 1, "{records:#?}");
        assert_eq!(noted[0].resource["free_bytes"], 7);
    }
}

#[test]
fn what_does_not_follow_is_kept_aside_and_counted() {
    let written = Written::new(5);
    let end = written.lines()[..2].concat().len();
    // The records 2 and 3 are gone, as a loss of power takes them.
    let (folder, _) = written.left(end, 4);
    drop(open_at(folder.path(), RING));
    let (records, _) = found(folder.path());
    assert_consecutive(&records);
    let recovered = records.iter().find(|record| record.event == "log.recovered").unwrap();
    assert_eq!(recovered.resource["strays"], 2);
    let kept_in = recovered.resource["kept_in"].as_str().unwrap();
    assert_eq!(fs::read(folder.path().join(kept_in)).unwrap(), written.lines()[4..].concat());
}

#[test]
fn an_intake_of_another_version_is_refused_and_left_alone() {
    let written = Written::new(2);
    let (folder, intake) = written.left(0, 0);
    let mut bytes = fs::read(&intake).unwrap();
    bytes[7] = b'3';
    fs::write(&intake, &bytes).unwrap();
    let (directory, _) =
        DiskDirectory::open(folder.path(), Duration::ZERO, Sharing::default(), &Opener::here()).unwrap();
    let clock = Arc::new(SetClock::default());
    let refused = Journal::open(
        Arc::new(directory),
        &written.id,
        clock,
        Reports::new(),
        with(settings(), RING),
        Arc::new(()),
    );
    let error = Chain(&refused.unwrap_err()).to_string();
    assert!(error.contains(intake.to_str().unwrap()) && error.contains("version 3"), "{error}");
    assert!(fs::read(&intake).unwrap() == bytes);
}

/// Guards against a log that an older build refuses, though it has nothing to recover.
#[test]
fn a_log_that_was_closed_in_order_has_no_intake() {
    let folder = folder();
    let intake = folder.path().join(".state/intake");
    for closed in [true, false] {
        let journal = open_at(folder.path(), RING);
        append(&journal, "a.b").unwrap();
        assert!(intake.exists());
        let subscription = journal.subscribe();
        if closed {
            journal.close(Duration::from_secs(60)).unwrap();
        }
        drop(journal);
        assert!(!intake.exists(), "{closed}");
        assert_eq!(subscription.status().intake_fill, None);
        // What comes late goes straight into the day file.
        let before = found(folder.path()).0.len();
        subscription.emit(Record::new("log.late"));
        let (records, _) = found(folder.path());
        assert_eq!(events(&records[before..]), ["log.late"]);
        assert_consecutive(&records);
    }
    let (records, _) = found(folder.path());
    let altered =
        records.iter().find(|record| ["log.file_altered", "log.recovered"].contains(&&*record.event));
    assert_eq!(altered, None);
}

#[test]
fn what_a_full_disk_has_no_room_for_is_not_in_the_way_and_comes_first_later() {
    let directory = MemoryDirectory::default();
    let lines = Written::new(3).lines().iter().map(|line| line.to_vec()).collect::<Vec<_>>();
    let files = |directory: &MemoryDirectory| {
        let directory: Arc<dyn Directory> = Arc::new(directory.clone());
        let reports = Reports::new();
        let clock: Arc<dyn Clock> = Arc::new(SetClock::default());
        let checkpoint = crate::journal::state::checkpoint::CheckpointWriter::new(
            Arc::clone(&directory),
            Arc::clone(&reports),
            clock,
            crate::journal::state::checkpoint::Checkpoint::default(),
        );
        let settings = Arc::new(LiveSettings::from_pointee(settings()));
        let progress = Progress::new(0, 0);
        let (checkpoint, queue) = (Arc::new(checkpoint), Arc::<ControlQueue>::default());
        let hold = crate::journal::about::hold::Hold::new(
            Arc::clone(&directory),
            Arc::clone(&checkpoint),
            Arc::clone(&queue),
            progress,
        );
        let synced_file = crate::journal::state::synced::SyncedFile::new(Arc::clone(&directory));
        let files = crate::journal::days::files::DayFiles::new(
            directory,
            reports,
            checkpoint,
            settings,
            queue,
            Arc::new(hold),
            progress,
            Arc::new(std::sync::Mutex::new(synced_file)),
            0,
        );
        (files, progress)
    };
    let (mut files, progress) = files(&directory);
    files.add_backlog((0..).zip(lines[..3].to_vec()));
    directory.files().room = Some(lines[0].len() as u64);
    let error = files.append_backlog().unwrap_err();
    assert!(matches!(error, AppendError::Write { .. }), "{error}");
    assert_eq!((files.has_backlog(), progress.committed()), (true, 1));
    // Nothing goes before them.
    let ts = crate::record::encode::TsText::in_line(&lines[3]).unwrap();
    let run = crate::journal::days::files::Run {
        lines: &lines[3],
        first_ts: &ts,
        last_ts: &ts,
        first_seq: 3,
        next_seq: 4,
    };
    files.append(run).unwrap_err();
    directory.files().room = None;
    files.append(run).unwrap();
    assert_eq!((files.has_backlog(), progress.committed()), (false, 3));
    assert_eq!(directory.text(TODAY).into_bytes(), lines.concat());
}
