//! Judging what the attacks came to. Pure; a program that prints nonsense has broken something, so it counts as not held.

use std::collections::BTreeMap;
use std::time::Duration;

use homemaid_protocol::limits as contract;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Outcome, Proof};
use crate::error::complaint;
use crate::worker::ExitReason;

/// How far above its share a busy worker may measure: the kernel hands out CPU time in slices.
const CPU_TOLERANCE: f64 = 1.12;
const CGROUP_FIX: &str = "the kernel does not enforce this cgroup limit: update kernel, Podman and crun";
const PODMAN_FIX: &str = "Podman did not lock the worker in as asked: update podman, conmon and crun";
const SECCOMP_FIX: &str =
    "the seccomp profile is not in force: install libseccomp2 and a crun or runc built with it";

fn proof(name: &str, expectation: &str, held: bool, observed: impl Into<String>, fix: &str) -> Proof {
    Proof {
        name: name.to_owned(),
        expectation: expectation.to_owned(),
        held,
        observed: observed.into(),
        fix: (!held).then(|| fix.to_owned()),
    }
}

/// An attack that could not be tried.
pub(super) fn failed(name: &str, observed: &str, fix: Option<String>) -> Proof {
    let fix = fix.unwrap_or_else(|| {
        "run `homemaid doctor` again; if it stays, this machine cannot run plugins safely".into()
    });
    proof(name, "the limit can be put to the test", false, observed, &fix)
}

/// Reads the JSON an attack printed.
fn read<T: DeserializeOwned>(name: &str, outcome: &Outcome) -> Result<T, Vec<Proof>> {
    serde_json::from_str(outcome.stdout.trim()).map_err(|error| {
        let said = complaint(outcome.stderr.as_bytes());
        let observed = format!(
            "the attack printed no result ({error}); it ended with {:?}: {said}",
            outcome.exit.reason
        );
        vec![failed(name, &observed, None)]
    })
}

pub(super) fn memory(outcome: &Outcome) -> Vec<Proof> {
    let most = contract::WORKER_MEMORY_BYTES >> 20;
    let taken = outcome
        .stdout
        .lines()
        .filter_map(|line| line.parse::<u64>().ok())
        .max()
        .unwrap_or(0);
    let killed = outcome.exit.reason == ExitReason::OutOfMemory;
    let observed = if killed {
        format!("killed after {taken} MB")
    } else {
        format!("took {taken} MB and ended with {:?}", outcome.exit.reason)
    };
    vec![proof(
        "memory",
        &format!("killed before it holds {most} MB"),
        killed && taken < most,
        observed,
        CGROUP_FIX,
    )]
}

fn count(name: &str, what: &str, outcome: &Outcome) -> Vec<Proof> {
    let most = contract::WORKER_PIDS;
    let said = outcome.stdout.trim();
    let expectation = format!("the {}rd {what} is refused", most + 1);
    let observed = said
        .split_once(' ')
        .map(|(count, reason)| format!("{count}, then {reason}"));
    let held = said == format!("{most} EAGAIN");
    vec![proof(
        name,
        &expectation,
        held,
        observed.unwrap_or_else(|| said.to_owned()),
        CGROUP_FIX,
    )]
}

pub(super) fn processes(outcome: &Outcome) -> Vec<Proof> {
    count("processes", "process", outcome)
}

pub(super) fn threads(outcome: &Outcome) -> Vec<Proof> {
    count("threads", "thread", outcome)
}

pub(super) fn cpu(used_usec: u64, elapsed: Duration, held_back: u64) -> Proof {
    let used = Duration::from_micros(used_usec).as_secs_f64();
    let share = used / elapsed.as_secs_f64();
    let allowed = f64::from(contract::WORKER_CPU_MILLIS) / 1000.0;
    let held = share <= allowed * CPU_TOLERANCE && held_back > 0;
    let observed = format!("{:.1} % of a core, held back {held_back} times", share * 100.0);
    let expectation = format!("two busy loops get {:.0} % of a core", allowed * 100.0);
    proof("CPU", &expectation, held, observed, CGROUP_FIX)
}

#[derive(Deserialize)]
struct Network {
    interfaces: Vec<String>,
    ipv4: String,
    ipv6: String,
    host: String,
    r#abstract: String,
    dns: String,
}

pub(super) fn network(outcome: &Outcome) -> Vec<Proof> {
    let found: Network = match read("network", outcome) {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let unreachable = |answer: &str| ["ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"].contains(&answer);
    let outside = found.interfaces == ["lo"] && found.ipv4 == "ENETUNREACH" && unreachable(&found.ipv6);
    let observed = format!(
        "interfaces {}, IPv4 {}, IPv6 {}",
        found.interfaces.join(","),
        found.ipv4,
        found.ipv6
    );
    let inside = found.host == "ECONNREFUSED" && found.r#abstract == "ECONNREFUSED" && outcome.visitors == 0;
    let host = format!(
        "TCP {}, Unix {}, {} connections arrived",
        found.host, found.r#abstract, outcome.visitors
    );
    let dns = found.dns.starts_with("name error");
    vec![
        proof("network", "no way out", outside, observed, PODMAN_FIX),
        proof("host's own ports", "not reachable", inside, host, PODMAN_FIX),
        proof("name look-up", "fails", dns, found.dns, PODMAN_FIX),
    ]
}

pub(super) fn writing(outcome: &Outcome) -> Vec<Proof> {
    let found: BTreeMap<String, String> = match read("file system", outcome) {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let read_only = |place: &str| found.get(place).is_some_and(|answer| answer == "EROFS");
    let written: Vec<&str> = found
        .iter()
        .filter(|(_, answer)| *answer == "written")
        .map(|(place, _)| place.as_str())
        .collect();
    let of = |place: &str| found.get(place).map_or("nothing", String::as_str);
    let roots = format!("/ {}, /plugin {}", of("/"), of("/plugin"));
    let others = if written.is_empty() {
        format!("{} places refused", found.len())
    } else {
        format!("could write {}", written.join(", "))
    };
    vec![
        proof(
            "read-only root",
            "EROFS on / and /plugin",
            read_only("/") && read_only("/plugin"),
            roots,
            PODMAN_FIX,
        ),
        proof(
            "no writable place but /tmp",
            "every write is refused",
            written.is_empty(),
            others,
            PODMAN_FIX,
        ),
    ]
}

#[derive(Deserialize)]
struct Tmp {
    execute: String,
    map: String,
    written: u64,
    reason: String,
}

pub(super) fn tmp(outcome: &Outcome) -> Vec<Proof> {
    let found: Tmp = match read("/tmp", outcome) {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let most = contract::WORKER_TMP_BYTES;
    let full = found.reason == "ENOSPC" && found.written <= most && found.written > most / 2;
    let refused = |answer: &str| ["EACCES", "EPERM"].contains(&answer);
    vec![
        proof(
            "size of /tmp",
            &format!("full at {} MB", most >> 20),
            full,
            format!("{} after {} bytes", found.reason, found.written),
            PODMAN_FIX,
        ),
        proof(
            "no programs in /tmp",
            "execution is refused",
            refused(&found.execute) && refused(&found.map),
            format!("run {}, map {}", found.execute, found.map),
            PODMAN_FIX,
        ),
    ]
}

pub(super) fn identity(outcome: &Outcome) -> Vec<Proof> {
    let found: BTreeMap<String, String> = match read("user", outcome) {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let of = |name: &str| found.get(name).map_or("nothing", String::as_str);
    let nobody = [contract::WORKER_UID.to_string().as_str(); 4].join(" ");
    let becomes = ["setuid(0)", "setgid(0)", "chroot", "nice"].map(|name| (name, of(name)));
    let stays = becomes
        .iter()
        .all(|(_, answer)| ["EPERM", "EACCES"].contains(answer));
    let sets = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map(|name| (name, of(name)));
    let none = sets
        .iter()
        .all(|(_, value)| !value.is_empty() && value.chars().all(|digit| digit == '0'));
    let flag = |value: &str, good: &str, words: &str| {
        if value == good {
            words.to_owned()
        } else {
            format!("reads {value}")
        }
    };
    let list = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    vec![
        proof(
            "user",
            "nobody, uid and gid 65534",
            of("Uid") == nobody && of("Gid") == nobody,
            format!("uids {}, gids {}", of("Uid"), of("Gid")),
            PODMAN_FIX,
        ),
        proof("identity", "cannot change", stays, list(&becomes), PODMAN_FIX),
        proof(
            "capabilities",
            "none",
            none,
            if none {
                "none in any of the five sets".to_owned()
            } else {
                list(&sets)
            },
            PODMAN_FIX,
        ),
        proof(
            "no-new-privileges",
            "set",
            of("NoNewPrivs") == "1",
            flag(of("NoNewPrivs"), "1", "set"),
            PODMAN_FIX,
        ),
        proof(
            "seccomp",
            "a filter is in force",
            of("Seccomp") == "2",
            flag(of("Seccomp"), "2", "a filter is in force"),
            SECCOMP_FIX,
        ),
    ]
}

pub(super) fn syscalls(outcome: &Outcome) -> Vec<Proof> {
    let found: BTreeMap<String, String> = match read("system calls", outcome) {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let passed: Vec<String> = found
        .iter()
        .filter(|(_, a)| *a != "EPERM")
        .map(|(name, answer)| format!("{name} {answer}"))
        .collect();
    let observed = if passed.is_empty() {
        format!("{} refused", found.len())
    } else {
        passed.join(", ")
    };
    let held = passed.is_empty() && !found.is_empty();
    vec![proof(
        "system calls",
        "what no plugin needs gives EPERM",
        held,
        observed,
        SECCOMP_FIX,
    )]
}

#[derive(Deserialize)]
struct Isolation {
    processes: Vec<u32>,
    files: BTreeMap<String, String>,
    executables: Vec<String>,
}

pub(super) fn isolation(outcome: &Outcome) -> Vec<Proof> {
    let found: Isolation = match read("isolation", outcome) {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let reached: Vec<&str> = found
        .files
        .iter()
        .filter(|(_, a)| a.starts_with("read"))
        .map(|(path, _)| path.as_str())
        .collect();
    let files = if reached.is_empty() {
        format!("{} ways refused", found.files.len())
    } else {
        format!("read {}", reached.join(", "))
    };
    let out_of_reach = reached.is_empty() && !found.files.is_empty();
    vec![
        proof(
            "other processes",
            "only its own",
            found.processes == [1],
            format!("{:?}", found.processes),
            PODMAN_FIX,
        ),
        proof(
            "files of the host",
            "out of reach",
            out_of_reach,
            files,
            PODMAN_FIX,
        ),
        proof(
            "programs",
            "nothing but Python",
            found.executables == ["/usr/bin/python3.11"],
            found.executables.join(", "),
            "build the worker image again: sandbox-image/build --force build/sandbox",
        ),
    ]
}

#[derive(Deserialize)]
struct Environment {
    environ: BTreeMap<String, String>,
    native: Vec<String>,
}

pub(super) fn environment(outcome: &Outcome) -> Vec<Proof> {
    let found: Environment = match read("environment", outcome) {
        Ok(found) => found,
        Err(failed) => return failed,
    };
    let mut names: Vec<&str> = found.environ.keys().map(String::as_str).collect();
    names.extend(found.native.iter().map(String::as_str));
    let observed = if names.is_empty() {
        "empty".to_owned()
    } else {
        names.join(", ")
    };
    vec![proof(
        "environment",
        "empty",
        names.is_empty(),
        observed,
        PODMAN_FIX,
    )]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cgroup::Usage;
    use crate::worker::Exit;

    fn outcome(stdout: &str, reason: ExitReason) -> Outcome {
        let exit = Exit {
            reason,
            usage: Usage::default(),
        };
        Outcome {
            stdout: stdout.to_owned(),
            stderr: String::new(),
            exit,
            visitors: 0,
        }
    }

    fn held(proofs: &[Proof]) -> Vec<bool> {
        proofs.iter().map(|proof| proof.held).collect()
    }

    #[test]
    fn memory_holds_only_when_the_kernel_killed_in_time() {
        assert_eq!(
            held(&memory(&outcome("1\n59\n", ExitReason::OutOfMemory))),
            [true]
        );
        assert_eq!(
            held(&memory(&outcome("1\n256\nnot stopped\n", ExitReason::Exited(0)))),
            [false]
        );
        assert_eq!(
            held(&memory(&outcome("1\n100\n", ExitReason::OutOfMemory))),
            [false]
        );
        assert_eq!(held(&memory(&outcome("1\n20\n", ExitReason::Exited(1)))), [false]);
    }

    #[test]
    fn processes_hold_at_exactly_the_limit() {
        let proofs = processes(&outcome("32 EAGAIN\n", ExitReason::Exited(0)));
        assert_eq!(proofs[0].expectation, "the 33rd process is refused");
        assert_eq!(held(&proofs), [true]);
        for broken in ["200 not stopped", "33 EAGAIN", "5 ENOMEM", ""] {
            assert_eq!(
                held(&threads(&outcome(broken, ExitReason::Exited(0)))),
                [false],
                "{broken}"
            );
        }
    }

    #[test]
    fn cpu_holds_below_its_share_and_only_when_it_was_held_back() {
        let second = Duration::from_secs(1);
        assert!(cpu(250_000, second, 50).held);
        assert!(cpu(100_000, second, 20).held, "a loaded machine may give less");
        assert!(!cpu(900_000, second, 10).held);
        assert!(
            !cpu(200_000, second, 0).held,
            "nothing held it back: the machine was merely slow"
        );
    }

    #[test]
    fn network_is_judged_by_every_way_out() {
        let good = r#"{"interfaces": ["lo"], "ipv4": "ENETUNREACH", "ipv6": "EADDRNOTAVAIL", "host": "ECONNREFUSED",
            "abstract": "ECONNREFUSED", "dns": "name error -3"}"#;
        assert_eq!(held(&network(&outcome(good, ExitReason::Exited(0)))), [true; 3]);
        let visited = Outcome {
            visitors: 1,
            ..outcome(good, ExitReason::Exited(0))
        };
        assert_eq!(held(&network(&visited)), [true, false, true]);
        let eth = good.replace("[\"lo\"]", "[\"eth0\", \"lo\"]");
        assert_eq!(
            held(&network(&outcome(&eth, ExitReason::Exited(0)))),
            [false, true, true]
        );
    }

    #[test]
    fn one_writable_place_breaks_the_proof() {
        let good = r#"{"/": "EROFS", "/plugin": "EROFS", "/dev": "EACCES"}"#;
        assert_eq!(
            held(&writing(&outcome(good, ExitReason::Exited(0)))),
            [true, true]
        );
        let dev = good.replace("EACCES", "written");
        assert_eq!(
            held(&writing(&outcome(&dev, ExitReason::Exited(0)))),
            [true, false]
        );
        let root = good.replace("\"/\": \"EROFS\"", "\"/\": \"EACCES\"");
        assert_eq!(
            held(&writing(&outcome(&root, ExitReason::Exited(0)))),
            [false, true]
        );
    }

    #[test]
    fn one_allowed_system_call_breaks_the_proof() {
        assert_eq!(
            held(&syscalls(&outcome(
                r#"{"mount": "EPERM"}"#,
                ExitReason::Exited(0)
            ))),
            [true]
        );
        let proofs = syscalls(&outcome(
            r#"{"mount": "EPERM", "ptrace": "allowed"}"#,
            ExitReason::Exited(0),
        ));
        assert_eq!(
            (held(&proofs), proofs[0].observed.as_str()),
            (vec![false], "ptrace allowed")
        );
        assert_eq!(
            held(&syscalls(&outcome("{}", ExitReason::Exited(0)))),
            [false],
            "nothing was tried"
        );
    }

    #[test]
    fn an_attack_that_prints_nonsense_does_not_count_as_held() {
        type Judge = fn(&Outcome) -> Vec<Proof>;
        let judges: [Judge; 7] = [network, writing, tmp, identity, syscalls, isolation, environment];
        for judge in judges {
            for nonsense in ["", "null", "[1]", "{\"x\": 1}"] {
                let proofs = judge(&outcome(nonsense, ExitReason::Exited(0)));
                assert!(
                    proofs.iter().any(|proof| !proof.held && proof.fix.is_some()),
                    "{nonsense}"
                );
            }
        }
    }
}
