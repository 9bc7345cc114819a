//! Exports that were cut are noticed, and files are whole or not there.

use super::parse::{cef, get, syslog};
use super::{DAY, line, log, opened, run};
use crate::read::query::Query;
use crate::read::{ExportError, ExportFormat, export};
use crate::record::hex;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

const LINES: [ExportFormat; 4] =
    [ExportFormat::Ocsf, ExportFormat::Ecs, ExportFormat::Cef, ExportFormat::Syslog];

fn two_records() -> tempfile::TempDir {
    log(&[(DAY, (opened() + &line(1, "a.b", "", "", "success")).as_bytes())])
}

#[test]
fn the_end_has_the_counts_and_the_hash_of_all_before_it() {
    let dir = two_records();
    for format in LINES {
        let ran = run(dir.path(), format);
        let last = ran.last();
        let before = &ran.out[..ran.out.len() - last.len() - 1];
        let sha256 = hex(&Sha256::digest(before));
        let (records, said) = match format {
            ExportFormat::Ocsf => {
                let end = serde_json::from_str::<Json>(last).unwrap();
                assert_eq!((&end["class_uid"], &end["activity_name"]), (&1008.into(), &"Export".into()));
                let export = &end["unmapped"]["export"];
                (export["records"].as_u64().unwrap(), export["sha256"].as_str().unwrap().to_owned())
            }
            ExportFormat::Ecs => {
                let end = serde_json::from_str::<Json>(last).unwrap();
                assert_eq!(end["event"]["action"], "export.ended");
                let export = &end["audit"]["export"];
                (export["records"].as_u64().unwrap(), export["sha256"].as_str().unwrap().to_owned())
            }
            ExportFormat::Cef => {
                let (header, values) = cef(last);
                assert_eq!(header[4], "export.ended");
                (get(&values, "cnt").unwrap().parse().unwrap(), get(&values, "cs1").unwrap().to_owned())
            }
            _ => {
                let (header, params, _) = syslog(last);
                assert_eq!(header[5], "export.ended");
                (
                    get(&params, "records").unwrap().parse().unwrap(),
                    get(&params, "sha256").unwrap().to_owned(),
                )
            }
        };
        assert_eq!((records, said), (2, sha256), "{format:?}");
        assert_eq!(ran.exported.sha256, hex(&Sha256::digest(&ran.out)));
    }
}

#[test]
fn csv_has_no_row_for_its_end_but_a_file_beside_it() {
    let (dir, folder) = (two_records(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a b.csv");
    let exported = export(Query::new([dir.path()]), ExportFormat::Csv).to_file(&path, |_| {}).unwrap();
    let csv = std::fs::read(&path).unwrap();
    assert_eq!(csv.iter().filter(|byte| **byte == b'\n').count(), 3);
    let sums = std::fs::read_to_string(folder.path().join("a b.csv.sha256")).unwrap();
    let sha256 = hex(&Sha256::digest(&csv));
    let bytes = csv.len();
    assert_eq!(sums, format!("# records: 2\n# warnings: 0\n# bytes: {bytes}\n{sha256}  a b.csv\n"));
    assert_eq!((exported.records, exported.sha256, exported.bytes), (2, sha256, bytes as u64));
    #[cfg(unix)]
    for path in [path, folder.path().join("a b.csv.sha256")] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 2);
}

#[test]
fn a_file_is_replaced_by_a_whole_one_or_stays() {
    let (dir, folder) = (two_records(), tempfile::tempdir().unwrap());
    let path = folder.path().join("x.json");
    std::fs::write(&path, "old").unwrap();
    let missing = export(Query::new([dir.path().join("none")]), ExportFormat::Ocsf);
    assert!(matches!(missing.to_file(&path, |_| {}), Err(ExportError::Query { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    let exported = export(Query::new([dir.path()]), ExportFormat::Ocsf).to_file(&path, |_| {}).unwrap();
    assert_eq!(exported.bytes, std::fs::read(&path).unwrap().len() as u64);
    assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing else is left");
}

#[test]
fn an_export_is_not_written_into_the_log_nor_over_what_is_no_file() {
    let (dir, folder) = (two_records(), tempfile::tempdir().unwrap());
    let to =
        |path: &std::path::Path| export(Query::new([dir.path()]), ExportFormat::Ecs).to_file(path, |_| {});
    assert!(matches!(to(&dir.path().join("x.json")), Err(ExportError::InLog { .. })));
    assert_eq!(dir.path().read_dir().unwrap().count(), 1);
    for path in [folder.path().to_owned(), folder.path().join("no/such/x.json")] {
        let error = to(&path).unwrap_err();
        assert!(matches!(error, ExportError::Write { .. }), "{error}");
    }
    #[cfg(unix)]
    {
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        let error = to(&link).unwrap_err();
        assert!(matches!(error, ExportError::Write { .. }), "{error}");
        assert!(link.is_symlink());
    }
}

#[test]
fn a_writer_that_fails_ends_the_export() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let dir = two_records();
    let error = export(Query::new([dir.path()]), ExportFormat::Cef).to_writer(Full, |_| {}).unwrap_err();
    assert!(matches!(error, ExportError::Output { .. }), "{error}");
}
