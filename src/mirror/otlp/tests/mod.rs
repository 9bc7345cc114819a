//! Deliveries to a receiver in this process, and the mapping against OpenTelemetry's own.

mod deliver;
mod http;
pub(crate) mod lines;
mod receiver;
mod tls;
