//! Every limit of a worker, attacked on this machine over real Podman.

mod common;

use common::{House, code};
use homemaid_sandbox::{CpuQuota, ExitReason, Program, WorkerLimits, WorkerSpec, prove};

#[tokio::test(flavor = "multi_thread")]
async fn every_limit_holds_on_this_machine() {
    let house = House::open("proof").await;
    let proofs = prove(&house.sandbox).await;
    // How much CPU two busy loops got is a measurement and belongs to the doctor; here it must only have been taken.
    let broken: Vec<_> = proofs
        .iter()
        .filter(|proof| !proof.held && proof.name != "CPU")
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
    let names: Vec<&str> = proofs.iter().map(|proof| proof.name.as_str()).collect();
    let expected = [
        "memory",
        "CPU",
        "processes",
        "threads",
        "network",
        "host's own ports",
        "name look-up",
        "read-only root",
        "no writable place but /tmp",
        "size of /tmp",
        "no programs in /tmp",
        "user",
        "identity",
        "capabilities",
        "no-new-privileges",
        "seccomp",
        "system calls",
        "other processes",
        "files of the host",
        "programs",
        "environment",
    ];
    assert_eq!(names, expected, "no attack may get lost");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_limit_is_noticed() {
    let house = House::open("broken").await;
    // The same attack on a worker with more memory than a plugin gets: it comes further, so the attack is a real one.
    let limits = WorkerLimits {
        memory_bytes: 128 << 20,
        ..WorkerLimits::default()
    };
    let source = "import os\ntaken = []\nwhile len(taken) < 80:\n    taken.append(bytearray(1 << 20))\nprint(len(taken))\n";
    let spec = WorkerSpec {
        limits,
        ..code(house.data.path(), source)
    };
    let mut worker = house.start(spec).await;
    assert_eq!(worker.rest().await, "80\n");
    assert_eq!(worker.exit().await.reason, ExitReason::Exited(0));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn running_out_of_memory_is_told_apart_even_when_a_child_was_the_victim() {
    let house = House::open("oom").await;
    let source = "import os, time\nif os.fork() == 0:\n    taken = []\n    while True: taken.append(bytearray(1 << 20))\n\
        os.write(1, b'waiting\\n')\nwhile True: time.sleep(1)\n";
    let mut worker = house.run(source).await;
    assert_eq!(worker.line().await.as_deref(), Some("waiting"));
    let exit = worker.exit().await;
    assert_eq!(
        exit.reason,
        ExitReason::OutOfMemory,
        "no half-dead worker stays behind"
    );
    assert!(
        exit.usage.oom_kills > 0 && exit.usage.memory_peak <= 64 << 20,
        "{exit:?}"
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_by_itself_is_not_taken_for_out_of_memory() {
    let house = House::open("selfkill").await;
    let worker = house
        .run("import os\nif os.fork() == 0:\n    os.abort()\nos.wait()\nos._exit(137)")
        .await;
    assert_eq!(
        worker.exit().await.reason,
        ExitReason::Signaled(9),
        "137 is what a SIGKILL looks like"
    );
    assert_eq!(worker.control.usage().oom_kills, 0);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filling_tmp_counts_as_memory_and_never_exceeds_it() {
    let house = House::open("tmp").await;
    let source = "import os\nwith open('/tmp/x', 'wb') as file:\n    for _ in range(15): file.write(bytes(1 << 20))\n\
        taken = []\nwhile True: taken.append(bytearray(1 << 20)); os.write(1, b'%d\\n' % len(taken))\n";
    let mut worker = house.run(source).await;
    let steps = worker.rest().await.lines().count();
    assert_eq!(worker.exit().await.reason, ExitReason::OutOfMemory);
    assert!(steps < 49, "{steps} MB beside 15 MB of files");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_lets_nothing_run_before_the_check() {
    let house = House::open("gate").await;
    let tree = common::tree(house.data.path(), &[]);
    let spec = WorkerSpec {
        program: Program::Code {
            source: "print('ran')".into(),
            arguments: vec![],
        },
        limits: WorkerLimits {
            boot_cpu: CpuQuota::of_core(250, 100_000),
            ..WorkerLimits::default()
        },
        ..WorkerSpec::plugin("gate", tree, "__main__.py")
    };
    // The gate alone, as Podman starts it, with an input that ends instead of the host's go-ahead.
    let output = std::process::Command::new("python3")
        .args(["-I", "-c", include_str!("../src/gate.py"), "-", "print('ran')"])
        .stdin(std::process::Stdio::null())
        .output()
        .expect("python3");
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "nothing ran: {output:?}"
    );
    let mut worker = house.start(spec).await;
    assert_eq!(worker.rest().await, "ran\n");
    house.close().await;
}
