//! What an application finds out about its own log.

#[cfg(feature = "report")]
mod evidence;
#[cfg(feature = "seal")]
mod verify;
