//! A request's events have its context, wherever in the request they are emitted, and the address of a
//! client is not that of a forger.

mod addresses;
mod requests;
