//! What one source, a scope or a span, says of the actor.

use crate::record::encode::{ActorParts, push_string};
use crate::record::{Actor, ActorKey, ActorKeys, Checked, Flaw, check_actor};

/// What one source says of the actor: checked, and spelled as in the line, so that an event copies it.
#[derive(Clone, Debug, Default)]
pub(crate) struct SaidActor {
    keys: ActorKeys,
    /// A JSON string for each of the keys, or empty if its text is left out.
    texts: [Box<[u8]>; ActorKey::COUNT],
    flaws: Vec<(ActorKey, Flaw)>,
}

impl SaidActor {
    pub(crate) fn of(actor: &Actor) -> SaidActor {
        let mut said = SaidActor::default();
        for key in ActorKey::ALL {
            said.say(key, actor.text(key).unwrap_or_default());
        }
        said
    }

    /// Returns the keys of which it says something.
    #[inline]
    pub(crate) fn keys(&self) -> ActorKeys {
        self.keys
    }

    /// Says a text, in place of an earlier one. Empty text says nothing.
    pub(crate) fn say(&mut self, key: ActorKey, text: &str) {
        self.forget(key);
        if text.is_empty() {
            return;
        }
        self.keys = self.keys | ActorKeys::of(key);
        let Checked { text, flaw } = check_actor(key, text);
        if let Some(text) = text {
            let mut json = Vec::with_capacity(text.len() + 2);
            push_string(&mut json, &text);
            self.texts[key.index()] = json.into();
        }
        self.flaws.extend(flaw.map(|flaw| (key, flaw)));
    }

    /// Leaves out a key, and keeps other sources from having a say in it.
    pub(crate) fn leave_out(&mut self, key: ActorKey) {
        self.forget(key);
        self.keys = self.keys | ActorKeys::of(key);
    }

    /// Flags a key.
    pub(crate) fn flag(&mut self, key: ActorKey, flaw: Flaw) {
        self.flaws.push((key, flaw));
    }

    fn forget(&mut self, key: ActorKey) {
        self.keys = self.keys & !ActorKeys::of(key);
        self.texts[key.index()] = Box::default();
        self.flaws.retain(|(flawed, _)| *flawed != key);
    }

    /// Takes over what `other` says of these keys, also if it says nothing.
    pub(crate) fn replace(&mut self, keys: ActorKeys, other: &SaidActor) {
        for key in keys {
            self.forget(key);
        }
        self.keys = self.keys | (other.keys & keys);
        for key in other.keys & keys {
            self.texts[key.index()].clone_from(&other.texts[key.index()]);
        }
        self.flaws.extend(other.flaws.iter().filter(|(key, _)| keys.contains(*key)).cloned());
    }

    /// Completes this one by what an outer source says.
    pub(crate) fn complete_from(&mut self, outer: &SaidActor) {
        self.replace(!self.keys, outer);
    }

    /// Completes a line's actor, and returns the keys that it has got.
    #[inline]
    pub(crate) fn complete(&self, parts: &mut ActorParts) -> ActorKeys {
        let keys = self.keys & parts.lacking();
        for key in keys {
            parts.set_json(key, &self.texts[key.index()]);
        }
        keys
    }

    /// Returns what is to be flagged of these keys.
    pub(crate) fn flaws(&self, keys: ActorKeys) -> impl Iterator<Item = (ActorKey, &Flaw)> {
        self.flaws.iter().filter(move |(key, _)| keys.contains(*key)).map(|(key, flaw)| (*key, flaw))
    }

    /// Returns the texts as data.
    pub(crate) fn to_actor(&self) -> Actor {
        let mut actor = Actor::new();
        for key in self.keys {
            // Empty if it is left out.
            actor.set(key, serde_json::from_slice(&self.texts[key.index()]).ok());
        }
        actor
    }
}
