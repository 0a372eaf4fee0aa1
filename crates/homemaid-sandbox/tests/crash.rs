//! What a host leaves behind that was killed, and how the next one deals with it.

mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use common::{alive, config, image_tar, instance, leftovers, repository, until};
use homemaid_sandbox::Sandbox;

/// A host with a worker that ignores everything polite.
struct Held {
    host: Child,
    worker: u32,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Held {
    fn start(data: &std::path::Path, instance: &str) -> Self {
        let mut host = Command::new(env!("CARGO_BIN_EXE_sandbox-host"))
            .arg("hold")
            .arg(data)
            .arg(image_tar())
            .arg(repository().join("sandbox-image/seccomp.json"))
            .arg(instance)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the host starts");
        let lines = BufReader::new(host.stdout.take().expect("its output is a pipe")).lines();
        let mut said = Vec::new();
        for line in lines.map_while(Result::ok) {
            if let Some(pid) = line.strip_prefix("HOLDING ") {
                return Self {
                    worker: pid.parse().expect("a process id"),
                    host,
                };
            }
            said.push(line);
        }
        let code = host.wait();
        panic!("the host did not start its worker: {said:?}, {code:?}");
    }

    fn kill(&mut self) {
        self.host.kill().expect("it is our child");
        self.host.wait().expect("it is our child");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_host_removes_everything_a_killed_one_left() {
    let data = tempfile::tempdir().unwrap();
    let instance = instance("crash");
    let mut held = Held::start(data.path(), &instance);
    held.kill();
    assert!(
        alive(held.worker),
        "nothing but the next host ends such a worker here"
    );
    assert!(!leftovers(&instance).is_empty());

    let sandbox = Sandbox::open(config(data.path(), &instance))
        .await
        .expect("it opens over the leftovers");
    assert!(!alive(held.worker), "the worker is dead when the sandbox is open");
    sandbox.close().await;
    until("nothing is left", || leftovers(&instance).is_empty()).await;
    let run = data.path().join("run").display().to_string();
    until("no service of the killed host is left", || !mentioned(&run)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_host_on_the_same_data_is_refused_and_harms_nobody() {
    let data = tempfile::tempdir().unwrap();
    let instance = instance("twice");
    let mut held = Held::start(data.path(), &instance);
    let refused = Sandbox::open(config(data.path(), &instance))
        .await
        .expect_err("the first one still runs");
    assert_eq!(refused.code(), "already_open");
    assert!(alive(held.worker), "its worker is untouched");
    held.kill();
    let sandbox = Sandbox::open(config(data.path(), &instance))
        .await
        .expect("the lock ended with its holder");
    sandbox.close().await;
    assert_eq!(leftovers(&instance), Vec::<String>::new());
}

/// Whether any process has `text` in its command line.
fn mentioned(text: &str) -> bool {
    std::fs::read_dir("/proc").expect("/proc").flatten().any(|entry| {
        std::fs::read(entry.path().join("cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(text))
    })
}
