//! The house with real workers: installing, answering, refusing, crashing, stopping. Needs Podman and the worker image.

#![expect(clippy::unwrap_used, reason = "a test ends with the cause")]

mod common;

use std::time::Duration;

use common::{PATIENCE, TestHouse};
use homemaid_core::{CoreError, CoreEvent, CoreOptions, WorkerState};
use homemaid_protocol::{Capability, CapabilitySet};
use serde_json::{Value, json};

/// Answers `/hello` and counts in the key-value store.
const GREETER: &str = r#"
from mmo_maid_sdk import Plugin
plugin = Plugin()

@plugin.on_slash_command("hello")
def hello(ctx, event):
    ctx.interaction.respond(content="Hello, number %d!" % ctx.kv.increment("n"))

@plugin.on_event("message_create")
def on_message(ctx, event):
    if event["content"] == "!ping":
        ctx.discord.send_message(channel_id=event["channel_id"], content="pong")

plugin.run()
"#;

fn greeter() -> Value {
    json!({
        "capabilities_required": ["storage:kv", "discord:send_message"],
        "slash_commands": [{"name": "hello", "description": "Says hello"}],
    })
}

/// Speaks the wire protocol by hand, and does on request what a plugin should not; says `alive` when asked.
const ROGUE: &str = r#"
import json, os, sys, time
calls = 0

def write(text):
    data = text.encode("utf-8", "surrogateescape")
    while data:
        data = data[os.write(1, data):]

def say(**message):
    write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")

def act(word, event):
    global calls
    if word == "!alive":
        calls += 1
        params = {"channel_id": event["channel_id"], "content": "alive"}
        say(id=calls, method="discord.send_message", params=params)
    elif word == "!eat":
        taken = []
        while True:
            taken.append(b"x" * (1 << 20))
    elif word == "!flood":
        for n in range(20000):
            write("flood %d\n" % n)
    elif word == "!long":
        write("y" * (17 << 20) + "\n")
    elif word == "!garbage":
        write('{"id": 4711, "method": "kv.get", "params": {\n\x00\udcff\n[[[[\n}{\n')
    elif word == "!stderr":
        sys.stderr.write("something went wrong\n")
    elif word == "!deaf":
        os.close(1)
        time.sleep(1000)

for line in sys.stdin:
    message = json.loads(line)
    if "method" not in message:
        continue
    if "id" in message:
        say(id=message["id"], result=None)
    elif message["method"].startswith("event."):
        event = message["params"]["event"]
        act(event.get("content"), event)
        say(method="event.ack", params={"event_ids": [message["params"]["event_id"]]})
"#;

fn rogue() -> Value {
    json!({"capabilities_required": ["discord:send_message"]})
}

/// Waits until the guild's commands are as wanted.
async fn commands_are(house: &TestHouse, wanted: impl Fn(&[Value]) -> bool) {
    let guild = house.control.first_guild().unwrap();
    let listed = || house.control.commands(guild).unwrap();
    let mut follow = house.control.follow(0);
    let waiting = async {
        while !wanted(&listed()) {
            follow.next().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never, but {:?}", listed()));
}

async fn commands_are_registered(house: &TestHouse, name: &str) {
    commands_are(house, |commands| {
        commands.iter().any(|command| command["name"] == name)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_is_installed_answers_its_command_and_goes_again() {
    let house = TestHouse::start().await;
    let id = house.install("greeter", GREETER, greeter()).await;
    house.running(&id).await;
    commands_are_registered(&house, "hello").await;

    for n in 1..=2 {
        let interaction = house
            .control
            .run_command(house.general, "alice", "hello", &[])
            .unwrap();
        house.control.wait_answered(interaction, PATIENCE).await.unwrap();
        let messages = house.control.messages(house.general, 50, None, None).unwrap();
        let newest = messages.last().unwrap();
        assert_eq!(newest["content"], format!("Hello, number {n}!"), "{newest}");
    }
    let audit = house.audit(&id).await;
    let calls: Vec<_> = audit
        .iter()
        .map(|call| (call.method.as_str(), call.outcome.as_str()))
        .collect();
    assert_eq!(
        calls,
        [("kv.increment", "ok"), ("interaction.respond", "ok")].repeat(2)
    );

    // Switched off, its command is gone; uninstalled, so is the rest.
    house.core.disable(&id).await.unwrap();
    house.wait(&id, |view| view.state == WorkerState::Stopped).await;
    let mut news = house.core.subscribe();
    house.core.uninstall(&id).await.unwrap();
    assert!(house.core.installation(&id).is_none());
    let removed = async { while !matches!(news.recv().await, Ok(CoreEvent::InstallationRemoved { .. })) {} };
    tokio::time::timeout(PATIENCE, removed).await.unwrap();
    let gone = house
        .control
        .commands(house.control.first_guild().unwrap())
        .unwrap();
    assert!(gone.is_empty(), "{gone:?}");
    house.core.remove_plugin(&id.plugin).await.unwrap();
    assert!(house.core.plugins().is_empty());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_call_is_audited_asked_for_and_works_after_the_grant() {
    let house = TestHouse::start().await;
    let some = CapabilitySet::from([Capability::StorageKv]);
    let id = house
        .install_granting("greeter", GREETER, greeter(), Some(some))
        .await;
    house.running(&id).await;
    let mut news = house.core.subscribe();
    house.post("!ping");
    let need = async {
        loop {
            if let Ok(CoreEvent::NeedsPermission(need)) = news.recv().await {
                return need;
            }
        }
    };
    let need = tokio::time::timeout(PATIENCE, need).await.unwrap();
    assert_eq!(
        (need.capability.as_str(), need.requested),
        ("discord:send_message", true)
    );
    let view = house
        .wait(&id, |view| {
            view.capabilities.iter().any(|capability| capability.needed)
        })
        .await;
    let needed: Vec<_> = view
        .capabilities
        .iter()
        .filter(|capability| capability.needed)
        .collect();
    assert_eq!(needed.len(), 1);
    assert!(!needed[0].granted && needed[0].requested);

    let all = CapabilitySet::from([
        Capability::StorageKv,
        Capability::SendMessage,
        Capability::InteractionRespond,
    ]);
    house.core.grant(&id, all, "owner").await.unwrap();
    house.wait(&id, |view| view.state != WorkerState::Running).await;
    let view = house.wait(&id, |view| view.state == WorkerState::Running).await;
    assert!(
        view.capabilities.iter().all(|capability| !capability.needed),
        "the grant answers the request"
    );
    let before = house.post("!ping");
    house.says(before, "pong").await;
    let audit = house.audit(&id).await;
    let calls: Vec<_> = audit
        .iter()
        .filter(|call| call.method == "discord.send_message")
        .map(|call| (call.decision.as_str(), call.outcome.as_str()))
        .collect();
    assert_eq!(calls, [("refused", "CAPABILITY_DENIED"), ("allowed", "ok")]);
    // Only now may it answer interactions, and only as long as the owner lets it.
    commands_are_registered(&house, "hello").await;
    let fewer = CapabilitySet::from([Capability::StorageKv, Capability::SendMessage]);
    house.core.grant(&id, fewer, "owner").await.unwrap();
    commands_are(&house, <[Value]>::is_empty).await;
    house.close().await;
}

/// Posts a button when it is called by its name, and answers whoever presses one.
const BUTTONS: &str = r#"
from mmo_maid_sdk import Plugin
plugin = Plugin()

@plugin.on_event("message_create")
def on_message(ctx, event):
    if event["content"] == "!NAME":
        button = {"type": 2, "style": 1, "label": "Press", "custom_id": "press"}
        row = {"type": 1, "components": [button]}
        ctx.discord.send_message(channel_id=event["channel_id"], content="NAME's button", components=[row])

@plugin.on_component("press")
def pressed(ctx, event):
    ctx.log("pressed")
    ctx.interaction.respond(content="NAME was pressed")

plugin.run()
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_button_is_its_plugins_also_after_a_restart() {
    let house = TestHouse::start().await;
    let manifest = json!({"capabilities_required": ["discord:send_message", "interaction:respond"]});
    let (mut ids, mut messages) = (Vec::new(), Vec::new());
    for name in ["maid", "butler"] {
        let source = BUTTONS.replace("NAME", name);
        let id = house.install(name, &source, manifest.clone()).await;
        house.running(&id).await;
        let before = house.post(&format!("!{name}"));
        let said = house.says(before, &format!("{name}'s button")).await;
        messages.push(said.data["message"]["id"].as_str().unwrap().parse().unwrap());
        ids.push(id);
    }
    let quiet = async |house: &TestHouse| {
        house
            .until("every event is finished", || {
                ids.iter().all(|id| house.core.idle(id))
            })
            .await;
    };
    quiet(&house).await;
    let house = house.reopen(CoreOptions::default()).await;
    for (id, message) in ids.iter().zip(messages) {
        for id in &ids {
            house.running(id).await;
        }
        let before = house.control.last_seq();
        let click = house
            .control
            .use_component(house.general, message, "alice", "press", &[])
            .unwrap();
        house.control.wait_answered(click, PATIENCE).await.unwrap();
        house.says(before, &format!("{} was pressed", id.plugin)).await;
    }
    quiet(&house).await;
    for id in &ids {
        let pressed = house.logs(id).await;
        let pressed = pressed.iter().filter(|line| line.message == "pressed").count();
        assert_eq!(pressed, 1, "{id} hears of its own button only");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_takes_too_much_memory_is_restarted_while_another_keeps_answering() {
    let house = TestHouse::start().await;
    let rogue = house.install("rogue", ROGUE, rogue()).await;
    let greeter = house.install("greeter", GREETER, greeter()).await;
    house.running(&rogue).await;
    house.running(&greeter).await;
    house.post("!eat");
    let before = house.post("!ping");
    house.says(before, "pong").await;
    let line = house.logged(&rogue, "64 MB").await;
    assert_eq!((line.source.as_str(), line.level.as_str()), ("host", "error"));
    assert_eq!(
        line.message,
        "killed: used more than its 64 MB of memory; restarting in 1 s"
    );
    let view = house
        .wait(&rogue, |view| {
            view.state == WorkerState::Running && view.problem.is_some()
        })
        .await;
    assert_eq!(
        view.problem.as_deref(),
        Some(line.message.as_str()),
        "the owner still sees why"
    );
    assert!(view.counts.events_lost >= 1, "the event is lost, not sent again");
    let before = house.post("!alive");
    house.says(before, "alive").await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_ends_at_once_is_suspended_until_the_owner_starts_it() {
    let house = TestHouse::start().await;
    let id = house
        .install("crasher", "import os\nos._exit(3)\n", json!({}))
        .await;
    let view = house.wait(&id, |view| view.state == WorkerState::GaveUp).await;
    let problem = view.problem.unwrap();
    assert!(
        problem.contains("status 3") && problem.contains("suspended after 5 exits"),
        "{problem}"
    );

    // It stays suspended when the host starts again, and says why.
    let house = house.reopen(CoreOptions::default()).await;
    let view = house.core.installation(&id).unwrap();
    assert_eq!(view.state, WorkerState::GaveUp);
    assert_eq!(view.problem.as_deref(), Some(problem.as_str()));
    house.core.restart(&id).await.unwrap();
    house
        .wait(&id, |view| {
            matches!(view.state, WorkerState::BackingOff { attempt: 1, .. })
        })
        .await;
    house.core.disable(&id).await.unwrap();
    house.wait(&id, |view| view.state == WorkerState::Stopped).await;
    assert!(matches!(
        house.core.restart(&id).await,
        Err(CoreError::SwitchedOff(_))
    ));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_garbage_and_long_lines_do_not_disturb_a_worker() {
    let house = TestHouse::start().await;
    let id = house.install("rogue", ROGUE, rogue()).await;
    house.running(&id).await;
    for word in ["!garbage", "!stderr", "!long", "!flood"] {
        house.post(word);
    }
    house.logged(&id, "something went wrong").await;
    house.logged(&id, "17825792 bytes").await;
    house.logged(&id, "log lines were dropped").await;
    let before = house.post("!alive");
    house.says(before, "alive").await;
    let view = house.core.installation(&id).unwrap();
    assert_eq!(view.problem, None, "it never ended");
    let stored = house
        .logs(&id)
        .await
        .iter()
        .filter(|line| line.message.starts_with("flood "))
        .count() as u64;
    assert!(view.counts.log_lines_dropped > 0);
    assert!(stored < 20_000, "{stored} lines are stored");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_goes_silent_is_killed_and_replaced() {
    let house = TestHouse::start().await;
    let id = house.install("rogue", ROGUE, rogue()).await;
    house.running(&id).await;
    house.post("!deaf");
    house
        .logged(&id, "stuck, it closed its output; restarting in 1 s")
        .await;
    house.wait(&id, |view| view.state != WorkerState::Running).await;
    house.running(&id).await;
    let before = house.post("!alive");
    house.says(before, "alive").await;
    house.close().await;
}

/// Logs each lifecycle message, and what it may do.
const DIARY: &str = r#"
from mmo_maid_sdk import Plugin
plugin = Plugin()
for moment in ("install", "enable", "disable", "uninstall"):
    def note(ctx, event=None, moment=moment):
        ctx.log(moment)
    getattr(plugin, "on_" + moment)(note)

@plugin.on_ready
def ready(ctx):
    ctx.log("ready with " + ",".join(sorted(ctx.capabilities)))

plugin.run()
"#;

#[tokio::test(flavor = "multi_thread")]
async fn lifecycle_handlers_run_once_each_and_a_plain_restart_runs_none() {
    let house = TestHouse::start().await;
    let id = house
        .install("diary", DIARY, json!({"capabilities_required": ["storage:kv"]}))
        .await;
    house.running(&id).await;
    house.core.restart(&id).await.unwrap();
    house.wait(&id, |view| view.state != WorkerState::Running).await;
    house.running(&id).await;
    let house = house.reopen(CoreOptions::default()).await;
    house.running(&id).await;
    house.core.disable(&id).await.unwrap();
    house.wait(&id, |view| view.state == WorkerState::Stopped).await;
    house.core.enable(&id).await.unwrap();
    house.running(&id).await;
    house.core.uninstall(&id).await.unwrap();
    let logs = house.logs(&id).await;
    let moments: Vec<_> = logs
        .iter()
        .filter(|line| line.source == "plugin")
        .map(|line| line.message.as_str())
        .filter(|message| ["install", "enable", "disable", "uninstall"].contains(message))
        .collect();
    assert_eq!(
        moments,
        ["install", "enable", "disable", "enable", "disable", "uninstall"]
    );
    assert!(
        logs.iter().any(|line| line.message == "ready with storage:kv"),
        "the boot list is what was approved"
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_drain_lets_a_handler_finish_and_the_cut_does_not_wait() {
    let slow = r#"
import time
from mmo_maid_sdk import Plugin
plugin = Plugin()

@plugin.on_event("message_create")
def on_message(ctx, event):
    if event["content"].startswith("!slow"):
        ctx.log("begun " + event["content"])
        time.sleep(float(event["content"].split()[1]))
        ctx.log("finished " + event["content"])

plugin.run()
"#;
    let house = TestHouse::start().await;
    let id = house.install("sleeper", slow, json!({})).await;
    house.running(&id).await;
    house.post("!slow 1");
    house.logged(&id, "begun").await;
    let house = house.reopen(CoreOptions::default()).await;
    house.logged(&id, "finished !slow 1").await;

    house.running(&id).await;
    house.post("!slow 1000");
    house.logged(&id, "begun !slow 1000").await;
    house.core.cut();
    tokio::time::timeout(Duration::from_secs(20), house.core.drain())
        .await
        .expect("the cut hurries the drain");
    assert_eq!(house.core.installation(&id).unwrap().state, WorkerState::Stopped);
    assert!(matches!(house.core.enable(&id).await, Err(CoreError::Stopping)));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_installations_start_together_and_each_answers() {
    let house = TestHouse::start().await;
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(house.install(&format!("greeter_{n}"), GREETER, greeter()).await);
    }
    let house = house.reopen(CoreOptions::default()).await;
    for id in &ids {
        house.running(id).await;
    }
    let before = house.post("!ping");
    let mut after = before;
    for _ in &ids {
        after = house.says(after, "pong").await.seq;
    }
    assert_eq!(house.core.status().running, ids.len());
    house.close().await;
}
