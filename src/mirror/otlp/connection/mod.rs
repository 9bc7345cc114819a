//! Sending a request: certificates, connections, and the HTTP exchange.

mod broken;
mod certificates;
mod connections;
mod post;

pub(super) use broken::Broken;
pub(super) use connections::Connections;
pub(super) use post::{Answer, PROTOBUF, post};
