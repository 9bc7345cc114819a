//! A file, as the journal sees it.

use super::World;
use super::directory::identity_of;
use crate::journal::storage::{Identity, LogFile, Syncer};
use std::io;

#[derive(Debug)]
pub(super) struct WorldFile {
    pub(super) world: World,
    pub(super) node: usize,
    pub(super) name: String,
}

impl LogFile for WorldFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.world.inner().append(self.node, &self.name, bytes, true)
    }

    fn len(&self) -> io::Result<u64> {
        let inner = self.world.inner();
        inner.goes_on()?;
        Ok(inner.disk.nodes[self.node].written.len() as u64)
    }

    fn identity(&self) -> io::Result<Option<Identity>> {
        Ok(Some(identity_of(self.node)))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let inner = self.world.inner();
        inner.goes_on()?;
        let rest = inner.disk.nodes[self.node].written.get(offset as usize..).unwrap_or(&[]);
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        let mut inner = self.world.inner();
        inner.step(|| format!("cut {} to {len}", self.name))?;
        inner.disk.nodes[self.node].cut(len as usize);
        Ok(())
    }

    fn syncer(&self) -> io::Result<Syncer> {
        self.world.inner().goes_on()?;
        let (world, node, name) = (self.world.clone(), self.node, self.name.clone());
        Ok(Box::new(move || {
            let mut inner = world.inner();
            if inner.sync_fails() {
                inner.step(|| format!("fail to sync {name}"))?;
                inner.disk.nodes[node].give_up();
                inner.notes_failure = !inner.has_noted;
                return Err(io::ErrorKind::Other.into());
            }
            inner.sync(node, &name)
        }))
    }
}
