//! What stands in the way of a search is named, and hides nothing.
