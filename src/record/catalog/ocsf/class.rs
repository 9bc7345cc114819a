//! Classes of OCSF 1.5.0, with the names of their activities.

/// A class.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) uid: u32,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    /// The names of the activities, from 1 on. Each class also has 0, Unknown, and 99, Other.
    pub(super) activities: &'static [&'static str],
}

const IAM: &str = "Identity & Access Management";
const APPLICATION: &str = "Application Activity";

/// Classes, by number.
pub(super) static CLASSES: [Class; 10] = [
    Class { uid: 0, name: "Base Event", category: "Uncategorized", activities: &[] },
    Class {
        uid: 1008,
        name: "Event Log Activity",
        category: "System Activity",
        activities: &[
            "Clear", "Delete", "Export", "Archive", "Rotate", "Start", "Stop", "Restart", "Enable", "Disable",
        ],
    },
    Class {
        uid: 3001,
        name: "Account Change",
        category: IAM,
        activities: &[
            "Create",
            "Enable",
            "Password Change",
            "Password Reset",
            "Disable",
            "Delete",
            "Attach Policy",
            "Detach Policy",
            "Lock",
            "MFA Factor Enable",
            "MFA Factor Disable",
            "Unlock",
        ],
    },
    Class {
        uid: 3002,
        name: "Authentication",
        category: IAM,
        activities: &[
            "Logon",
            "Logoff",
            "Authentication Ticket",
            "Service Ticket Request",
            "Service Ticket Renew",
            "Preauth",
        ],
    },
    Class {
        uid: 3004,
        name: "Entity Management",
        category: IAM,
        activities: &[
            "Create",
            "Read",
            "Update",
            "Delete",
            "Move",
            "Enroll",
            "Unenroll",
            "Enable",
            "Disable",
            "Activate",
            "Deactivate",
            "Suspend",
            "Resume",
        ],
    },
    Class {
        uid: 3005,
        name: "User Access Management",
        category: IAM,
        activities: &["Assign Privileges", "Revoke Privileges"],
    },
    Class {
        uid: 6001,
        name: "Web Resources Activity",
        category: APPLICATION,
        activities: &["Create", "Read", "Update", "Delete", "Search", "Import", "Export", "Share"],
    },
    Class {
        uid: 6002,
        name: "Application Lifecycle",
        category: APPLICATION,
        activities: &["Install", "Remove", "Start", "Stop", "Restart", "Enable", "Disable", "Update"],
    },
    Class {
        uid: 6003,
        name: "API Activity",
        category: APPLICATION,
        activities: &["Create", "Read", "Update", "Delete"],
    },
    Class {
        uid: 6005,
        name: "Datastore Activity",
        category: APPLICATION,
        activities: &[
            "Read", "Update", "Connect", "Query", "Write", "Create", "Delete", "List", "Encrypt", "Decrypt",
        ],
    },
];

pub(super) fn class(uid: u32) -> Option<&'static Class> {
    CLASSES.iter().find(|class| class.uid == uid)
}
