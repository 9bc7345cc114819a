//! The text of an error: the name of its type, and its message if that is asked for.

use crate::unwind::caught;
use std::any::{Any, type_name};
use std::fmt::{self, Write as _};

/// The longest message, in bytes.
const LONGEST_MESSAGE: usize = 1024;

/// The longest name of a type, in bytes: a generic one can be very long.
const LONGEST_NAME: usize = 256;

const PANICKED: &str = "panicked";

/// Why an action failed.
#[derive(Debug)]
pub struct Text {
    pub(super) text: String,
    /// Why there is no message, though it was asked for.
    pub(super) flaw: Option<String>,
}

impl Text {
    pub(super) fn plain(text: String) -> Text {
        Text { text, flaw: None }
    }
}

/// What an event says of an error of type `X`.
#[diagnostic::on_unimplemented(
    message = "the message of `{X}` can't be recorded",
    note = "`with_error_message` needs an error that implements `Display`"
)]
pub trait ErrorText<X> {
    /// Returns the text of an error.
    #[doc(hidden)]
    fn of_error(error: &X) -> Text;
    /// Returns the text of a panic with this payload.
    #[doc(hidden)]
    fn of_panic(payload: &(dyn Any + Send)) -> Text;
}

/// The name of the error's type, without its message.
#[derive(Debug)]
pub enum TypeAlone {}

impl<X> ErrorText<X> for TypeAlone {
    fn of_error(_: &X) -> Text {
        Text::plain(name_of::<X>())
    }

    fn of_panic(_: &(dyn Any + Send)) -> Text {
        Text::plain(PANICKED.to_owned())
    }
}

/// The name of the error's type and its message.
#[derive(Debug)]
pub enum TypeAndMessage {}

impl<X: fmt::Display> ErrorText<X> for TypeAndMessage {
    fn of_error(error: &X) -> Text {
        let name = name_of::<X>();
        match message_of(error) {
            Ok(message) => Text::plain(format!("{name}: {message}")),
            Err(flaw) => Text { text: name, flaw: Some(flaw) },
        }
    }

    fn of_panic(payload: &(dyn Any + Send)) -> Text {
        let message = match payload.downcast_ref::<&str>() {
            Some(text) => Some(*text),
            None => payload.downcast_ref::<String>().map(String::as_str),
        };
        // Of other payloads nothing is known.
        let message = message.and_then(|message| message_of(message).ok());
        Text::plain(message.map_or(PANICKED.to_owned(), |message| format!("{PANICKED}: {message}")))
    }
}

fn name_of<X>() -> String {
    let mut name = Bounded { text: String::new(), bytes: LONGEST_NAME, is_cut: false };
    // It fails once the text is cut.
    match name.write_str(type_name::<X>()) {
        Ok(()) | Err(fmt::Error) => name.text,
    }
}

/// Returns the beginning of a message, or why there is none.
fn message_of(message: &(impl fmt::Display + ?Sized)) -> Result<String, String> {
    let mut text = Bounded { text: String::new(), bytes: LONGEST_MESSAGE, is_cut: false };
    match caught(|| write!(text, "{message}")) {
        Ok(Ok(())) => Ok(text.text),
        // No more was asked of it.
        Ok(Err(fmt::Error)) if text.is_cut => Ok(text.text),
        Ok(Err(fmt::Error)) => Err("its formatting failed".to_owned()),
        Err(panic) => Err(format!("it panicked: {panic}")),
    }
}

/// Takes the beginning of a text; an ellipsis stands for the rest of it.
struct Bounded {
    text: String,
    /// The longest text, in bytes.
    bytes: usize,
    is_cut: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.is_cut {
            return Err(fmt::Error);
        }
        if self.text.len() + text.len() <= self.bytes {
            self.text.push_str(text);
            return Ok(());
        }
        self.is_cut = true;
        self.text.push_str(text);
        let mut end = self.bytes - '…'.len_utf8();
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        self.text.truncate(end);
        self.text.push('…');
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(message: &str) -> String {
        message_of(message).unwrap()
    }

    #[test]
    fn a_message_is_cut_at_a_kibibyte() {
        assert_eq!(message(""), "");
        assert_eq!(message(&"x".repeat(1024)), "x".repeat(1024));
        assert_eq!(message(&"x".repeat(1025)), format!("{}…", "x".repeat(1021)));
        assert_eq!(message(&"é".repeat(1 << 20)), format!("{}…", "é".repeat(510)));
        // In many pieces, without an end.
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("ab")?;
                }
            }
        }
        assert_eq!(message_of(&Endless).unwrap().len(), 1024);
    }
}
