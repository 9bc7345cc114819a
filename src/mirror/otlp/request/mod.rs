//! The request that delivers a batch of records.

mod attributes;
mod mapping;
mod protobuf;

pub(super) use mapping::request;
