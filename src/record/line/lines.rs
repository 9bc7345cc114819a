//! All records of a reader.

use super::decode::DecodeError;
use crate::record::record::Record;
use std::io::BufRead;

/// Decodes records from a reader, one line at a time.
///
/// ```
/// # fn main() -> Result<(), tracing_audit::record::DecodeError> {
/// # let file: &[u8] = b"";
/// for record in tracing_audit::record::Lines::new(file) {
///     println!("{}", record?.event);
/// }
/// # Ok(())
/// # }
/// ```
///
/// After a line that is not a record, the iterator continues with the next line. A last line
/// without its `\n` is an error. After an error of the reader, the iterator ends.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    line: u64,
    buffer: Vec<u8>,
    ended: bool,
}

impl<R: BufRead> Lines<R> {
    /// Returns an iterator over the records in `reader`.
    pub fn new(reader: R) -> Lines<R> {
        Lines { reader, line: 0, buffer: Vec::new(), ended: false }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Record, DecodeError>;

    fn next(&mut self) -> Option<Result<Record, DecodeError>> {
        if self.ended {
            return None;
        }
        self.line += 1;
        self.buffer.clear();
        let result = match self.reader.read_until(b'\n', &mut self.buffer) {
            Ok(0) => {
                self.ended = true;
                return None;
            }
            Ok(_) => match self.buffer.strip_suffix(b"\n") {
                Some(line) => Record::from_line(line),
                None => Err(DecodeError::new(self.buffer.len(), "the line is torn: its end is missing")),
            },
            Err(error) => {
                self.ended = true;
                Err(DecodeError::unreadable(self.buffer.len() + 1, error))
            }
        };
        Some(result.map_err(|error| error.in_line(self.line)))
    }
}
