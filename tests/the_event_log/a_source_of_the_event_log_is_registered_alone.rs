//! Registering and removing a source of the Windows Event Log does what is specified, also when it is
//! repeated, and changes nothing else in the registry.
#![cfg(windows)]
#![allow(unsafe_code)]

use crate::event_log::import_table;
use crate::event_log::registry::{LOGS, Source, dump, stored, unused_name};
use std::error::Error as _;
use std::sync::Mutex;
use tracing_audit::event_log::{EventLogError, SourceStatus, install_source, remove_source, source_status};
use windows_registry::{LOCAL_MACHINE, Type};

/// All tests share one registry.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

const FILE: &str = r"%SystemRoot%\System32\EventCreate.exe";

#[test]
fn it_is_as_specified_once_and_twice_and_gone_once_and_twice() {
    let _alone = alone();
    let name = unused_name();
    let before = dump();
    assert_eq!(source_status(&name).unwrap(), SourceStatus::NotRegistered);

    let mut with_it = before.clone();
    let values = [
        ("CustomSource", Type::U32, 1_u32.to_le_bytes().to_vec()),
        ("EventMessageFile", Type::ExpandString, stored(FILE)),
        ("TypesSupported", Type::U32, 7_u32.to_le_bytes().to_vec()),
    ];
    let values = values.map(|(name, kind, value)| (name.to_owned(), (kind, value)));
    with_it.insert(format!(r"\Application\{name}"), values.into());
    for _ in 0..2 {
        install_source(&name).unwrap();
        assert_eq!(dump(), with_it);
        assert_eq!(source_status(&name).unwrap(), SourceStatus::Registered);
    }
    for _ in 0..2 {
        remove_source(&name).unwrap();
        assert_eq!(dump(), before);
        assert_eq!(source_status(&name).unwrap(), SourceStatus::NotRegistered);
    }
}

#[test]
fn what_is_incomplete_is_mended_and_can_be_removed() {
    let _alone = alone();
    let source = Source::installed();
    let whole = dump();
    let path = format!(r"{LOGS}\Application\{}", source.0);
    let key = || LOCAL_MACHINE.options().read().write().create().open(&path).unwrap();
    let root = std::env::var("SystemRoot").unwrap();
    let in_full = format!(r"{root}\SYSTEM32\eventcreate.exe");
    let damage: [&dyn Fn(); 6] = [
        &|| key().set_u32("TypesSupported", 1).unwrap(),
        &|| key().set_string("TypesSupported", "7").unwrap(),
        &|| key().remove_value("CustomSource").unwrap(),
        &|| key().set_string("EventMessageFile", FILE).unwrap(),
        &|| key().set_expand_string("EventMessageFile", &in_full).unwrap(),
        // Only the key, as after a registration that was interrupted.
        &|| {
            for name in ["EventMessageFile", "TypesSupported", "CustomSource"] {
                key().remove_value(name).unwrap();
            }
        },
    ];
    for damage in damage {
        damage();
        assert_ne!(dump(), whole);
        assert_eq!(source_status(&source.0).unwrap(), SourceStatus::Incomplete);
        install_source(&source.0).unwrap();
        assert_eq!(dump(), whole);
        damage();
        remove_source(&source.0).unwrap();
        assert_eq!(source_status(&source.0).unwrap(), SourceStatus::NotRegistered);
        install_source(&source.0).unwrap();
        assert_eq!(dump(), whole);
    }
}

/// A key below those of the Event Log; dropping it removes the key.
struct OtherKey(String);

impl OtherKey {
    fn made(path: &str, file: Option<&str>) -> OtherKey {
        let key = LOCAL_MACHINE.create(format!(r"{LOGS}\{path}")).unwrap();
        if let Some(file) = file {
            key.set_expand_string("EventMessageFile", file).unwrap();
        }
        OtherKey(path.to_owned())
    }
}

impl Drop for OtherKey {
    fn drop(&mut self) {
        LOCAL_MACHINE.options().read().write().open(LOGS).unwrap().remove_tree(&self.0).unwrap();
    }
}

#[test]
fn what_belongs_to_others_is_left_alone() {
    let _alone = alone();
    let name = unused_name();
    let same_log = format!(r"Application\{name}");
    let both = |why: &str, removes: bool| {
        let before = dump();
        let mut errors = vec![install_source(&name).unwrap_err()];
        if removes {
            errors.push(remove_source(&name).unwrap_err());
        } else {
            remove_source(&name).unwrap();
        }
        for error in errors {
            assert!(
                matches!(&error, EventLogError::Taken { name: taken, .. } if *taken == name),
                "{error:?}"
            );
            assert!(error.to_string().contains(why), "{error}");
        }
        assert_eq!(dump(), before);
    };
    {
        let _other = OtherKey::made(&same_log, Some(r"C:\Program Files\Other\messages.dll"));
        both(r"C:\Program Files\Other\messages.dll", true);
        assert!(matches!(source_status(&name).unwrap(), SourceStatus::Foreign { .. }));
    }
    {
        let other = OtherKey::made(&same_log, None);
        let key = LOCAL_MACHINE.create(format!(r"{LOGS}\{}", other.0)).unwrap();
        key.set_string("ProviderGuid", "{0}").unwrap();
        both("no message file", true);
    }
    {
        let _log = OtherKey::made(&name, None);
        both("the name of a log", false);
    }
    {
        let _other = OtherKey::made(&format!(r"System\{name}"), Some(FILE));
        both("a source of the log `System`", false);
    }
    {
        let source = Source(name.clone());
        install_source(&name).unwrap();
        let inner = OtherKey::made(&format!(r"{same_log}\Inner"), None);
        let before = dump();
        let error = remove_source(&name).unwrap_err();
        assert!(error.to_string().contains("a subkey `Inner`"), "{error}");
        assert_eq!(dump(), before);
        drop(inner);
        drop(source);
    }
}

#[test]
fn a_name_that_would_be_another_key_touches_nothing() {
    let _alone = alone();
    let before = dump();
    for name in ["", " ", "\\", "a\\b", "a/b", "..\\System", "a\0", "Application", "system", "Security"] {
        for error in [
            install_source(name).unwrap_err(),
            remove_source(name).unwrap_err(),
            source_status(name).unwrap_err(),
        ] {
            assert!(
                matches!(&error, EventLogError::Name { name: refused, .. } if refused == name),
                "{error:?}"
            );
        }
    }
    assert_eq!(dump(), before);
}

unsafe extern "system" fn denied() -> u32 {
    5
}

#[test]
fn without_the_rights_it_says_who_has_them() {
    let _alone = alone();
    let source = Source::installed();
    let name = unused_name();
    let before = dump();
    let denied = denied as *const () as usize;
    let calls = ["RegCreateKeyExW", "RegDeleteTreeW"];
    // SAFETY: the function reads none of its arguments, and on this architecture the callee has
    // nothing to remove from the stack.
    let old = calls.map(|call| (call, unsafe { import_table::replace(call, denied) }.unwrap()));
    let errors = [install_source(&name).unwrap_err(), remove_source(&source.0).unwrap_err()];
    // An operation that needs no rights succeeds.
    install_source(&source.0).unwrap();
    remove_source(&name).unwrap();
    for (call, old) in old {
        // SAFETY: this is the original function.
        unsafe { import_table::replace(call, old) };
    }
    for error in errors {
        assert!(matches!(error, EventLogError::AccessDenied { .. }), "{error:?}");
        assert!(error.to_string().contains("needs administrator rights"), "{error}");
        let source = error.source().unwrap().downcast_ref::<std::io::Error>().unwrap();
        assert_eq!(source.kind(), std::io::ErrorKind::PermissionDenied);
    }
    assert_eq!(dump(), before);
}
