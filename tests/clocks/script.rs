//! Scripts: what happens to a machine.

use crate::support::clock::{DAY, HOUR, SECOND, TestClock};
use proptest::prelude::*;

const TENTH: i128 = SECOND / 10;
const TEN_YEARS: i128 = 3652 * DAY;

/// One event of the clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Time {
    /// Nanoseconds pass, with the machine awake, asleep or off.
    Pass(i128),
    /// Time passes until so many nanoseconds after, or before, the next midnight of the wall clock.
    ToMidnight(i128),
    /// The wall clock is set ahead or back by so many nanoseconds.
    Step(i128),
}

impl Time {
    pub(crate) fn happen(self, clock: &TestClock) {
        match self {
            Time::Pass(nanos) => clock.pass(nanos),
            Time::ToMidnight(after) => {
                let left = DAY - clock.wall().rem_euclid(DAY) + after;
                clock.pass(if left > 0 { left } else { left + DAY });
            }
            Time::Step(nanos) => clock.step(nanos),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// The application emits an event.
    Event,
    Clock(Time),
    /// The log is closed, these events happen, and it is opened again, perhaps after a boot.
    Restart {
        boots: bool,
        closed: Vec<Time>,
    },
    /// An operator prunes.
    Prune,
}

#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) retention_days: u32,
    pub(crate) ops: Vec<Op>,
}

fn passing() -> impl Strategy<Value = Time> {
    prop_oneof![
        2 => prop::sample::select(vec![SECOND, HOUR, 7 * HOUR]).prop_map(Time::Pass),
        3 => prop::sample::select(vec![DAY, 2 * DAY, 5 * DAY]).prop_map(Time::Pass),
        3 => prop::sample::select(vec![-4 * TENTH, 2 * TENTH, SECOND]).prop_map(Time::ToMidnight),
    ]
}

fn step() -> impl Strategy<Value = Time> {
    let sizes = vec![TENTH, 6 * TENTH, SECOND, HOUR, DAY, TEN_YEARS];
    (prop::sample::select(sizes), any::<bool>())
        .prop_map(|(size, ahead)| Time::Step(if ahead { size } else { -size }))
}

fn op() -> impl Strategy<Value = Op> {
    let closed = prop_oneof![3 => passing(), 2 => step()];
    prop_oneof![
        10 => Just(Op::Event),
        7 => passing().prop_map(Op::Clock),
        3 => step().prop_map(Op::Clock),
        6 => (any::<bool>(), prop::collection::vec(closed, 0..3))
            .prop_map(|(boots, closed)| Op::Restart { boots, closed }),
        1 => Just(Op::Prune),
    ]
}

pub(crate) fn script() -> impl Strategy<Value = Script> {
    (1_u32..4, prop::collection::vec(op(), 10..60))
        .prop_map(|(retention_days, ops)| Script { retention_days, ops })
}
