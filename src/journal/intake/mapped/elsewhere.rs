//! In place of the mapped file where no file is mapped: no value of this type exists, so the journal
//! has no intake, and each line is written to the day file by its caller.

use crate::journal::intake::memory::{Contents, Memory, Unwritable};
use crate::journal::storage::Mapping;
use std::borrow::Cow;
use std::fs::File;
use std::io;

/// A mapped file, of which there are none on this system.
#[derive(Debug)]
pub(crate) enum Mapped {}

fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "files are not mapped on this system")
}

impl Mapped {
    pub(crate) const IS_AVAILABLE: bool = false;

    pub(crate) fn new(_: File, _: Mapping, _: usize) -> io::Result<Mapped> {
        Err(unsupported())
    }

    pub(crate) fn again(_: File, _: Mapping, _: usize) -> io::Result<Mapped> {
        Err(unsupported())
    }

    pub(crate) fn needs_space(&self) -> bool {
        match *self {}
    }

    pub(crate) fn len(&self) -> u64 {
        match *self {}
    }

    pub(crate) fn has_space(&self, _: bool) {
        match *self {}
    }

    pub(crate) fn check_writable(&self, _: bool) -> bool {
        match *self {}
    }

    pub(crate) fn is_by_calls(&self) -> bool {
        match *self {}
    }
}

impl Contents for Mapped {
    fn load(&self, _: usize) -> u64 {
        match *self {}
    }

    fn look(&self, _: usize, _: usize) -> Cow<'_, [u8]> {
        match *self {}
    }
}

impl Memory for Mapped {
    fn store(&self, _: usize, _: u64) -> Result<(), Unwritable> {
        match *self {}
    }

    fn write(&self, _: usize, _: &[u8]) -> Result<(), Unwritable> {
        match *self {}
    }

    fn zero(&self, _: usize, _: usize) -> Result<(), Unwritable> {
        match *self {}
    }
}
