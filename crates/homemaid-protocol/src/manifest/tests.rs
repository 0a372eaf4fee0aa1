//! Manifests as authors and attackers write them.
#![expect(
    clippy::needless_pass_by_value,
    reason = "a `json!` in place reads better without its `&`"
)]

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Returns a manifest with the required keys and those of `more`.
fn with(more: Value) -> Value {
    let mut manifest = json!({"id": "hello_maid", "name": "Hello", "version": "1.0.0"});
    let (Value::Object(base), Value::Object(more)) = (&mut manifest, more) else {
        panic!("objects")
    };
    base.extend(more);
    manifest
}

#[track_caller]
fn good(more: Value) -> Manifest {
    let manifest = with(more);
    Manifest::parse(manifest.to_string().as_bytes())
        .unwrap_or_else(|error| panic!("{manifest}: {:?}", error.problems))
}

/// Returns the codes of a manifest's problems, with a check that each has a message and a hint.
fn codes_of(text: &[u8]) -> Vec<&'static str> {
    let problems = match Manifest::parse(text) {
        Ok(manifest) => manifest.warnings,
        Err(error) => error.problems,
    };
    for problem in &problems {
        let (message, hint) = (problem.to_string(), problem.hint());
        assert!(!message.is_empty() && !hint.is_empty(), "{problem:?}");
        assert!(
            message.chars().count() < 400,
            "short whatever the manifest holds: {message}"
        );
    }
    problems.iter().map(Problem::code).collect()
}

fn codes(more: Value) -> Vec<&'static str> {
    codes_of(with(more).to_string().as_bytes())
}

fn message(more: Value) -> String {
    Manifest::parse(with(more).to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

fn command(command: Value) -> Vec<&'static str> {
    codes(json!({ "slash_commands": [command] }))
}

fn options(options: Value) -> Vec<&'static str> {
    command(json!({"name": "x", "description": "y", "options": options}))
}

#[test]
fn the_smallest_manifest_is_enough() {
    let manifest = good(json!({}));
    assert_eq!(
        (
            manifest.id.as_str(),
            manifest.name.as_str(),
            manifest.version.as_str()
        ),
        ("hello_maid", "Hello", "1.0.0")
    );
    assert!(
        manifest.capabilities.is_empty()
            && manifest.warnings.is_empty()
            && manifest.slash_commands.is_empty()
    );
}

#[test]
fn every_key_is_read_and_trimmed_and_unknown_ones_stay() {
    let manifest = good(json!({
        "name": "  Hello ", "description": " Says hello. ", "author": " me ", "license": "MIT",
        "homepage": "https://example.com", "icon_url": "https://example.com/i.png", "icon": "🧹",
        "tags": [" fun ", 3, ""], "permissions_user_facing": ["reads messages"],
        "dashboard_manifest": {"pages": []}, "dashboard": {"title": "Board", "icon": "📊"},
        "entrypoint": "__main__.py", "custom": {"kept": true},
    }));
    assert_eq!(
        (manifest.name.as_str(), manifest.description.as_str()),
        ("Hello", "Says hello.")
    );
    assert_eq!(
        (manifest.author.as_deref(), manifest.tags),
        (Some("me"), vec!["fun".to_owned()])
    );
    assert_eq!(manifest.homepage.as_deref(), Some("https://example.com"));
    assert_eq!(manifest.icon.as_deref(), Some("🧹"));
    assert_eq!(manifest.permissions_user_facing, ["reads messages"]);
    assert!(matches!(
        manifest.dashboard_manifest,
        Some(DashboardManifest::Embedded(_))
    ));
    assert_eq!(manifest.dashboard.unwrap().title.as_deref(), Some("Board"));
    assert_eq!(manifest.raw["custom"]["kept"], true);
    let path = good(json!({"dashboard_manifest": "dash.json"})).dashboard_manifest;
    assert_eq!(path, Some(DashboardManifest::Path("dash.json".to_owned())));
}

#[test]
fn what_is_no_manifest_is_refused_with_its_code() {
    for (text, code) in [
        (&b"\xff\xfe{}"[..], "manifest_encoding"),
        (b"", "manifest_invalid_json"),
        (b"{\"id\": }", "manifest_invalid_json"),
        (b"{\"id\": NaN}", "manifest_invalid_json"),
        (b"\xef\xbb\xbf{}", "manifest_invalid_json"),
        (b"[1]", "manifest_not_object"),
        (b"null", "manifest_not_object"),
        (b"\"text\"", "manifest_not_object"),
    ] {
        assert_eq!(codes_of(text), [code]);
    }
    let error = Manifest::parse(b"\xef\xbb\xbf{}").unwrap_err();
    assert!(error.problems[0].hint().contains("BOM"));
    let error = Manifest::parse(b"{\n \"id\": 1,\n}").unwrap_err();
    assert_eq!(error.problems[0].line(), Some(3));
}

#[test]
fn required_fields_are_reported_in_order() {
    assert_eq!(codes_of(b"{}"), ["manifest_missing_field"; 3]);
    let error = Manifest::parse(br#"{"id": "", "name": "   ", "version": 1.0}"#).unwrap_err();
    let messages: Vec<_> = error.problems.iter().map(ToString::to_string).collect();
    assert!(
        messages[0].contains("`id`") && messages[1].contains("`name`") && messages[2].contains("`version`")
    );
    assert!(messages[2].contains("1.0"), "the value is named: {}", messages[2]);
}

#[test]
fn wrong_ids_are_named() {
    for id in ["ab", "Hello", "9lives", "a-b", "../../etc", "hello maid"] {
        assert_eq!(codes(json!({ "id": id })), ["manifest_id_invalid"], "{id}");
        assert!(message(json!({ "id": id })).contains(id));
    }
}

#[test]
fn hostile_texts_do_not_reach_the_owner_as_they_are() {
    assert_eq!(codes(json!({"name": "a\u{1b}[2Jb"})), ["manifest_field_invalid"]);
    assert_eq!(codes(json!({"version": "1\n2"})), ["manifest_field_invalid"]);
    assert_eq!(
        codes(json!({"name": "x".repeat(201)})),
        ["manifest_field_invalid"]
    );
    assert_eq!(
        codes(json!({"version": "1".repeat(129)})),
        ["manifest_field_invalid"]
    );
    assert_eq!(
        codes(json!({"homepage": "javascript:alert(1)"})),
        ["link_invalid"]
    );
    assert_eq!(good(json!({"homepage": "javascript:alert(1)"})).homepage, None);
    assert_eq!(
        codes(json!({"icon_url": "http://example.com/x.png"})),
        ["link_invalid"]
    );
    assert!(!message(json!({"id": "\u{1b}[2J"})).contains('\u{1b}'));
    let shown = good(json!({"description": "a\u{1b}[2J", "tags": ["\u{9b}"], "capabilities": ["x:\u{1b}"]}));
    assert_eq!(
        (shown.description.as_str(), &shown.tags[..]),
        ("a\u{fffd}[2J", &["\u{fffd}".to_owned()][..])
    );
    assert_eq!(shown.unknown_capabilities, ["x:\\u{1b}"]);
}

#[test]
fn descriptions_get_their_warnings() {
    assert_eq!(
        codes(json!({"description": "x".repeat(2001)})),
        ["description_too_long"]
    );
    assert_eq!(
        codes(json!({"description": " ToDo "})),
        ["description_placeholder"]
    );
    assert_eq!(codes(json!({"description": "todo list"})), [""; 0]);
    assert_eq!(codes(json!({"entrypoint": "main.py"})), ["entrypoint_ignored"]);
}

#[test]
fn capabilities_are_the_union_of_four_keys() {
    let manifest = good(json!({
        "capabilities_required": [" storage:kv "], "capabilities_requested": ["storage:kv", "discord:read"],
        "requested_capabilities": ["proxy:http"], "capabilities": ["discord:ban_members"],
    }));
    let names: Vec<_> = manifest
        .capabilities
        .iter()
        .map(|capability| capability.name())
        .collect();
    assert_eq!(
        names,
        ["discord:ban_members", "discord:read", "proxy:http", "storage:kv"]
    );
    assert!(manifest.warnings.is_empty());
}

#[test]
fn old_unknown_and_event_names_are_told_apart() {
    let manifest = good(json!({"capabilities_required": [
        "kv:read", "kv:write", "discord:respond_to_interaction", "events:member_join", "events:message_content",
        "discord:everything",
    ]}));
    let expected = CapabilitySet::from([
        Capability::StorageKv,
        Capability::InteractionRespond,
        Capability::MessageContent,
    ]);
    assert_eq!(manifest.capabilities, expected);
    assert_eq!(manifest.event_capabilities, ["events:member_join"]);
    assert_eq!(manifest.unknown_capabilities, ["discord:everything"]);
    let codes: Vec<_> = manifest.warnings.iter().map(Problem::code).collect();
    assert_eq!(
        codes,
        [
            "capability_unknown",
            "capability_legacy_name",
            "capability_legacy_name",
            "capability_legacy_name"
        ]
    );
}

#[test]
fn malformed_capabilities_are_errors_that_name_them() {
    assert_eq!(
        codes(json!({"capabilities": "storage:kv"})),
        ["capabilities_not_list"]
    );
    assert_eq!(
        codes(json!({"capabilities": ["storage", 7, null]})),
        ["capability_malformed"; 3]
    );
    assert!(message(json!({"capabilities": ["storage"]})).contains("\"storage\""));
    assert_eq!(codes(json!({"capabilities": null})), [""; 0]);
}

#[test]
fn commands_and_domains_imply_their_capability() {
    let manifest =
        good(json!({"slash_commands": [{"name": "hi"}], "proxy_domains_requested": ["a.example"]}));
    assert_eq!(
        manifest.capabilities,
        CapabilitySet::from([Capability::InteractionRespond, Capability::ProxyHttp])
    );
    assert!(
        good(json!({"slash_commands": [], "proxy_domains_requested": []}))
            .capabilities
            .is_empty()
    );
}

#[test]
fn aliases_count_only_without_the_canonical_key() {
    let manifest = good(json!({"commands": [{"name": "a"}], "http_allowlist": ["a.example"]}));
    assert_eq!(
        (
            manifest.slash_commands[0].name.as_str(),
            &manifest.proxy_domains[..]
        ),
        ("a", &["a.example".to_owned()][..])
    );
    let manifest = good(json!({
        "slash_commands": [], "commands": [{"name": "a"}],
        "proxy_domains_requested": ["b.example"], "proxy_domains": ["a.example"], "http_allowlist": "junk",
    }));
    assert!(manifest.slash_commands.is_empty());
    assert_eq!(manifest.proxy_domains, ["b.example"]);
}

#[test]
fn domains_are_bare_host_names() {
    let manifest = good(
        json!({"proxy_domains": [" API.Example.com ", "api.example.com", "xn--bcher-kva.example", "a_b.c"]}),
    );
    assert_eq!(
        manifest.proxy_domains,
        ["api.example.com", "xn--bcher-kva.example", "a_b.c"]
    );
    for bad in [
        "https://a.example",
        "a.example/path",
        "a.example:443",
        "*.a.example",
        "",
        "a..b",
        ".a",
        "a.",
        "-a.example",
        "bücher.example",
        "1.2.3.4",
        "[::1]",
        "::1",
        "a b",
        "a\\b",
        "a?b",
        &"a.".repeat(200),
    ] {
        assert_eq!(
            codes(json!({"proxy_domains": [bad]})),
            ["proxy_domain_invalid"],
            "{bad}"
        );
    }
    assert_eq!(codes(json!({"proxy_domains": [5]})), ["proxy_domain_invalid"]);
    assert_eq!(
        codes(json!({"proxy_domains": "a.example"})),
        ["proxy_domains_not_list"]
    );
    assert_eq!(
        codes(json!({"proxy_domains": vec!["a.example"; 101]})),
        ["proxy_domain_invalid"]
    );
}

#[test]
fn commands_are_normalised_for_discord() {
    let manifest = good(json!({"slash_commands": [{
        "name": " Trivia ", "description": "", "default_member_permissions": "32", "nsfw": true,
        "name_localizations": {"de": "quiz"},
        "options": [
            {"name": "play", "type": 1, "options": [
                {"name": "category", "description": null, "type": 3, "choices": [{"name": "Music", "value": "music"}]},
            ]},
            {"name": "user", "description": "  ", "type": 6, "required": true},
        ],
    }]}));
    let command = &manifest.slash_commands[0];
    assert_eq!(command.name, "trivia");
    assert_eq!(
        Value::Object(command.json.clone()),
        json!({
            "name": "trivia", "description": "No description", "default_member_permissions": "32", "nsfw": true,
            "name_localizations": {"de": "quiz"},
            "options": [
                {"name": "play", "type": 1, "description": "No description", "options": [
                    {"name": "category", "description": "No description", "type": 3,
                     "choices": [{"name": "Music", "value": "music"}]},
                ]},
                {"name": "user", "description": "No description", "type": 6, "required": true},
            ],
        })
    );
    assert_eq!(
        manifest.warnings.iter().map(Problem::code).collect::<Vec<_>>(),
        ["command_name_not_lowercase"]
    );
}

#[test]
fn wrong_commands_are_refused_because_discord_would_refuse_everyones() {
    assert_eq!(codes(json!({"slash_commands": {}})), ["command_defs_not_list"]);
    assert_eq!(
        codes(json!({"slash_commands": ["x", {}, {"name": " "}]})),
        ["command_def_malformed"; 3]
    );
    for name in ["two words", "with/slash", "emoji🦀", &"x".repeat(33)] {
        assert_eq!(
            command(json!({ "name": name })),
            ["command_name_invalid"],
            "{name}"
        );
    }
    for name in ["grüße", "名前", "a-b_c", &"ß".repeat(32)] {
        assert_eq!(command(json!({ "name": name })), [""; 0], "{name}");
    }
    assert_eq!(
        codes(json!({"slash_commands": [{"name": "a"}, {"name": "A"}]})),
        ["command_name_not_lowercase", "command_name_duplicate"]
    );
    assert_eq!(
        command(json!({"name": "a", "description": "x".repeat(101)})),
        ["command_limits_exceeded"]
    );
    let many: Vec<_> = (0..101).map(|n| json!({"name": format!("c{n}")})).collect();
    assert_eq!(
        codes(json!({ "slash_commands": many })),
        ["command_limits_exceeded"]
    );
}

#[test]
fn wrong_options_are_refused_each_with_its_code() {
    let plain = |name: &str| json!({"name": name, "description": "d", "type": 3});
    assert_eq!(options(json!({})), ["command_options_not_list"]);
    assert_eq!(options(json!(null)), [""; 0]);
    assert_eq!(options(json!([5])), ["command_option_malformed"]);
    assert_eq!(options(json!([{"type": 3}])), ["command_option_missing_name"]);
    assert_eq!(
        options(json!([{"name": "Upper", "type": 3}])),
        ["command_option_name_invalid"]
    );
    assert_eq!(
        options(json!([{"name": "a b", "type": 3}])),
        ["command_option_name_invalid"]
    );
    assert_eq!(options(json!([{"name": "a"}])), ["command_option_missing_type"]);
    assert_eq!(
        options(json!([plain("a"), plain("a")])),
        ["command_option_name_duplicate"]
    );
    for kind in [
        json!(0),
        json!(12),
        json!("3"),
        json!(3.5),
        json!(-1),
        json!(true),
        json!([]),
    ] {
        assert_eq!(
            options(json!([{"name": "a", "type": kind}])),
            ["command_option_type_invalid"],
            "{kind}"
        );
    }
    let required = json!({"name": "b", "description": "d", "type": 3, "required": true});
    assert_eq!(options(json!([plain("a"), required])), ["command_option_order"]);
    let many: Vec<_> = (0..26).map(|n| plain(&format!("o{n}"))).collect();
    assert_eq!(options(json!(many)), ["command_limits_exceeded"]);
    let choices = vec![json!({"name": "x", "value": "y"}); 26];
    assert_eq!(
        options(json!([{"name": "a", "type": 3, "choices": choices}])),
        ["command_limits_exceeded"]
    );
    assert_eq!(
        options(json!([{"name": "a", "type": 3, "description": "x".repeat(101)}])),
        ["command_limits_exceeded"]
    );
}

#[test]
fn options_nest_as_group_sub_command_option_and_no_deeper() {
    let option = |name: &str, kind: u8, inner: Value| json!({"name": name, "description": "d", "type": kind, "options": inner});
    let leaf = json!({"name": "leaf", "description": "d", "type": 3});
    assert_eq!(
        options(json!([option("g", 2, json!([option("s", 1, json!([leaf]))]))])),
        [""; 0]
    );
    for wrong in [
        option("p", 3, json!([leaf])),
        option("s", 1, json!([option("s", 1, json!([]))])),
        option("s", 1, json!([option("g", 2, json!([]))])),
        option("g", 2, json!([leaf])),
        option("g", 2, json!([option("g", 2, json!([]))])),
    ] {
        assert_eq!(
            options(json!([wrong])),
            ["command_option_nesting_invalid"],
            "{wrong}"
        );
    }
}

#[test]
fn a_command_tree_has_a_total_size() {
    let choices: Vec<_> = (0..25)
        .map(|n| json!({"name": "n".repeat(90), "value": format!("{n:090}")}))
        .collect();
    let option = |name: &str| json!({"name": name, "description": "d", "type": 3, "choices": choices});
    assert_eq!(options(json!([option("a")])), [""; 0]);
    assert_eq!(
        options(json!([option("a"), option("b")])),
        ["command_limits_exceeded"]
    );
}

#[test]
fn cron_entries_are_checked() {
    let manifest = good(json!({"cron": [{"spec": " 0 9 * * * ", "name": " daily_summary "}]}));
    assert_eq!(
        (manifest.cron[0].name.as_str(), manifest.cron[0].spec.as_str()),
        ("daily_summary", "0 9 * * *")
    );
    let entry = |spec: &str, name: &str| codes(json!({"cron": [{"spec": spec, "name": name}]}));
    assert_eq!(codes(json!({"cron": {}})), ["cron_not_list"]);
    assert_eq!(
        codes(json!({"cron": [5, {"spec": "0 9 * * *"}, {"name": "x", "spec": " "}]})),
        ["cron_entry_malformed"; 3]
    );
    assert_eq!(entry("0 9 * * *", "9x"), ["cron_name_invalid"]);
    assert_eq!(entry("0 9 * * *", "a-b"), ["cron_name_invalid"]);
    assert_eq!(entry("0 9 * * *", "größe"), [""; 0], "Python allows it");
    assert_eq!(entry("61 9 * * *", "x"), ["cron_spec_invalid"]);
    assert_eq!(entry("*/4 * * * *", "x"), ["cron_spec_too_frequent"]);
    let daily = |name: &str| json!({"spec": "0 9 * * *", "name": name});
    assert_eq!(
        codes(json!({"cron": [daily("a"), daily("a")]})),
        ["cron_name_duplicate"]
    );
    let six: Vec<_> = (0..6).map(|n| daily(&format!("x{n}"))).collect();
    assert_eq!(codes(json!({ "cron": six })), ["cron_too_many"]);
}

#[test]
fn hostile_manifests_cost_little() {
    assert_eq!(codes_of(&vec![b' '; MANIFEST_BYTES + 1]), ["manifest_too_large"]);
    assert_eq!(
        codes_of(format!("[{}0]", "0,".repeat(MANIFEST_VALUES)).as_bytes()),
        ["manifest_too_large"]
    );
    assert_eq!(codes_of("[".repeat(50_000).as_bytes()), ["manifest_invalid_json"]);
    let many = codes(json!({"capabilities": vec!["bad"; 10_000]}));
    assert_eq!(many.len(), 101);
    assert_eq!(many.last(), Some(&"manifest_more_problems"));
    codes(json!({"capabilities": ["x".repeat(500_000)]}));
    codes(
        json!({"slash_commands": [{"name": "X".repeat(500_000), "options": [{"name": "Y".repeat(100_000)}]}]}),
    );
    codes(json!({"cron": [{"name": "x".repeat(100_000), "spec": "y".repeat(100_000)}]}));
    codes(json!({"proxy_domains": ["x".repeat(500_000)]}));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(text in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Manifest::parse(&text);
    }

    #[test]
    fn no_values_make_it_panic(
        keys in proptest::collection::vec((
            prop_oneof![
                Just("id"), Just("name"), Just("version"), Just("capabilities"), Just("slash_commands"),
                Just("proxy_domains"), Just("cron"), Just("dashboard"), Just("dashboard_manifest"), Just("tags"),
            ],
            prop_oneof![
                Just(json!(null)), Just(json!(1)), Just(json!("x")), Just(json!([])), Just(json!([[]])),
                Just(json!([{}])), Just(json!([{"name": 1}])), Just(json!([{"name": "x", "options": [{"options": 1}]}])),
                Just(json!([{"name": "x", "options": [{"name": "y", "type": 1, "options": [null]}]}])),
                Just(json!([{"name": "x", "spec": "* * * * *"}])), Just(json!({"title": 5})), Just(json!(["a:b", 5])),
            ],
        ), 0..10),
    ) {
        codes(Value::Object(keys.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()));
    }
}
