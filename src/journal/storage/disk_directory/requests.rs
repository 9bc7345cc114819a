//! Reading what others have left in `.state/requests`.

use crate::journal::storage::state_file::{contents, invalid};
use crate::journal::storage::system::{Handle, only_owner_of};
use std::io;

/// Returns the contents of a request, and the id of the account that it belongs to.
pub(super) fn read(folder: &Handle, name: &str, at_most: u64) -> io::Result<(Vec<u8>, Option<u32>)> {
    let file = folder.open_to_read(name)?;
    let owner = only_owner_of(&file)?;
    let contents = contents(file, at_most.saturating_add(1))?;
    if contents.len() as u64 > at_most {
        return Err(invalid(format!("it has more than {at_most} bytes")));
    }
    Ok((contents, owner))
}
