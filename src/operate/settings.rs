//! The settings in force, as the records say them.

use super::error::OperateError;
use crate::read::Query;
use crate::record::{Object, SETTINGS, VIOLATIONS, Value};
use std::path::Path;

/// Returns the settings of the newest record that says them.
pub(super) fn in_force(dir: &Path) -> Result<Option<Object>, OperateError> {
    let query = Query::new([dir]).event("log.opened").event("log.config_changed").reverse(true);
    let found = query.run().map_err(|source| OperateError::Settings { dir: dir.to_owned(), source })?;
    for found in found.flatten() {
        // The application's own events of these names are flagged.
        if let Ok(record) = found.record()
            && record.resource.get(VIOLATIONS).is_none()
            && let Some(settings) = record.resource.get(SETTINGS).and_then(Value::as_object)
            && !settings.is_empty()
        {
            return Ok(Some(settings.clone()));
        }
    }
    Ok(None)
}
