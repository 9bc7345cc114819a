//! The directory on disk.

use super::*;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};

#[test]
fn the_reserve_takes_space_until_it_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, _) =
        DiskDirectory::open(folder.path(), Duration::ZERO, Sharing::default(), &Opener::here()).unwrap();
    let file = folder.path().join(STATE).join(RESERVE);
    for bytes in [64 * 1024, 64 * 1024, 32 * 1024] {
        directory.reserve(bytes).unwrap();
        let there = file.metadata().unwrap();
        assert_eq!(there.len(), bytes);
        assert!(there.blocks() * 512 >= bytes, "{} blocks", there.blocks());
    }
    for _ in 0..2 {
        directory.reserve(0).unwrap();
        assert!(!file.exists());
    }
}

/// Guards against two writers of one state file: with one temporary name, they took it away from
/// one another, and left an older or an empty file.
#[test]
fn no_write_of_a_state_file_fails_beside_others() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, _) =
        DiskDirectory::open(folder.path(), Duration::ZERO, Sharing::default(), &Opener::here()).unwrap();
    let contents = |writer: usize| writer.to_string().repeat(3000).into_bytes();
    std::thread::scope(|scope| {
        let write = |writer| {
            for _ in 0..50 {
                directory.write_state("mark.json", &contents(writer))?;
                directory.replace_in(Folder::Cursors, "a.json", &contents(writer), false)?;
            }
            io::Result::Ok(())
        };
        let writers = (0..6).map(|writer| scope.spawn(move || write(writer))).collect::<Vec<_>>();
        let read = || directory.read_state("mark.json").unwrap();
        while !writers.iter().all(|writer| writer.is_finished()) {
            assert!(read().is_none_or(|text| (0..6).any(|writer| text == contents(writer))));
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap().unwrap());
    });
    let left = directory.names(Folder::Cursors).unwrap();
    assert!(!left.iter().any(|name| name.ends_with(".new")), "{left:?}");
}

#[test]
fn a_group_that_may_read_day_files_is_known_by_their_modes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit-2026-05-28.log");
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    assert_eq!(DiskDirectory::group_of(folder.path()), None);
    std::fs::write(&file, "").unwrap();
    let gid = file.metadata().unwrap().gid();
    for (of_directory, of_file, group) in
        [(0o750, 0o640, Some(gid)), (0o750, 0o600, None), (0o700, 0o640, None), (0o755, 0o644, Some(gid))]
    {
        mode(folder.path(), of_directory);
        mode(&file, of_file);
        assert_eq!(DiskDirectory::group_of(folder.path()), group, "{of_directory:o} {of_file:o}");
    }
}

fn opened(path: &Path, sharing: Sharing) -> DiskDirectory {
    DiskDirectory::open(path, Duration::ZERO, sharing, &Opener::here()).unwrap().0
}

fn mode_of(path: PathBuf) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

#[test]
fn files_beside_the_day_files_are_written_replaced_read_moved_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let directory = opened(folder.path(), Sharing::default());
    assert_eq!(directory.names(Folder::Seal).unwrap(), Vec::<String>::new());
    assert_eq!(directory.read_in(Folder::Seal, "checkpoint").unwrap(), None);
    let missing = directory.sync_in(Folder::Seal, "a.leaf").unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);

    directory.write_in(Folder::Seal, "a.leaf", 4, b"5678").unwrap();
    directory.write_in(Folder::Seal, "a.leaf", 0, b"1234").unwrap();
    directory.write_in(Folder::Seal, "a.leaf", 6, b"7890").unwrap();
    directory.sync_in(Folder::Seal, "a.leaf").unwrap();
    assert_eq!(directory.read_in(Folder::Seal, "a.leaf").unwrap().unwrap(), b"1234567890");
    assert_eq!(std::fs::read(folder.path().join("seal/a.leaf")).unwrap(), b"1234567890");

    let largest = vec![b'x'; 64 * 1024];
    for is_synced in [false, true] {
        directory.replace_in(Folder::Seal, "checkpoint", b"a", is_synced).unwrap();
        directory.replace_in(Folder::Seal, "checkpoint", &largest, is_synced).unwrap();
        assert_eq!(directory.read_in(Folder::Seal, "checkpoint").unwrap().unwrap(), largest);
    }
    let file = directory.open_to_read(Folder::Seal, "a.leaf").unwrap();
    assert_eq!(file.len().unwrap(), 10);
    let mut names = directory.names(Folder::Seal).unwrap();
    names.sort_unstable();
    assert_eq!(names, ["a.leaf", "checkpoint"]);

    directory.move_file(Folder::Seal, "a.leaf", Folder::Altered, "a.leaf").unwrap();
    directory.move_file(Folder::Altered, "a.leaf", Folder::Seal, "b.leaf").unwrap();
    directory.remove(Folder::Seal, "b.leaf").unwrap();
    assert_eq!(directory.names(Folder::Seal).unwrap(), ["checkpoint"]);
}

#[test]
fn who_may_read_the_day_files_may_read_what_proves_them() {
    let folder = tempfile::tempdir().unwrap();
    let group = folder.path().metadata().unwrap().gid();
    let at = |name: &str| folder.path().join("seal").join(name);
    let modes = || (mode_of(at("")), mode_of(at("a.leaf")), mode_of(at("checkpoint")));
    let write = |directory: &DiskDirectory| {
        directory.write_in(Folder::Seal, "a.leaf", 0, b"1").unwrap();
        directory.replace_in(Folder::Seal, "checkpoint", b"1", true).unwrap();
    };
    write(&opened(folder.path(), Sharing::default()));
    assert_eq!(modes(), (0o700, 0o600, 0o600));
    let shared = opened(folder.path(), Sharing { group: Some(group), ..Sharing::default() });
    // Those from before the group was set, too.
    shared.read_in(Folder::Seal, "checkpoint").unwrap();
    assert_eq!(modes(), (0o750, 0o640, 0o640));
    std::fs::remove_dir_all(at("")).unwrap();
    write(&shared);
    assert_eq!(modes(), (0o750, 0o640, 0o640));
    assert_eq!(at("a.leaf").metadata().unwrap().gid(), group);
}

/// Guards against keys and seals that another user could replace, or has put there.
#[test]
fn a_folder_beside_the_day_files_that_is_a_link_or_open_to_all_is_refused() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let directory = opened(folder.path(), Sharing::default());
    let seal = folder.path().join("seal");
    std::os::unix::fs::symlink(elsewhere.path(), &seal).unwrap();
    assert!(directory.replace_in(Folder::Seal, "checkpoint", b"1", true).is_err());
    assert!(directory.names(Folder::Seal).is_err());
    std::fs::remove_file(&seal).unwrap();
    std::fs::create_dir(&seal).unwrap();
    std::fs::set_permissions(&seal, PermissionsExt::from_mode(0o777)).unwrap();
    let error = directory.write_in(Folder::Seal, "a.leaf", 0, b"1").unwrap_err();
    assert!(error.to_string().contains("everybody"), "{error}");
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
}

#[test]
fn an_erased_state_file_is_zeros_for_who_has_it_open_and_so_is_what_a_crash_left_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let directory = opened(folder.path(), Sharing::default());
    let secret = vec![b's'; 5000];
    for name in ["seal.key", "seal.key.new", "seal.key.next"] {
        directory.write_state(name, &secret).unwrap();
    }
    let open = |name| File::open(folder.path().join(STATE).join(name)).unwrap();
    let files = ["seal.key", "seal.key.new"].map(open);
    for _ in 0..2 {
        directory.erase_state("seal.key").unwrap();
        for name in ["seal.key", "seal.key.new"] {
            assert_eq!(directory.read_state(name).unwrap(), None);
        }
    }
    for mut file in files {
        let mut contents = Vec::new();
        io::Read::read_to_end(&mut file, &mut contents).unwrap();
        assert_eq!(contents, vec![0; 5000]);
    }
    directory.rename_state("seal.key.next", "seal.key").unwrap();
    assert_eq!(directory.read_state("seal.key").unwrap().unwrap(), secret);
    assert_eq!(directory.read_state("seal.key.next").unwrap(), None);
    directory.write_state("seal.key.next", b"newer").unwrap();
    directory.rename_state("seal.key.next", "seal.key").unwrap();
    assert_eq!(directory.read_state("seal.key").unwrap().unwrap(), b"newer");
    let missing = directory.rename_state("seal.key.next", "seal.key").unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
}
