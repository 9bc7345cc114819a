//! Sending a request: certificates, connections, and the HTTP exchange.

mod certificates;
mod connections;
mod post;

pub(super) use connections::Connections;
pub(super) use post::{Answer, PROTOBUF, post};
