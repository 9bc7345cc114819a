//! Lines that are in more than one file: they must be the same.

use super::super::verdict::finding::{Finding, FindingKind};
use super::super::verdict::findings::Findings;
use super::super::walk::scan::Place;
use super::super::walk::section::{Files, Source};
use std::io;

/// So many lines that differ are listed of a file.
const MOST: usize = 1000;

/// Adds a finding for each line that another file has otherwise, unless one of the two has a finding already.
/// `sources` are the lines that count, in order.
pub(in crate::read) fn compare(
    files: Files<'_>,
    sources: &[Source],
    findings: &mut Findings,
) -> io::Result<()> {
    for (file, scan) in files.scans.iter().enumerate() {
        for (run, of_run) in scan.runs.iter().enumerate() {
            let first = sources.partition_point(|source| source.seqs.end <= of_run.seqs.start);
            for source in &sources[first..] {
                if source.seqs.start >= of_run.seqs.end {
                    break;
                }
                if source.file == file {
                    continue;
                }
                let (start, end) =
                    (source.seqs.start.max(of_run.seqs.start), source.seqs.end.min(of_run.seqs.end));
                let mut copy = files.lines(file, run, start..end)?;
                let mut genuine = files.lines(source.file, source.run, start..end)?;
                let mut different = 0;
                while let (Some(line), Some(other)) = (copy.next()?, genuine.next()?) {
                    let (name, name_of_other) = (&files.list[file].name, &files.list[source.file].name);
                    if line.text == other.text
                        || findings.has_told(name, line.place.line)
                        || findings.has_told(name_of_other, other.place.line)
                    {
                        continue;
                    }
                    different += 1;
                    if different > MOST {
                        break;
                    }
                    let detail = format!("{name_of_other} has another line with this number");
                    let Place { line: number, byte } = line.place;
                    let finding = Finding::new(FindingKind::Duplicated, detail).file(name);
                    findings.add(finding.at(number, byte).seqs(line.seq..line.seq + 1));
                }
            }
        }
    }
    Ok(())
}
