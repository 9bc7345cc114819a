//! An event's class and activity in OCSF.

mod class;

use class::class;
use std::fmt;

/// The class and the activity of an event in the [Open Cybersecurity Schema Framework](https://schema.ocsf.io).
///
/// ```
/// use tracing_audit::record::Ocsf;
///
/// let signed_in = Ocsf::new(3002, 1);
/// assert_eq!(signed_in.class_name(), Some("Authentication"));
/// assert_eq!(signed_in.activity_name(), Some("Logon"));
/// assert_eq!((signed_in.type_uid(), signed_in.to_string()), (300201, "3002/1".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Ocsf {
    /// The class, such as 3002, Authentication.
    pub class_uid: u32,
    /// The activity in the class, such as 1, Logon. 99 is "other".
    pub activity_id: u32,
}

impl Ocsf {
    /// The classes that [`export`](crate::read::export) writes, by number. Events of others are written as Base Event, 0.
    pub const CLASSES: [u32; 10] = [0, 1008, 3001, 3002, 3004, 3005, 6001, 6002, 6003, 6005];

    /// Returns a class and an activity. They are not checked.
    #[must_use]
    pub const fn new(class_uid: u32, activity_id: u32) -> Ocsf {
        Ocsf { class_uid, activity_id }
    }

    /// Returns the category of the class: 3, Identity & Access Management, for 3002.
    #[must_use]
    pub const fn category_uid(self) -> u32 {
        self.class_uid / 1000
    }

    /// Returns OCSF's number of class and activity together: 300201 for 3002 and 1.
    #[must_use]
    pub const fn type_uid(self) -> u64 {
        self.class_uid as u64 * 100 + self.activity_id as u64
    }

    /// Returns the name of the category, if the class is one of [`Ocsf::CLASSES`].
    #[must_use]
    pub fn category_name(self) -> Option<&'static str> {
        class(self.class_uid).map(|class| class.category)
    }

    /// Returns the name of the class, if it is one of [`Ocsf::CLASSES`].
    #[must_use]
    pub fn class_name(self) -> Option<&'static str> {
        class(self.class_uid).map(|class| class.name)
    }

    /// Returns the name of the activity, if the class is one of [`Ocsf::CLASSES`] and has this activity.
    #[must_use]
    pub fn activity_name(self) -> Option<&'static str> {
        let activities = class(self.class_uid)?.activities.iter();
        match self.activity_id {
            0 => Some("Unknown"),
            99 => Some("Other"),
            id => activities.zip(1..).find(|(_, number)| *number == id).map(|(name, _)| *name),
        }
    }
}

/// Displays the class and the activity: `3002/1`.
impl fmt::Display for Ocsf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.class_uid, self.activity_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::CONTROL_RECORDS;

    #[test]
    fn each_class_that_is_written_has_a_name_and_those_of_the_log_have_an_activity() {
        for uid in Ocsf::CLASSES {
            let other = Ocsf::new(uid, 99);
            assert!(other.class_name().is_some() && other.category_name().is_some(), "{uid}");
            assert_eq!(other.activity_name(), Some("Other"));
            assert_eq!(Ocsf::new(uid, 98).activity_name(), None);
        }
        assert_eq!(Ocsf::new(2004, 1).class_name(), None);
        for event_type in CONTROL_RECORDS.event_types() {
            let ocsf = event_type.ocsf.unwrap();
            assert!(ocsf.activity_name().is_some(), "{}", event_type.name);
        }
        assert_eq!(Ocsf::new(6005, 7).activity_name(), Some("Delete"));
        assert_eq!(Ocsf::new(3004, 13).activity_name(), Some("Resume"));
    }
}
