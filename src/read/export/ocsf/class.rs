//! Which objects the events of a class have.

use crate::record::Ocsf;

/// What is acted on, as a class has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// No object: `resource` is in `unmapped`.
    None,
    /// `user`: who signs in, which is the actor.
    SignedIn,
    /// `user`: the account.
    Account,
    /// `user`, and `privileges`.
    Privileges,
    Entity,
    WebResource,
    Databucket,
    App,
    Api,
}

/// Which objects the events of a class have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    /// `actor` belongs to the profile `host`.
    pub(super) needs_profile: bool,
    /// `actor` and `src_endpoint` are required.
    pub(super) needs_actor: bool,
    pub(super) has_source: bool,
    pub(super) has_destination: bool,
    pub(super) has_http: bool,
    pub(super) has_session: bool,
    pub(super) is_about_the_log: bool,
    pub(super) target: Target,
}

impl Class {
    /// Base Event.
    pub(super) const BASE: Class = Class {
        needs_profile: true,
        needs_actor: false,
        has_source: false,
        has_destination: false,
        has_http: false,
        has_session: false,
        is_about_the_log: false,
        target: Target::None,
    };

    const IAM: Class = Class { needs_profile: false, has_source: true, has_http: true, ..Class::BASE };

    const APPLICATION: Class = Class { needs_actor: true, has_destination: true, ..Class::IAM };
}

/// Returns a class, if it is one of [`Ocsf::CLASSES`].
pub(super) fn class(uid: u32) -> Option<Class> {
    debug_assert_eq!(Ocsf::new(uid, 0).class_name().is_some(), Ocsf::CLASSES.contains(&uid));
    Some(match uid {
        0 => Class::BASE,
        1008 => Class { has_http: false, has_destination: true, is_about_the_log: true, ..Class::IAM },
        3001 => Class { target: Target::Account, ..Class::IAM },
        3002 => Class { target: Target::SignedIn, has_destination: true, has_session: true, ..Class::IAM },
        3004 => Class { target: Target::Entity, ..Class::IAM },
        3005 => Class { target: Target::Privileges, ..Class::IAM },
        6001 => Class {
            needs_profile: true,
            needs_actor: false,
            target: Target::WebResource,
            ..Class::APPLICATION
        },
        6002 => Class { target: Target::App, ..Class::BASE },
        6003 => Class { target: Target::Api, ..Class::APPLICATION },
        6005 => Class { target: Target::Databucket, ..Class::APPLICATION },
        _ => return None,
    })
}
