//! Logs in archives: each format, what is refused, and what is left on the disk.

use super::dice::Dice;
use super::five_days::{copy, kinds};
use super::writer::Writer;
use crate::read::verify::{FindingKind, Status, Verify, VerifyError, verify};
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// The files below a folder, by their relative paths, in order.
fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in dir.read_dir().unwrap() {
        let (name, path) =
            entry.map(|entry| (entry.file_name().into_string().unwrap(), entry.path())).unwrap();
        if path.is_dir() {
            files.extend(
                self::files(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)),
            );
        } else {
            files.push((name, std::fs::read(path).unwrap()));
        }
    }
    files.sort();
    files
}

fn add(archive: &mut Builder<Vec<u8>>, path: &str, kind: EntryType, contents: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(contents.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(1_795_000_000);
    // As it is: the builder refuses some.
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    if matches!(kind, EntryType::Symlink | EntryType::Link) {
        header.set_link_name("audit-2026-11-21.log").unwrap();
    }
    header.set_cksum();
    archive.append(&header, contents).unwrap();
}

fn tar(dir: &Path, prefix: &str) -> Builder<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    if !prefix.is_empty() {
        add(&mut archive, prefix, EntryType::Directory, b"");
    }
    for (path, contents) in files(dir) {
        add(&mut archive, &format!("{prefix}{path}"), EntryType::Regular, &contents);
    }
    archive
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

/// Several frames, and one that is skipped.
fn zst(bytes: &[u8]) -> Vec<u8> {
    let frames = bytes.chunks(100_000).map(|chunk| compress_to_vec(chunk, CompressionLevel::Fastest));
    let frames = frames.collect::<Vec<_>>();
    [&b"\x50\x2a\x4d\x18\x03\0\0\0abc"[..], &frames.concat()].concat()
}

struct Scene {
    folder: tempfile::TempDir,
    dir: PathBuf,
    writer: Writer,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("audit");
        let writer = Writer::five_days(&dir);
        std::fs::create_dir(folder.path().join("unpacked")).unwrap();
        Scene { folder, dir, writer }
    }

    /// Has a verification begin with these bytes as an archive.
    fn of(&self, archive: &[u8]) -> Verify {
        let path = self.folder.path().join("copy");
        std::fs::write(&path, archive).unwrap();
        verify(&path).as_of(self.writer.now().try_into().unwrap()).unpack_in(self.unpacked())
    }

    fn unpacked(&self) -> PathBuf {
        self.folder.path().join("unpacked")
    }

    /// Returns why an archive is refused; nothing of it may be left.
    fn refused(&self, archive: &[u8]) -> (Option<String>, String) {
        let error = self.of(archive).run().unwrap_err();
        assert_eq!(self.unpacked().read_dir().unwrap().count(), 0, "{error}");
        assert!(error.to_string().contains("copy"), "{error}");
        match error {
            VerifyError::Archive { entry, reason, .. } => (entry, reason),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn an_archive_has_what_its_directory_has() {
    let scene = Scene::new();
    let of_dir =
        verify(&scene.dir).as_of(scene.writer.now().try_into().unwrap()).is_copy(true).run().unwrap();
    assert_eq!(of_dir.status(), Status::Intact, "{of_dir}");
    for prefix in ["", "./", "log/", "./var/log/app/"] {
        let tar = tar(&scene.dir, prefix).into_inner().unwrap();
        for archive in [gz(&tar), zst(&tar), zst(&[]).into_iter().chain(zst(&tar)).collect(), tar] {
            let found = scene.of(&archive).run().unwrap();
            assert_eq!(found.findings(), of_dir.findings(), "{prefix}: {found}");
            assert_eq!(found.notes(), of_dir.notes(), "{prefix}");
            assert_eq!(found.facts().root, of_dir.facts().root);
            assert_eq!(found.level(), of_dir.level());
            assert_eq!(scene.unpacked().read_dir().unwrap().count(), 0);
        }
    }
    // A changed line is found in it, and so is a missing day.
    let name = "audit-2026-11-23.log";
    let text = std::fs::read_to_string(scene.dir.join(name)).unwrap();
    std::fs::write(scene.dir.join(name), text.replacen("bad", "mad", 1)).unwrap();
    let found = scene.of(&gz(&tar(&scene.dir, "log/").into_inner().unwrap())).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::Changed], "{found}");
    assert_eq!(found.findings()[0].file.as_deref(), Some(name));
    std::fs::remove_file(scene.dir.join(name)).unwrap();
    let found = scene.of(&tar(&scene.dir, "log/").into_inner().unwrap()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::FileMissing], "{found}");
}

#[test]
#[cfg(unix)]
fn archives_of_other_programs_are_read() {
    let scene = Scene::new();
    // Longer than what the oldest format has room for.
    let long = format!("{}/{}", "a".repeat(80), "b".repeat(120));
    copy(&scene.dir, &scene.folder.path().join(&long));
    let mut made = 0;
    for format in ["gnu", "ustar", "posix", "v7"] {
        for (name, pack) in [("plain", None), ("gz", Some("--gzip")), ("zst", Some("--zstd"))] {
            let path = scene.folder.path().join(format!("{format}.{name}"));
            let mut tar = std::process::Command::new("tar");
            tar.args(["--create", "--format", format]).args(pack).arg("--file").arg(&path);
            let dir = if matches!(format, "gnu" | "posix") { long.as_str() } else { "audit" };
            let is_made = tar.arg("-C").arg(scene.folder.path()).arg(dir).output();
            // Without tar, zstd or a format, that one is left out.
            if is_made.is_ok_and(|output| output.status.success()) {
                made += 1;
                let found = scene.of(&std::fs::read(path).unwrap()).run().unwrap();
                assert_eq!(found.status(), Status::Intact, "{format}, {name}: {found}");
            }
        }
    }
    assert!(made >= 4, "{made}");
}

#[test]
fn what_no_log_has_in_an_archive_is_refused() {
    let scene = Scene::new();
    let refused = |path: &str, kind: EntryType, contents: &[u8]| {
        let mut archive = tar(&scene.dir, "log/");
        add(&mut archive, path, kind, contents);
        let (entry, reason) = scene.refused(&zst(&archive.into_inner().unwrap()));
        assert_eq!(entry, Some(path.escape_debug().to_string()), "{reason}");
        reason
    };
    let file = EntryType::Regular;
    for (path, kind, reason) in [
        ("log/audit-2026-11-25.log", EntryType::Symlink, "symbolic link"),
        ("anything", EntryType::Symlink, "symbolic link"),
        ("log/audit-2026-11-25.log", EntryType::Link, "hard link"),
        ("log/audit-2026-11-25.log", EntryType::Fifo, "FIFO"),
        ("log/audit-2026-11-25.log", EntryType::Block, "device"),
        ("log/x", EntryType::Char, "device"),
        ("log/audit-2026-11-25.log", EntryType::GNUSparse, "sparse"),
        ("log/x", EntryType::new(b'M'), "not known"),
        ("/audit-2026-11-25.log", file, "absolute"),
        ("log/../audit-2026-11-25.log", file, "`..`"),
        ("..", file, "`..`"),
        ("C:audit-2026-11-25.log", file, "absolute"),
        ("log\\audit-2026-11-25.log", file, "backslash"),
        ("log/audit-2026-11-24.log", file, "twice"),
        ("./log/.//audit-2026-11-24.log", file, "twice"),
        ("log/seal/checkpoint", file, "twice"),
        ("other/audit-2026-11-24.log", file, "second log"),
        ("audit-2026-11-24.log", file, "second log"),
    ] {
        let found = refused(path, kind, b"");
        assert!(found.contains(reason), "{path} {kind:?}: {found}");
    }
    // Of a second file with a name that is not a log's, too.
    let mut archive = tar(&scene.dir, "");
    add(&mut archive, "README", file, b"a");
    add(&mut archive, "notes/README", file, b"a");
    assert_eq!(scene.of(&archive.into_inner().unwrap()).run().unwrap().status(), Status::Intact);
}

#[test]
fn an_archive_that_was_cut_or_damaged_is_told() {
    let scene = Scene::new();
    let tar = tar(&scene.dir, "log/").into_inner().unwrap();
    let mut dice = Dice::new(7);
    for archive in [gz(&tar), zst(&tar), tar.clone()] {
        for cut in 0..16 {
            // Also between two entries of the plain one.
            let at = dice.roll(archive.len() - 1024);
            let at = if cut % 2 == 0 { at / 512 * 512 } else { at };
            let reason = scene.refused(&archive[..at]).1;
            let expected = if at == 0 { "cut" } else { "cut: its end is missing" };
            assert!(reason.contains(expected), "{at} of {}: {reason}", archive.len());
        }
        // Whatever is changed: it ends, and leaves nothing behind.
        for _ in 0..8 {
            let mut damaged = archive.clone();
            let at = dice.roll(damaged.len());
            damaged[at] ^= 1 << dice.roll(8);
            drop(scene.of(&damaged).run());
            assert_eq!(scene.unpacked().read_dir().unwrap().count(), 0);
        }
    }
    for at in [gz(&tar).len() - 5, gz(&tar).len() / 2] {
        let mut damaged = gz(&tar);
        damaged[at] ^= 1;
        scene.refused(&damaged);
    }
    let mut damaged = zst(&tar);
    *damaged.last_mut().unwrap() ^= 1;
    assert!(scene.refused(&damaged).1.contains("checksum"));
    assert!(scene.refused(&[&tar[..], &tar].concat()).1.contains("behind its end"));
    for (bytes, reason) in
        [(&b"text"[..], "cut"), (&[7; 4000], "no tar"), (b"PK\x03\x04", "ZIP"), (b"BZh9", "bzip2")]
    {
        assert!(scene.refused(bytes).1.contains(reason), "{reason}");
    }
    let empty = self::tar(&scene.unpacked(), "").into_inner().unwrap();
    let error = scene.of(&empty).run().unwrap_err();
    assert!(matches!(&error, VerifyError::NoLog { path } if path.ends_with("copy")), "{error}");
}

#[test]
fn an_archive_that_is_larger_than_it_looks_is_refused() {
    let scene = Scene::new();
    let mut archive = Builder::new(Vec::new());
    add(&mut archive, "zeros", EntryType::Regular, &vec![0; 3 << 20]);
    let tar = archive.into_inner().unwrap();
    for archive in [&tar, &gz(&tar), &zst(&tar)] {
        let error = scene.of(archive).unpack_at_most(1 << 20).run().unwrap_err().to_string();
        assert!(error.contains("more than 1048576 bytes") && error.contains("`zeros`"), "{error}");
    }
    // Behind the end, too, and where a header says less.
    let endless = [&[0; 1024][..], &vec![0; 3 << 20]].concat();
    let error = scene.of(&gz(&endless)).unpack_at_most(1 << 20).run().unwrap_err().to_string();
    assert!(error.contains("more than 1048576 bytes"), "{error}");
    // An extended header is read into memory.
    let mut archive = Builder::new(Vec::new());
    add(&mut archive, "long", EntryType::GNULongName, &vec![b'a'; 3 << 20]);
    assert!(
        scene.refused(&gz(&archive.into_inner().unwrap())).1.contains("extended header has 3145728 bytes")
    );
    for records in
        [&b"x"[..], b"8 path=a\n", b"99999999999999999999 a=b\n", b"4 a\n", b"12 size=-1\n", b"5 a=b"]
    {
        let mut archive = tar_with_records(records);
        add(&mut archive, "x", EntryType::Regular, b"");
        assert!(scene.refused(&archive.into_inner().unwrap()).1.contains("malformed"), "{records:?}");
    }
    let mut many = Builder::new(Vec::new());
    (0..10).for_each(|number| add(&mut many, &number.to_string(), EntryType::Regular, b""));
    let many = many.into_inner().unwrap();
    let error = scene.of(&many).entries_at_most(9).run().unwrap_err().to_string();
    assert!(error.contains("entry `9`: it is one entry too many"), "{error}");
    assert!(matches!(scene.of(&many).entries_at_most(10).run(), Err(VerifyError::NoLog { .. })));
}

fn tar_with_records(records: &[u8]) -> Builder<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    add(&mut archive, "records", EntryType::XHeader, records);
    archive
}

#[test]
fn a_private_key_in_an_archive_is_a_finding() {
    let scene = Scene::new();
    let mut archive = tar(&scene.dir, "log/");
    add(&mut archive, "log/.state/seal.key", EntryType::Regular, b"secret");
    add(&mut archive, "log/.state/intake", EntryType::Regular, &[0; 70_000]);
    let found = scene.of(&archive.into_inner().unwrap()).run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::PrivateKeyInCopy], "{found}");
}

#[test]
fn a_record_is_proved_from_an_archive() {
    let scene = Scene::new();
    let path = scene.folder.path().join("log.tar.gz");
    std::fs::write(&path, gz(&tar(&scene.dir, "log/").into_inner().unwrap())).unwrap();
    let seq = scene.writer.seq - 20;
    let proof = crate::read::prove(&path, seq).unwrap();
    assert_eq!(proof, crate::read::prove(&scene.dir, seq).unwrap());
    let error = crate::read::prove(scene.folder.path().join("none"), seq).unwrap_err().to_string();
    assert!(error.contains("none"), "{error}");
}
