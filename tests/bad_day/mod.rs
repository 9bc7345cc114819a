//! An application on a bad day: it emits from several threads and notes what becomes of each
//! call, where no trouble of its log's disk can reach; a judge compares the notes with the log.

pub(crate) mod emitter;
pub(crate) mod judge;
pub(crate) mod notes;
pub(crate) mod process;
pub(crate) mod scene;
