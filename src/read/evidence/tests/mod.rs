//! Evidence of logs that are sound and of those that are not.
