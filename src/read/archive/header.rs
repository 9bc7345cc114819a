//! The headers of a tar archive: one entry, with what extended headers before it say.

use std::io;
use tar::{EntryType, Header};

pub(super) const BLOCK: usize = 512;

/// An entry: a file or a folder.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) path: Vec<u8>,
    pub(super) is_folder: bool,
    pub(super) bytes: u64,
    /// When it was changed, in seconds since 1970.
    pub(super) modified: u64,
}

/// What extended headers say of the entry behind them.
#[derive(Clone, Debug, Default)]
pub(super) struct Extended {
    pub(super) path: Option<Vec<u8>>,
    pub(super) bytes: Option<u64>,
    pub(super) modified: Option<u64>,
}

/// What a header is about.
#[derive(Debug)]
pub(super) enum Kind {
    Entry(Entry),
    /// A header for the next entry, with so many bytes of contents: records of pax, or its name.
    Records(u64),
    Name(u64),
    /// The target of a link, or records that are about all entries: they are passed over.
    Passed(u64),
}

fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// Returns what a header says.
pub(super) fn parse(block: &[u8; BLOCK], extended: &Extended) -> Result<Kind, (Vec<u8>, io::Error)> {
    let header = Header::from_byte_slice(block);
    let path = extended.path.clone().unwrap_or_else(|| header.path_bytes().into_owned());
    let fail = |error| (path.clone(), error);
    // The sum counts its own field as spaces.
    let sum = block
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) });
    if header.cksum().ok() != Some(sum.sum()) {
        return Err((
            Vec::new(),
            invalid(
                "there is no valid header where one is expected: it is no tar archive, or it was damaged",
            ),
        ));
    }
    let bytes = header.entry_size().map_err(fail)?;
    let is_folder = match header.entry_type() {
        EntryType::XHeader => return Ok(Kind::Records(bytes)),
        EntryType::GNULongName => return Ok(Kind::Name(bytes)),
        EntryType::XGlobalHeader | EntryType::GNULongLink => return Ok(Kind::Passed(bytes)),
        EntryType::Directory => true,
        EntryType::Regular | EntryType::Continuous => path.last() == Some(&b'/'),
        other => {
            let what = match other {
                EntryType::Symlink => "it is a symbolic link",
                EntryType::Link => "it is a hard link",
                EntryType::Char | EntryType::Block => "it is a device",
                EntryType::Fifo => "it is a FIFO",
                EntryType::GNUSparse => "it is a sparse file: make the archive without `--sparse`",
                _ => "it is of a kind that is not known",
            };
            return Err(fail(invalid(what)));
        }
    };
    let bytes = extended.bytes.unwrap_or(bytes);
    if is_folder && bytes > 0 {
        return Err(fail(invalid("it is a folder with contents")));
    }
    let modified = extended.modified.or(header.mtime().ok()).unwrap_or(0);
    Ok(Kind::Entry(Entry { path, is_folder, bytes, modified }))
}

impl Extended {
    /// Takes over records of pax: `LENGTH KEY=VALUE\n`, where the length is that of the whole record.
    pub(super) fn read(&mut self, mut records: &[u8]) -> io::Result<()> {
        let malformed = || invalid("its extended header is malformed");
        while !records.is_empty() {
            let space = records.iter().position(|byte| *byte == b' ').ok_or_else(malformed)?;
            let len = std::str::from_utf8(&records[..space]).ok().and_then(|len| len.parse::<usize>().ok());
            let len = len.filter(|len| (space + 3..=records.len()).contains(len)).ok_or_else(malformed)?;
            let (record, rest) = records.split_at(len);
            let record = record[space + 1..].strip_suffix(b"\n").ok_or_else(malformed)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(malformed)?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            let number = || std::str::from_utf8(value).ok().and_then(|text| text.parse::<u64>().ok());
            match key {
                b"path" => self.path = Some(value.to_vec()),
                b"size" => self.bytes = Some(number().ok_or_else(malformed)?),
                b"mtime" => {
                    let seconds = value.split(|byte| *byte == b'.').next().unwrap_or(value);
                    self.modified = std::str::from_utf8(seconds).ok().and_then(|text| text.parse().ok());
                }
                key if key.starts_with(b"GNU.sparse.") => {
                    return Err(invalid("it is a sparse file: make the archive without `--sparse`"));
                }
                _ => {}
            }
            records = rest;
        }
        Ok(())
    }
}
