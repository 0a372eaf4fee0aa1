use proptest::prelude::*;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Drives a plan to running, with `hooks` owed.
fn running(hooks: &[Lifecycle], now: Instant) -> Plan {
    let mut plan = Plan::new();
    assert_eq!(plan.on(Signal::Start(hooks.to_vec()), now), [Step::Create]);
    assert_eq!(plan.on(Signal::Created, now), [Step::Boot]);
    let mut steps = plan.on(Signal::Booted, now);
    for hook in hooks {
        assert_eq!(steps.pop(), Some(Step::Hook(*hook)));
        steps = plan.on(Signal::HookDone(*hook), now);
    }
    assert_eq!(steps.pop(), Some(Step::OpenEvents));
    assert_eq!(plan.status(), Status::Running);
    plan
}

#[test]
fn first_start_after_install_runs_both_hooks_before_events() {
    running(&[Lifecycle::Install, Lifecycle::Enable], Instant::now());
}

#[test]
fn a_plain_restart_boots_only() {
    let now = Instant::now();
    let mut plan = running(&[], now);
    assert_eq!(plan.on(Signal::Restart, now), [Step::CloseEvents]);
    assert_eq!(plan.on(Signal::Drained, now), [Step::Shutdown]);
    assert_eq!(
        plan.on(Signal::Deadline, now + SHUTDOWN_NOTICE),
        [Step::Terminate]
    );
    assert_eq!(plan.on(Signal::Exited(Cause::Exited(0)), now), [Step::Create]);
    assert_eq!(plan.on(Signal::Created, now), [Step::Boot]);
    assert_eq!(plan.on(Signal::Booted, now), [Step::OpenEvents]);
}

#[test]
fn switching_off_runs_the_disable_hook_then_drains_then_ends() {
    let now = Instant::now();
    let mut plan = running(&[], now);
    assert_eq!(
        plan.on(Signal::Stop(StopWhy::Disable), now),
        [Step::CloseEvents, Step::Hook(Lifecycle::Disable)]
    );
    assert_eq!(plan.status(), Status::Stopping);
    assert_eq!(
        plan.on(Signal::HookDone(Lifecycle::Disable), now),
        [
            Step::HookOver {
                hook: Lifecycle::Disable,
                late: false
            },
            Step::CloseEvents
        ]
    );
    assert_eq!(plan.on(Signal::Deadline, now + DRAIN), [Step::Shutdown]);
    assert_eq!(
        plan.on(Signal::Deadline, now + DRAIN + SHUTDOWN_NOTICE),
        [Step::Terminate]
    );
    assert_eq!(
        plan.on(Signal::Exited(Cause::Exited(0)), now),
        [Step::Stopped],
        "an exit that was asked for is no crash"
    );
    assert!(plan.is_at_rest());
}

#[test]
fn uninstalling_a_stopped_installation_starts_it_for_its_hook() {
    let now = Instant::now();
    let mut plan = Plan::new();
    let stop = Signal::Stop(StopWhy::Uninstall { was_enabled: false });
    assert_eq!(plan.on(stop, now), [Step::Create]);
    assert_eq!(plan.on(Signal::Created, now), [Step::Boot]);
    assert_eq!(
        plan.on(Signal::Booted, now),
        [Step::CloseEvents, Step::Hook(Lifecycle::Uninstall)]
    );
    assert_eq!(
        plan.on(Signal::Deadline, now + Lifecycle::Uninstall.time_limit()),
        [
            Step::HookOver {
                hook: Lifecycle::Uninstall,
                late: true
            },
            Step::CloseEvents
        ],
        "a slow hook does not keep the installation"
    );
    assert_eq!(plan.on(Signal::Exited(Cause::OutOfMemory), now), [Step::Stopped]);
}

#[test]
fn uninstalling_what_cannot_start_ends_at_once() {
    let now = Instant::now();
    let mut plan = Plan::new();
    plan.on(Signal::Stop(StopWhy::Uninstall { was_enabled: true }), now);
    assert_eq!(
        plan.on(Signal::CreateFailed("no image".into()), now),
        [Step::Stopped]
    );
}

#[test]
fn a_crash_is_retried_and_the_fifth_suspends() {
    let mut now = Instant::now();
    let mut plan = running(&[], now);
    for wait in [1, 2, 4, 8] {
        assert_eq!(
            plan.on(Signal::Exited(Cause::OutOfMemory), now),
            [Step::Crashed {
                cause: Cause::OutOfMemory,
                retry: Some(wait * SECOND)
            }]
        );
        assert_eq!(plan.on(Signal::Deadline, now), [], "the wait is not over yet");
        now += wait * SECOND;
        assert_eq!(plan.on(Signal::Deadline, now), [Step::Create]);
        assert_eq!(plan.on(Signal::Created, now), [Step::Boot]);
    }
    assert_eq!(
        plan.on(Signal::Exited(Cause::Exited(1)), now),
        [Step::Crashed {
            cause: Cause::Exited(1),
            retry: None
        }]
    );
    assert_eq!(plan.status(), Status::GaveUp);
    assert_eq!(
        plan.on(Signal::Refresh, now),
        [],
        "a grant alone does not lift it"
    );
    assert_eq!(plan.on(Signal::Restart, now), [Step::Create]);
}

#[test]
fn a_worker_that_stays_up_for_the_window_is_healthy_again() {
    let now = Instant::now();
    let mut plan = running(&[], now);
    assert_eq!(plan.on(Signal::Deadline, now + CRASH_WINDOW), [Step::Recovered]);
    assert_eq!(plan.deadline(), None);
}

#[test]
fn no_boot_reply_kills_and_counts_as_a_crash() {
    let now = Instant::now();
    let mut plan = Plan::new();
    plan.on(Signal::Start(vec![]), now);
    plan.on(Signal::Created, now);
    assert_eq!(plan.on(Signal::Deadline, now + BOOT_REPLY), [Step::Kill]);
    let steps = plan.on(Signal::Exited(Cause::Killed), now + BOOT_REPLY);
    assert!(
        matches!(
            &steps[..],
            [Step::Crashed {
                cause: Cause::NoBoot(_),
                retry: Some(_)
            }]
        ),
        "the reason is the missing reply, not the kill: {steps:?}"
    );
}

#[test]
fn a_kill_without_an_exit_is_repeated() {
    let now = Instant::now();
    let mut plan = running(&[], now);
    assert_eq!(plan.on(Signal::Stuck("deaf".into()), now), [Step::Kill]);
    assert_eq!(plan.on(Signal::Deadline, now + KILL_AGAIN), [Step::Kill]);
}

#[test]
fn a_hook_cut_off_by_a_crash_is_still_owed() {
    let now = Instant::now();
    let mut plan = Plan::new();
    plan.on(Signal::Start(vec![Lifecycle::Install, Lifecycle::Enable]), now);
    plan.on(Signal::Created, now);
    assert_eq!(plan.on(Signal::Booted, now), [Step::Hook(Lifecycle::Install)]);
    plan.on(Signal::Exited(Cause::Exited(1)), now);
    plan.on(Signal::Deadline, now + SECOND);
    plan.on(Signal::Created, now + SECOND);
    assert_eq!(
        plan.on(Signal::Booted, now + SECOND),
        [Step::Hook(Lifecycle::Install)]
    );
}

#[test]
fn switching_off_and_on_again_while_it_stops_ends_in_a_start() {
    let now = Instant::now();
    let mut plan = running(&[], now);
    plan.on(Signal::Stop(StopWhy::Disable), now);
    assert_eq!(plan.on(Signal::Start(vec![Lifecycle::Enable]), now), []);
    assert_eq!(plan.on(Signal::Exited(Cause::Exited(0)), now), [Step::Create]);
    plan.on(Signal::Created, now);
    assert_eq!(plan.on(Signal::Booted, now), [Step::Hook(Lifecycle::Enable)]);
}

#[test]
fn switched_off_before_it_booted_it_is_killed_without_a_disable_hook() {
    let now = Instant::now();
    let mut plan = Plan::new();
    plan.on(Signal::Start(vec![Lifecycle::Enable]), now);
    plan.on(Signal::Created, now);
    assert_eq!(plan.on(Signal::Stop(StopWhy::Disable), now), [Step::Kill]);
    assert_eq!(plan.on(Signal::Exited(Cause::Killed), now), [Step::Stopped]);
}

#[test]
fn a_grant_while_booting_ends_in_a_fresh_boot_list() {
    let now = Instant::now();
    let mut plan = Plan::new();
    plan.on(Signal::Start(vec![Lifecycle::Install]), now);
    plan.on(Signal::Created, now);
    assert_eq!(plan.on(Signal::Refresh, now), []);
    assert_eq!(plan.on(Signal::Booted, now), [Step::CloseEvents]);
    plan.on(Signal::Drained, now);
    plan.on(Signal::Deadline, now + SHUTDOWN_NOTICE);
    assert_eq!(plan.on(Signal::Exited(Cause::Exited(0)), now), [Step::Create]);
    plan.on(Signal::Created, now);
    assert_eq!(
        plan.on(Signal::Booted, now),
        [Step::Hook(Lifecycle::Install)],
        "the hook was not used up by the first boot"
    );
}

#[test]
fn the_cut_kills_whatever_runs_and_cancels_what_waits() {
    let now = Instant::now();
    let mut plan = running(&[], now);
    plan.on(Signal::Stop(StopWhy::Leave), now);
    assert_eq!(plan.on(Signal::Cut, now), [Step::Kill]);
    assert_eq!(plan.on(Signal::Exited(Cause::Killed), now), [Step::Stopped]);

    let mut waiting = running(&[], now);
    waiting.on(Signal::Exited(Cause::Exited(1)), now);
    assert_eq!(waiting.on(Signal::Cut, now), [Step::Stopped]);
    assert_eq!(waiting.deadline(), None);
}

fn signals() -> impl Strategy<Value = Signal> {
    prop_oneof![
        Just(Signal::Start(vec![])),
        Just(Signal::Start(vec![Lifecycle::Enable])),
        Just(Signal::Start(vec![Lifecycle::Install, Lifecycle::Enable])),
        Just(Signal::Stop(StopWhy::Disable)),
        Just(Signal::Stop(StopWhy::Leave)),
        Just(Signal::Stop(StopWhy::Uninstall { was_enabled: true })),
        Just(Signal::Stop(StopWhy::Uninstall { was_enabled: false })),
        Just(Signal::Restart),
        Just(Signal::Refresh),
        Just(Signal::Created),
        Just(Signal::CreateFailed("no".into())),
        Just(Signal::Booted),
        Just(Signal::BootRefused("no".into())),
        Just(Signal::HookDone(Lifecycle::Install)),
        Just(Signal::HookDone(Lifecycle::Enable)),
        Just(Signal::HookDone(Lifecycle::Disable)),
        Just(Signal::HookDone(Lifecycle::Uninstall)),
        Just(Signal::Drained),
        Just(Signal::Stuck("deaf".into())),
        Just(Signal::Exited(Cause::Exited(1))),
        Just(Signal::Exited(Cause::OutOfMemory)),
        Just(Signal::Deadline),
        Just(Signal::Cut),
    ]
}

/// What the sandbox would hold.
#[derive(Debug, Clone, Copy, PartialEq)]
enum World {
    Empty,
    Creating,
    Alive,
}

proptest! {
    /// Whatever the order of news: never two workers, never a word to one that is not there, and the stop wins.
    #[test]
    fn there_is_never_more_than_one_worker(
        script in prop::collection::vec((signals(), 0u64..400), 0..80)
    ) {
        let mut now = Instant::now();
        let mut plan = Plan::new();
        let mut world = World::Empty;
        for (signal, wait) in script {
            now += Duration::from_secs(wait);
            // Only news that the world can produce.
            match (&signal, world) {
                (Signal::Created, World::Creating) => world = World::Alive,
                (Signal::CreateFailed(_), World::Creating)
                | (Signal::Exited(_), World::Alive) => world = World::Empty,
                (Signal::Created | Signal::CreateFailed(_) | Signal::Exited(_), _) => continue,
                _ => {}
            }
            for step in plan.on(signal, now) {
                match step {
                    Step::Create => {
                        prop_assert_eq!(world, World::Empty);
                        world = World::Creating;
                    }
                    Step::Boot | Step::Hook(_) | Step::OpenEvents | Step::Shutdown | Step::Terminate | Step::Kill => {
                        prop_assert_eq!(world, World::Alive);
                    }
                    Step::Stopped | Step::Crashed { .. } => prop_assert_eq!(world, World::Empty),
                    Step::HookOver { .. } | Step::CloseEvents | Step::Recovered => {}
                }
            }
            if plan.is_at_rest() {
                prop_assert_eq!(world, World::Empty);
            }
            // Something always comes next: a deadline, the sandbox, or the owner.
            prop_assert!(
                plan.is_at_rest() || plan.deadline().is_some() || world != World::Empty
                    || plan.status() == Status::Running
            );
        }

        plan.on(Signal::Cut, now);
        if world == World::Creating {
            plan.on(Signal::Created, now);
            world = World::Alive;
        }
        if world == World::Alive {
            plan.on(Signal::Exited(Cause::Killed), now);
        }
        prop_assert!(plan.is_at_rest());
    }
}
