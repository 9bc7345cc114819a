//! Iterating over an object's keys and values, in order.

use super::json::{Object, Value};
use std::iter::FusedIterator;
use std::{slice, vec};

/// An iterator over the keys and values of an [`Object`], in order.
#[derive(Clone, Debug)]
pub struct ObjectIter<'a>(slice::Iter<'a, (String, Value)>);

/// An iterator over the keys and values of an [`Object`], in order, that owns them.
#[derive(Clone, Debug)]
pub struct ObjectIntoIter(vec::IntoIter<(String, Value)>);

impl Object {
    /// Returns an iterator over the keys and values, in order.
    pub fn iter(&self) -> ObjectIter<'_> {
        ObjectIter(self.entries.iter())
    }
}

fn borrowed((key, value): &(String, Value)) -> (&str, &Value) {
    (key, value)
}

impl<'a> Iterator for ObjectIter<'a> {
    type Item = (&'a str, &'a Value);

    fn next(&mut self) -> Option<(&'a str, &'a Value)> {
        self.0.next().map(borrowed)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<'a> DoubleEndedIterator for ObjectIter<'a> {
    fn next_back(&mut self) -> Option<(&'a str, &'a Value)> {
        self.0.next_back().map(borrowed)
    }
}

impl ExactSizeIterator for ObjectIter<'_> {}

impl FusedIterator for ObjectIter<'_> {}

impl Iterator for ObjectIntoIter {
    type Item = (String, Value);

    fn next(&mut self) -> Option<(String, Value)> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for ObjectIntoIter {
    fn next_back(&mut self) -> Option<(String, Value)> {
        self.0.next_back()
    }
}

impl ExactSizeIterator for ObjectIntoIter {}

impl FusedIterator for ObjectIntoIter {}

impl<'a> IntoIterator for &'a Object {
    type Item = (&'a str, &'a Value);
    type IntoIter = ObjectIter<'a>;

    fn into_iter(self) -> ObjectIter<'a> {
        self.iter()
    }
}

impl IntoIterator for Object {
    type Item = (String, Value);
    type IntoIter = ObjectIntoIter;

    fn into_iter(self) -> ObjectIntoIter {
        ObjectIntoIter(self.entries.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_iterates_in_order_by_reference_and_by_value() {
        let object = Object::from_iter([("b", 1), ("a", 2)]);
        let mut keys = Vec::new();
        for (key, value) in &object {
            keys.push(format!("{key}{value}"));
        }
        assert_eq!(keys, ["b1", "a2"]);
        assert_eq!(object.iter().rev().map(|(key, _)| key).collect::<String>(), "ab");
        assert_eq!(object.iter().len(), 2);
        assert_eq!(object.clone().into_iter().collect::<Object>(), object);
    }
}
