//! Bundles: what is in them, that they verify, and that nothing is left of one that could not be made.

use super::five_days::kinds;
use super::writer::Writer;
use crate::read::verify::{FindingKind, Level, Status, verify};
use crate::read::{Bundle, BundleError};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// The files in a bundle, by their paths.
fn contents(bundle: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut bytes = Vec::new();
    let mut frames = std::fs::read(bundle).unwrap();
    let mut rest = &frames[..];
    while !rest.is_empty() {
        let mut frame = ruzstd::decoding::StreamingDecoder::new(&mut rest).unwrap();
        frame.read_to_end(&mut bytes).unwrap();
    }
    frames.clear();
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(&bytes[..]).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().strip_prefix("audit-log/").unwrap().to_owned();
        let mut contents = Vec::new();
        entry.read_to_end(&mut contents).unwrap();
        files.insert(path, contents);
    }
    files.remove("");
    files
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
        Scene { folder, dir, writer }
    }

    /// Begins a bundle of a log that was not changed just now: else the record of what was pruned would be waited for.
    fn bundle(&self) -> Bundle {
        let newest = self.dir.join("audit-2026-11-24.log");
        let opened = [std::fs::File::open(&self.dir), std::fs::File::options().append(true).open(newest)];
        for open in opened.into_iter().flatten() {
            open.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }
        Bundle::of(&self.dir)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("log.tar.zst")
    }

    fn verified(&self) -> crate::read::Verification {
        verify(self.path()).as_of(self.writer.now().try_into().unwrap()).run().unwrap()
    }
}

#[test]
fn a_bundle_has_all_that_a_verification_needs_and_no_private_key() {
    let scene = Scene::new();
    std::fs::write(scene.dir.join(".state/seal.key"), "PRIVATE+KEY+x").unwrap();
    std::fs::write(scene.dir.join("seal/notes.txt"), "PRIVATE+KEY+x").unwrap();
    std::fs::write(scene.dir.join("audit-2026-11-25.log"), "").unwrap();
    let anchor = scene.folder.path().join("anchor.txt");
    std::fs::copy(scene.dir.join("seal/checkpoint"), &anchor).unwrap();
    let bundled = scene.bundle().anchor(&anchor).write(scene.path()).unwrap();
    let found = scene.verified();
    assert_eq!((kinds(&found), found.level()), (vec![], Level::Consistent), "{found}");
    let whole = verify(&scene.dir).as_of(scene.writer.now().try_into().unwrap()).run().unwrap();
    assert_eq!(found.facts().root, whole.facts().root);
    assert_eq!(found.facts().records, whole.facts().records);
    let files = contents(&scene.path());
    assert_eq!(bundled.files, files.len() as u64);
    for (path, contents) in &files {
        assert!(memchr::memmem::find(contents, b"PRIVATE").is_none(), "{path}");
        let is_own = matches!(path.as_str(), "manifest.json" | "SHA256SUMS");
        let original = if path.starts_with("anchors/") { anchor.clone() } else { scene.dir.join(path) };
        assert!(is_own || *contents == std::fs::read(original).unwrap(), "{path}");
        assert!(!path.starts_with(".state"), "{path}");
    }
    for path in ["seal/log.vkey", "seal/key-000002.vkey", "seal/key-000003.vkey", "seal/checkpoint"] {
        assert!(files.contains_key(path), "{path}");
    }
    assert!(files.contains_key("seal/audit-2026-11-20.seal"), "the seal of a file that was pruned");
    let manifest = serde_json::from_slice::<serde_json::Value>(&files["manifest.json"]).unwrap();
    assert_eq!(manifest["version"], 1);
    assert_eq!(manifest["journal"], super::writer::JOURNAL);
    assert_eq!(manifest["checkpoint"], String::from_utf8(files["seal/checkpoint"].clone()).unwrap());
    let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
    for entry in manifest["files"].as_array().unwrap() {
        let path = entry["path"].as_str().unwrap();
        assert_eq!(entry["bytes"], files[path].len() as u64, "{path}");
        assert!(sums.contains(&format!("{}  {path}\n", entry["sha256"].as_str().unwrap())), "{path}");
        if path == "audit-2026-11-23.log" {
            let lines = files[path].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
            // Three numbers are lost.
            let count = entry["last_seq"].as_u64().unwrap() - entry["first_seq"].as_u64().unwrap() + 1;
            assert_eq!(count, lines.count() as u64 + 3);
        }
    }
    // An older bundle is replaced, as a whole.
    let again = scene.bundle().write(scene.path()).unwrap();
    assert_ne!(again.sha256, bundled.sha256);
    assert_eq!(again.bytes, std::fs::metadata(scene.path()).unwrap().len());
}

#[test]
#[cfg(unix)]
fn other_programs_unpack_a_bundle_and_compare_its_files() {
    let scene = Scene::new();
    scene.bundle().write(scene.path()).unwrap();
    let unpack = Command::new("tar")
        .arg("--zstd")
        .arg("-xf")
        .arg(scene.path())
        .arg("-C")
        .arg(scene.folder.path())
        .output();
    // Without tar or zstd on the machine, nothing is shown.
    if unpack.is_ok_and(|output| output.status.success()) {
        let dir = scene.folder.path().join("audit-log");
        let compare = Command::new("sha256sum")
            .args(["--check", "--strict", "SHA256SUMS"])
            .current_dir(&dir)
            .output()
            .unwrap();
        assert!(compare.status.success(), "{compare:?}");
        assert_eq!(verify(&dir).run().unwrap().status(), Status::Intact);
        let hash = Command::new("sha256sum").arg(scene.path()).output().unwrap();
        let again = scene.bundle().write(scene.path()).unwrap();
        assert_eq!(again.sha256.len(), 64);
        assert_eq!(hash.stdout.len(), again.sha256.len() + 3 + scene.path().as_os_str().len());
    }
}

#[test]
fn what_was_changed_in_the_log_or_in_the_bundle_is_found() {
    let scene = Scene::new();
    let path = scene.dir.join("audit-2026-11-22.log");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("bad", "mad", 1)).unwrap();
    scene.bundle().write(scene.path()).unwrap();
    assert_eq!(kinds(&scene.verified()), [FindingKind::Changed]);
    std::fs::remove_file(&path).unwrap();
    scene.bundle().write(scene.path()).unwrap();
    assert!(kinds(&scene.verified()).contains(&FindingKind::FileMissing), "{}", scene.verified());
}

#[test]
fn days_that_were_left_out_are_named_and_the_others_are_verified() {
    let scene = Scene::new();
    let left_out = |bundle: Bundle| {
        bundle.write(scene.path()).unwrap();
        let found = scene.verified();
        assert!(found.findings().iter().all(|finding| finding.kind == FindingKind::LeftOut), "{found}");
        let mut files =
            found.findings().iter().filter_map(|finding| finding.file.clone()).collect::<Vec<_>>();
        files.sort();
        files
    };
    let of = |days: &[&str]| days.iter().map(|day| format!("audit-2026-11-{day}.log")).collect::<Vec<_>>();
    // The last file says once more that the first one was pruned.
    assert_eq!(left_out(scene.bundle().from("2026-11-23")), of(&["21", "22.1", "22"]));
    assert_eq!(left_out(scene.bundle().to("2026-11-22")), of(&["23", "24"]));
    assert_eq!(left_out(scene.bundle().from("2026-11-22").to("2026-11-22")), of(&["21", "23", "24"]));
    assert_eq!(left_out(scene.bundle().from("2026-11-20").to("2026-11-30")), of(&[]));
    assert_eq!(left_out(scene.bundle().to("2026-11-01")), of(&["20", "21", "22.1", "22", "23", "24"]));
    // To who asks for these days alone, they are a note.
    scene.bundle().from("2026-11-22").to("2026-11-22").write(scene.path()).unwrap();
    let found = verify(scene.path()).from("2026-11-22").to("2026-11-22").run().unwrap();
    assert_eq!((kinds(&found), found.status()), (Vec::new(), Status::Intact), "{found}");
    let notes = found.notes().iter().filter(|note| note.kind == FindingKind::NotAsked);
    let mut notes = notes.filter_map(|note| note.file.clone()).collect::<Vec<_>>();
    notes.sort();
    assert_eq!(notes, of(&["21", "23", "24"]));
    let found = verify(scene.path()).from("2026-11-22").run().unwrap();
    assert_eq!(kinds(&found), [FindingKind::LeftOut, FindingKind::LeftOut], "{found}");
    for (from, to) in [("2026-11-32", "2026-11-22"), ("2026-11-23", "2026-11-22")] {
        assert!(verify(scene.path()).from(from).to(to).run().is_err());
    }
    // A changed line among those that are there is found.
    let path = scene.dir.join("audit-2026-11-22.log");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("bad", "mad", 1)).unwrap();
    scene.bundle().from("2026-11-22").to("2026-11-22").write(scene.path()).unwrap();
    assert_eq!(scene.verified().status(), Status::Tampered);
    // So is a file that is gone, of the days that were asked for.
    std::fs::remove_file(&path).unwrap();
    scene.bundle().from("2026-11-22").write(scene.path()).unwrap();
    assert_eq!(scene.verified().status(), Status::Tampered);
    // In the log's own directory a manifest says nothing.
    std::fs::write(scene.dir.join("manifest.json"), &contents(&scene.path())["manifest.json"]).unwrap();
    std::fs::remove_file(scene.dir.join("audit-2026-11-21.log")).unwrap();
    let found = verify(&scene.dir).run().unwrap();
    assert!(!kinds(&found).contains(&FindingKind::LeftOut), "{found}");
}

#[test]
fn nothing_is_left_of_a_bundle_that_could_not_be_made() {
    let scene = Scene::new();
    let of = |bundle: Bundle, path: &Path| bundle.write(path).unwrap_err();
    let bundle = || scene.bundle();
    let path = scene.path();
    assert!(matches!(of(bundle().from("2026-11-31"), &path), BundleError::Day { .. }));
    assert!(matches!(of(bundle().from("2026-11-2"), &path), BundleError::Day { .. }));
    assert!(matches!(of(bundle().from("2026-11-21").to("2026-11-20"), &path), BundleError::Period { .. }));
    assert!(matches!(of(bundle().anchor(scene.dir.join("none")), &path), BundleError::Read { .. }));
    assert!(matches!(of(bundle(), &scene.dir.join("log.tar.zst")), BundleError::InLog { .. }));
    assert!(matches!(of(bundle(), scene.folder.path()), BundleError::Write { .. }));
    assert!(matches!(of(bundle(), &scene.folder.path().join("no/such")), BundleError::Write { .. }));
    assert!(matches!(of(Bundle::of(scene.dir.join("none")), &path), BundleError::Read { .. }));
    let key = scene.folder.path().join("key");
    std::fs::write(&key, "PRIVATE+KEY+x+00000000+AA").unwrap();
    assert!(matches!(of(bundle().anchor(&key), &path), BundleError::PrivateKey { .. }));
    std::fs::copy(&key, scene.dir.join("seal/log.vkey")).unwrap();
    assert!(matches!(of(bundle(), &path), BundleError::PrivateKey { .. }));
    let left = scene.folder.path().read_dir().unwrap().count();
    assert_eq!(left, 2, "the log and the key");
    // A file that stood there before stays as it is.
    std::fs::write(&path, "older").unwrap();
    of(bundle(), &path);
    assert_eq!(std::fs::read(&path).unwrap(), b"older");
}

/// As in the tests of live verification: files are sealed, pruned, and told of a moment later.
#[test]
#[cfg_attr(windows, ignore = "its writer replaces files while they are read, which Windows refuses")]
fn a_log_that_is_written_and_pruned_meanwhile_has_consistent_bundles() {
    let bundles = std::env::var("VERIFICATIONS").map_or(4, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("audit");
    let mut writer = Writer::new(&dir, 0);
    writer.step = 1_000_000;
    writer.checkpoint();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut ended = std::collections::VecDeque::new();
            for round in 1_u64.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                writer.events(3);
                let (before, next) = (writer.file.clone(), format!("audit-2026-11-20.{round}.log"));
                writer.next_file(&next, "2026-11-20");
                ended.push_back((before, writer.seq));
                writer.events(1);
                writer.checkpoint();
                if ended.len() > 6 {
                    let (oldest, end) = ended.pop_front().unwrap();
                    let pause = std::time::Duration::from_micros(700 * (round % 4));
                    writer.prune_in_steps(&oldest, end, || std::thread::sleep(pause));
                }
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        });
        let mut before = 0;
        for _ in 0..bundles {
            let path = folder.path().join("log.tar.zst");
            let made = Bundle::of(&dir).write(&path);
            let found = made.map(|_| verify(&path).run());
            let is_sound =
                matches!(&found, Ok(Ok(found)) if kinds(found).is_empty() && found.facts().size >= before);
            is_over.fetch_or(!is_sound, Ordering::Relaxed);
            let found = found.unwrap().unwrap();
            assert_eq!(kinds(&found), [], "{found}");
            assert!(found.facts().size >= before, "each has the records of its time");
            before = found.facts().size;
        }
        is_over.store(true, Ordering::Relaxed);
    });
}
