//! Copying records to an OpenTelemetry collector, by OTLP over HTTP.
//!
//! - `settings`: what the application and the environment configure, and [`Otlp`] itself
//! - `request`: the request for a batch of records
//! - `connection`: certificates, connections, and sending a request
//! - `answer`: what an answer means for the batch
//! - `mirror`: the mirror that puts these together

mod answer;
mod connection;
mod error;
mod mirror;
mod request;
mod settings;
#[cfg(test)]
mod tests;

pub use error::OtlpError;
pub(crate) use mirror::OtlpMirror;
pub use settings::Otlp;
