//! The request that delivers a batch of records.

mod any_value;
mod attributes;
#[cfg(test)]
mod library;
mod mapping;
mod wire;

pub(super) use mapping::request;
