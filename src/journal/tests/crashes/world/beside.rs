//! What the simulator makes of files beside the day files and of state files that are renamed and erased:
//! no more is certain than the trait says.

use super::super::dice::Dice;
use super::disk::Disk;
use super::{Known, World};
use crate::journal::storage::Directory as _;
use crate::journal::storage::layout::Folder;
use std::collections::BTreeSet;

const OUTCOMES: usize = 200;

fn opened(disk: Disk) -> World {
    World::new(disk, Known::default(), 0, 1)
}

/// What outcomes a loss of power has, behind these acts.
fn outcomes<T: Ord>(acts: impl Fn(&World), seen: impl Fn(&World) -> T) -> BTreeSet<T> {
    let world = opened(Disk::default());
    acts(&world);
    let (disk, _) = world.at_end();
    let after = |seed| opened(disk.after_power_loss(&mut Dice::new(seed as u64)));
    (0..OUTCOMES).map(|seed| seen(&after(seed))).collect()
}

fn leaves(world: &World) -> Option<Vec<u8>> {
    world.read_in(Folder::Seal, "a.leaf").unwrap()
}

#[test]
fn what_is_synced_beside_the_day_files_stays_and_nothing_else_is_certain() {
    let written = |world: &World| world.write_in(Folder::Seal, "a.leaf", 0, &[1; 1024]).unwrap();
    let all = outcomes(written, leaves);
    assert!(all.contains(&None) && all.contains(&Some(vec![1; 1024])), "{}", all.len());
    assert!(all.iter().flatten().any(|left| left.len() == 1024 && left.contains(&0)));
    assert!(all.iter().flatten().any(|left| (1..1024).contains(&left.len())));

    let synced = |world: &World| {
        written(world);
        world.sync_in(Folder::Seal, "a.leaf").unwrap();
    };
    assert_eq!(outcomes(synced, leaves), BTreeSet::from([Some(vec![1; 1024])]));

    let more = |world: &World| {
        synced(world);
        world.write_in(Folder::Seal, "a.leaf", 1024, &[1; 1024]).unwrap();
    };
    let all = outcomes(more, |world| leaves(world).unwrap());
    assert!(all.iter().all(|left| left.starts_with(&[1; 1024])));
    assert!(all.len() > 4, "{}", all.len());
}

#[test]
fn a_state_file_is_renamed_whole_and_an_erased_one_stays_erased() {
    let state = |world: &World| ["key", "next"].map(|name| world.read_state(name).unwrap());
    let written = |world: &World| {
        world.write_state("key", b"old").unwrap();
        world.write_state("next", b"new").unwrap();
    };
    let renamed = |world: &World| {
        written(world);
        world.rename_state("next", "key").unwrap();
    };
    assert_eq!(outcomes(renamed, state), BTreeSet::from([[Some(b"new".to_vec()), None]]));
    let erased = |world: &World| {
        written(world);
        world.erase_state("key").unwrap();
        world.erase_state("key").unwrap();
    };
    assert_eq!(outcomes(erased, state), BTreeSet::from([[None, Some(b"new".to_vec())]]));

    // Each step of it can be the last one.
    for step in 1.. {
        let world = World::new(Disk::default(), Known::default(), step, 1);
        let done = world.write_state("key", b"old").and_then(|()| world.erase_state("key"));
        if done.is_ok() {
            assert!(step > 6, "{step}");
            break;
        }
        let left = opened(world.at_stop().0).read_state("key").unwrap();
        let is_whole_or_zero = left.is_none_or(|left| left == b"old" || left == [0; 3]);
        assert!(is_whole_or_zero, "{step}");
    }
}
