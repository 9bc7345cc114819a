//! The registry keys of the Event Log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use tracing_audit::event_log::{install_source, remove_source};
use windows_registry::{Key, LOCAL_MACHINE, Type};

pub const LOGS: &str = r"SYSTEM\CurrentControlSet\Services\EventLog";

/// The values of a key, by name.
pub type Values = BTreeMap<String, (Type, Vec<u8>)>;

/// Returns all keys with their values, by path.
pub fn dump() -> BTreeMap<String, Values> {
    let mut all = BTreeMap::new();
    note(&LOCAL_MACHINE.open(LOGS).unwrap(), "", &mut all);
    assert!(all.contains_key(r"\Application"), "the log itself is registered: {:?}", all.keys());
    all
}

fn note(key: &Key, path: &str, all: &mut BTreeMap<String, Values>) {
    let values = key.values().unwrap().map(|(name, value)| (name, (value.ty(), value.to_vec())));
    all.insert(path.to_owned(), values.collect());
    for name in key.keys().unwrap() {
        note(&key.open(&name).unwrap(), &format!(r"{path}\{name}"), all);
    }
}

/// Encodes a string as the registry stores it.
pub fn stored(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Returns a name that no other source has.
pub fn unused_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("tracing-audit test {} {number}", std::process::id())
}

/// A registered source; dropping it removes the source.
pub struct Source(pub String);

impl Source {
    pub fn installed() -> Source {
        let name = unused_name();
        install_source(&name).unwrap();
        Source(name)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        remove_source(&self.0).unwrap();
    }
}
