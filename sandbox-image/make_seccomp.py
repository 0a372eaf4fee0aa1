#!/usr/bin/env python3
"""Writes the seccomp profile of the workers to stdout: ``make_seccomp.py [PODMAN_PROFILE] > seccomp.json``.

It starts from Podman's default profile (containers-common, Apache-2.0), keeps what that allows without any capability
and takes away what a plugin never needs. The result is valid only together with no-new-privileges: it refuses the
system calls with which a container runtime changes its identity, so the runtime must load it after these, as its last
act, and that is what it does when no-new-privileges is set. The result is committed; run this again to change it.
"""

import json
import sys

PODMAN_PROFILE = "/usr/share/containers/seccomp.json"

# What Podman allows and a plugin worker never needs, by the reason.
REFUSED = {
    "namespaces and mounts: the roads out of a container": (
        "unshare setns mount mount_setattr move_mount umount umount2 pivot_root chroot fsconfig fsmount fsopen fspick"
        " open_tree name_to_handle_at open_by_handle_at mknod mknodat"
    ),
    "other processes, and the kernel's inner life": (
        "ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd kcmp bpf"
        " perf_event_open userfaultfd seccomp syslog acct vhangup reboot ioperm iopl modify_ldt"
    ),
    "keys, watches on whole file systems, quotas, security labels": (
        "keyctl add_key request_key fanotify_init fanotify_mark quotactl landlock_create_ruleset landlock_add_rule"
        " setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr"
    ),
    "identity": (
        "capset setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32"
        " setresgid setresgid32 setgroups setgroups32 setfsuid setfsuid32 setfsgid setfsgid32"
    ),
    "the clock": (
        "adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64 settimeofday"
    ),
    "asynchronous I/O in the kernel, with its long history of holes": (
        "io_uring_setup io_uring_enter io_uring_register io_setup io_submit io_cancel io_destroy io_getevents vmsplice"
    ),
    "shared memory and queues by number, memory placement, memory hidden from the host": (
        "ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget"
        " mbind set_mempolicy get_mempolicy migrate_pages move_pages memfd_secret remap_file_pages readahead"
    ),
    "indirect system calls, which pass by every filter on arguments": "socketcall syscall",
    "allowed below with a condition": "clone clone3 socket",
}

# CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
NAMESPACE_FLAGS = 0x7E020000
ENOSYS = 38
EPERM = 1
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10


def argument(index, value, compare, value_two=0):
    """Return a condition on one argument of a system call."""
    return {"index": index, "value": value, "valueTwo": value_two, "op": compare}


def plain_allowance(profile):
    """Return Podman's long list: what it allows whatever the arguments and capabilities are."""
    rules = [rule for rule in profile["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" and not rule.get("args")]
    return max((rule for rule in rules if not rule.get("includes")), key=lambda rule: len(rule["names"]))


def kept_specials(profile):
    """Yield the special rules of Podman that stay: those every program of an architecture needs."""
    for rule in profile["syscalls"]:
        if rule["action"] == "SCMP_ACT_ALLOW" and (
            rule["names"] == ["personality"]
            or (rule.get("includes", {}).get("arches") and {"arch_prctl", "cacheflush"} & set(rule["names"]) and "modify_ldt" not in rule["names"])
        ):
            yield rule


def worker_profile(profile):
    """Return the profile of the workers, made from Podman's."""
    refused = {name for names in REFUSED.values() for name in names.split()}
    allowed = sorted(set(plain_allowance(profile)["names"]) - refused)
    rules = [{"names": allowed, "action": "SCMP_ACT_ALLOW"}, *kept_specials(profile)]
    # Threads, but no namespaces.
    no_namespaces = [argument(0, NAMESPACE_FLAGS, "SCMP_CMP_MASKED_EQ")]
    rules.append({"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": no_namespaces})
    # Its flags lie behind a pointer, where no filter can see them; "not implemented" makes libc use clone.
    rules.append({"names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": ENOSYS})
    for family in (AF_UNIX, AF_INET, AF_INET6):
        rules.append({"names": ["socket"], "action": "SCMP_ACT_ALLOW", "args": [argument(0, family, "SCMP_CMP_EQ")]})
    return {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": EPERM,
        # Only the native ABI: 32-bit and x32 entries are an easy way round filters on arguments.
        "archMap": [{**entry, "subArchitectures": []} for entry in profile["archMap"]],
        "syscalls": rules,
    }


def main():
    """Read Podman's profile and print the workers'."""
    path = sys.argv[1] if len(sys.argv) > 1 else PODMAN_PROFILE
    with open(path, encoding="utf-8") as file:
        json.dump(worker_profile(json.load(file)), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
