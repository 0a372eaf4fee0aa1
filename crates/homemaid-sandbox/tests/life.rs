//! Starting, talking to and ending workers over real Podman.

mod common;

use std::time::Duration;

use common::{House, alive, leftovers, tree, until};
use homemaid_sandbox::{ExitReason, StopTimes, WorkerSpec};

const ECHO: &str = "import sys\nfor line in sys.stdin: print('echo', line, end='')\n";
/// Ignores every polite request to end.
const STUBBORN: &str = "import os, signal, time\n\
    for name in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGPIPE): signal.signal(name, signal.SIG_IGN)\n\
    os.write(1, b'up\\n')\nwhile True:\n    time.sleep(0.05)\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_talks_over_the_hosts_own_pipes_and_ends_with_its_input() {
    let house = House::open("echo").await;
    let tree = tree(house.data.path(), &[("__main__.py", ECHO)]);
    let mut worker = house
        .start(WorkerSpec::plugin("echo@1", tree, "__main__.py"))
        .await;
    worker.control.booted().expect("its CPU share can be changed");
    worker.send("hello").await;
    assert_eq!(worker.line().await.as_deref(), Some("echo hello"));
    let usage = worker.control.usage();
    assert!(usage.memory_bytes > 0 && usage.pids == 1, "{usage:?}");
    worker.stdin = None;
    assert_eq!(worker.exit().await.reason, ExitReason::Exited(0));
    assert_eq!(worker.rest().await, "");
    worker.control.cleaned().await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_code_and_the_complaint_before_it_arrive() {
    let house = House::open("code").await;
    let mut worker = house
        .run("import sys\nsys.stderr.write('out of tea\\n')\nsys.exit(3)")
        .await;
    assert_eq!(worker.exit().await.reason, ExitReason::Exited(3));
    assert_eq!(worker.complaints().await, "out of tea\n");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_ignores_everything_is_killed_after_both_grace_periods() {
    let house = House::open("stubborn").await;
    let mut worker = house.run(STUBBORN).await;
    assert_eq!(worker.line().await.as_deref(), Some("up"));
    worker.stdin = None;
    let times = StopTimes {
        eof: Duration::from_millis(50),
        term: Duration::from_millis(50),
    };
    assert_eq!(worker.control.terminate(times).await.reason, ExitReason::Killed);
    assert!(
        !alive(worker.control.pid()),
        "the process is gone when terminate returns"
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_reacts_to_sigterm_ends_by_itself() {
    let house = House::open("term").await;
    let source = "import signal, sys, time\n\
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\nprint('up')\nwhile True: time.sleep(0.05)\n";
    let mut worker = house.run(source).await;
    assert_eq!(worker.line().await.as_deref(), Some("up"));
    let times = StopTimes {
        eof: Duration::from_millis(50),
        term: common::PATIENCE,
    };
    assert_eq!(
        worker.control.terminate(times).await.reason,
        ExitReason::Exited(7)
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_takes_the_children_along() {
    let house = House::open("children").await;
    let source = format!("import os\nfor _ in range(5):\n    if os.fork() == 0: break\n{STUBBORN}");
    let mut worker = house.run(&source).await;
    for _ in 0..6 {
        assert_eq!(worker.line().await.as_deref(), Some("up"));
    }
    assert_eq!(worker.control.usage().pids, 6);
    let exit = worker.control.kill().await;
    assert_eq!(exit.reason, ExitReason::Killed);
    assert_eq!(worker.rest().await, "", "the pipe ends, so no child holds it");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_a_worker_kills_and_cleans_it() {
    let house = House::open("drop").await;
    let mut worker = house.run(STUBBORN).await;
    assert_eq!(worker.line().await.as_deref(), Some("up"));
    let pid = worker.control.pid();
    drop(worker);
    until("the process is gone", || !alive(pid)).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_on_both_outputs_stays_in_the_pipes_and_can_be_killed() {
    let house = House::open("flood").await;
    let source = "import os\nif os.fork():\n    while True: os.write(1, b'x' * 65536)\nwhile True: os.write(2, b'y' * 65536)\n";
    let mut worker = house.run(source).await;
    let mut start = [0; 16];
    tokio::io::AsyncReadExt::read_exact(&mut worker.stdout, &mut start)
        .await
        .expect("it writes");
    assert_eq!(&start, b"xxxxxxxxxxxxxxxx");
    // Nobody reads on: the worker must stand still and not grow anywhere.
    let usage = worker.control.usage();
    assert!(usage.memory_bytes < 32 << 20, "{usage:?}");
    assert_eq!(worker.control.kill().await.reason, ExitReason::Killed);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_do_not_touch_each_other() {
    let (one, two) = (House::open("one").await, House::open("two").await);
    let (mut a, mut b) = (one.run(ECHO).await, two.run(ECHO).await);
    a.send("1").await;
    b.send("2").await;
    assert_eq!(
        (a.line().await, b.line().await),
        (Some("echo 1".into()), Some("echo 2".into()))
    );
    one.close().await;
    assert_eq!(
        a.exit().await.reason,
        ExitReason::Killed,
        "closing takes its own workers"
    );
    assert!(!leftovers(&two.instance).is_empty(), "and only those");
    b.send("3").await;
    assert_eq!(b.line().await.as_deref(), Some("echo 3"));
    two.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_start_side_by_side() {
    let house = House::open("many").await;
    let starts = (0..6).map(|_| house.run(ECHO));
    let mut workers = futures_util::future::join_all(starts).await;
    for (number, worker) in workers.iter_mut().enumerate() {
        worker.send(&number.to_string()).await;
        assert_eq!(worker.line().await, Some(format!("echo {number}")));
    }
    house.close().await;
}
