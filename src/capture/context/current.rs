//! [`AuditContext::current`]: what an event would inherit here.

use super::at_call::AtCall;
use super::inherit::Surroundings as _;
use crate::caller::scope::Trace;
use crate::caller::{AuditContext, otel, scope};
use crate::capture::stack::find::find_layer;
use std::sync::Arc;
use tracing_core::{Dispatch, dispatcher};

impl AuditContext {
    /// Returns what an audit event would inherit here: the actor of the scopes and the spans, and the
    /// trace.
    ///
    /// The spans are those of the current dispatch, if it has an audit layer, as far as no filter has
    /// disabled them.
    #[must_use]
    pub fn current() -> AuditContext {
        let dispatch = dispatcher::get_default(Dispatch::clone);
        let found = find_layer(&dispatch);
        let here = found.as_ref().map(|found| AtCall { actors: found.actors(), dispatch: &dispatch });
        let mut context = scope::all();
        if let Some(here) = &here {
            here.complete_said(&mut context.actor);
        }
        if !matches!(context.trace, Trace::Of(_)) {
            let trace = here.map_or_else(otel::current, |here| here.trace_id());
            if let Some(trace) = trace {
                context.trace = Trace::of(trace.as_str());
            }
        }
        AuditContext(Arc::new(context))
    }
}
