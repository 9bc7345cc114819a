//! The context of a request.

use super::client_address::{Client, client};
use super::settings::Settings;
use super::traceparent::trace_of;
use crate::caller::AuditContext;
use crate::caller::said::SaidActor;
use crate::caller::scope::Scope;
use crate::record::{Actor, ActorKey, Flaw};
use http::header::USER_AGENT;
use http::request::Parts;
use std::sync::Arc;

/// Returns the context of a request.
pub(super) fn context_of(request: &Parts, settings: &Settings) -> AuditContext {
    let mut actor = settings.actor.as_ref().map_or_else(Actor::new, |actor| actor(request));
    if actor.text(ActorKey::UserAgent).is_none()
        && let Some(header) = request.headers.get(USER_AGENT)
    {
        actor.user_agent = Some(String::from_utf8_lossy(header.as_bytes()).into_owned());
    }
    let mut doubt = None;
    if actor.text(ActorKey::Address).is_none()
        && let Some(peer) = settings.peer.as_ref().and_then(|peer| peer(request))
    {
        let client: Client = client(peer, &request.headers, settings);
        actor = actor.address(client.address);
        doubt = client.doubt;
    }
    let mut said = SaidActor::of(&actor);
    if let Some(doubt) = doubt {
        said.flag(ActorKey::Address, Flaw::Violation(doubt));
    }
    AuditContext(Arc::new(Scope { actor: said, trace: trace_of(&request.headers) }))
}
