//! Backups of a house that runs, and houses that come back from them, by the commands the documentation names.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use homemaid_testkit::{ServeProcess, binary, zipped};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

const TOKEN: &str = "MTk4-backup-canary-1a2b3c.Gh5.7_zxy";

struct Said {
    ok: bool,
    out: String,
    all: String,
}

/// Runs `homemaid` on a data directory with something on stdin.
async fn homemaid(data: &Path, arguments: &[&str], input: &str) -> anyhow::Result<Said> {
    let mut child = Command::new(binary("homemaid"))
        .args(arguments)
        .arg("--data-dir")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).await?;
    drop(stdin);
    let output = child.wait_with_output().await?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let all = format!("{out}{}", String::from_utf8_lossy(&output.stderr));
    Ok(Said {
        ok: output.status.success(),
        out,
        all,
    })
}

async fn done(data: &Path, arguments: &[&str], input: &str) -> anyhow::Result<String> {
    let said = homemaid(data, arguments, input).await?;
    anyhow::ensure!(said.ok, "{arguments:?}: {}", said.all);
    Ok(said.out)
}

async fn refused(data: &Path, arguments: &[&str], input: &str) -> anyhow::Result<String> {
    let said = homemaid(data, arguments, input).await?;
    anyhow::ensure!(!said.ok, "{arguments:?}: {}", said.all);
    Ok(said.all)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Sets a key of an installation, whatever it is now.
async fn put(host: &ServeProcess, id: &str, key: &str, value: Value) -> anyhow::Result<()> {
    let path = format!("/api/installations/{id}/kv/{key}");
    let page = kv(host, id).await?;
    let entry = page.iter().find(|entry| entry["key"] == key);
    let mut body = json!({ "value": value });
    if let Some(entry) = entry {
        body["tag"] = entry["tag"].clone();
    }
    let (status, answer) = host.ask(Method::PUT, &path, Some(body)).await?;
    anyhow::ensure!((200..300).contains(&status), "{status} {answer}");
    Ok(())
}

async fn kv(host: &ServeProcess, id: &str) -> anyhow::Result<Vec<Value>> {
    let page = host
        .send(Method::GET, &format!("/api/installations/{id}/kv"), None)
        .await?;
    Ok(page["entries"].as_array().cloned().unwrap_or_default())
}

async fn value(host: &ServeProcess, id: &str, key: &str) -> anyhow::Result<Option<Value>> {
    let entries = kv(host, id).await?;
    Ok(entries
        .into_iter()
        .find(|entry| entry["key"] == key)
        .map(|entry| entry["value"].clone()))
}

/// Starts a house with a plugin that is installed and switched off.
async fn house(data: &Path, temp: &Path) -> anyhow::Result<(ServeProcess, String)> {
    let host = ServeProcess::start(data, &[]).await?;
    let zip = zipped("secret_keeper", temp).await?;
    done(
        data,
        &["plugin", "install", text(&zip), "--grant", "all", "--disabled"],
        "",
    )
    .await?;
    let all = host.send(Method::GET, "/api/installations", None).await?;
    let id = all[0]["id"].as_str().expect("an id").to_owned();
    Ok((host, id))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_comes_back_on_another_machine_from_a_sealed_backup() -> anyhow::Result<()> {
    let temp = tempfile::tempdir()?;
    let (data, other) = (temp.path().join("data"), temp.path().join("other"));
    let (sheet, file) = (temp.path().join("sheet.txt"), temp.path().join("house.backup"));
    done(&data, &["token", "set"], TOKEN).await?;
    let (host, id) = house(&data, temp.path()).await?;
    put(&host, &id, "kept", json!("before")).await?;

    let said = refused(&data, &["backup", "--encrypt"], "").await?;
    assert!(said.contains("homemaid recovery-sheet"), "{said}");
    done(&data, &["recovery-sheet", text(&sheet)], "").await?;
    let made: Value = serde_json::from_str(
        &done(&data, &["backup", "--encrypt", "--json", "--to", text(&file)], "").await?,
    )?;
    assert_eq!(
        (&made["sealed"], &made["holds_secret_key"]),
        (&json!(true), &json!(true))
    );
    let said = refused(&data, &["restore", text(&file), "--sheet", text(&sheet)], "").await?;
    assert!(
        said.contains("in use by"),
        "a house that runs is not overwritten: {said}"
    );
    host.stop().await?;

    let said = refused(&other, &["restore", text(&file)], "").await?;
    assert!(said.contains("--sheet"), "{said}");
    let found = done(
        &other,
        &["restore", text(&file), "--sheet", text(&sheet), "--drill"],
        "",
    )
    .await?;
    assert!(found.contains("can be restored") && !other.exists(), "{found}");
    done(&other, &["restore", text(&file), "--sheet", text(&sheet)], "").await?;
    let status: Value = serde_json::from_str(&done(&other, &["token", "status", "--json"], "").await?)?;
    assert_eq!(
        (&status["stored"], &status["readable"]),
        (&json!(true), &json!(true))
    );
    let host = ServeProcess::start(&other, &[]).await?;
    assert_eq!(value(&host, &id, "kept").await?, Some(json!("before")));
    done(&other, &["plugin", "enable", &id], "").await?;
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_backup_holds_no_key_and_restores_the_house_or_one_plugin_of_it() -> anyhow::Result<()> {
    let temp = tempfile::tempdir()?;
    let (data, other) = (temp.path().join("data"), temp.path().join("other"));
    let file = temp.path().join("house.backup");
    done(&data, &["token", "set"], TOKEN).await?;
    let (host, id) = house(&data, temp.path()).await?;
    put(&host, &id, "kept", json!("before")).await?;
    // As plugin SQL leaves it: a database in a write-ahead log.
    let (plugin, guild) = id.split_once('@').expect("an id");
    let sql = data.join("sql").join(plugin);
    std::fs::create_dir_all(&sql)?;
    let sql = sql.join(format!("{guild}.db"));
    let python = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute('PRAGMA journal_mode = wal')\n\
                  c.execute(sys.argv[2])\nc.commit()\nprint(c.execute('SELECT sum(n) FROM t').fetchone()[0])";
    let run = |statement: &'static str| {
        let sql = sql.clone();
        async move {
            let output = Command::new("python3")
                .args(["-c", python, text(&sql), statement])
                .output()
                .await?;
            anyhow::ensure!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            anyhow::Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
    };
    run("CREATE TABLE t AS SELECT 7 AS n").await?;

    done(&data, &["backup", "--to", text(&file)], "").await?;
    // Afterwards things go wrong.
    put(&host, &id, "kept", json!("after")).await?;
    put(&host, &id, "new", json!(1)).await?;
    done(
        &data,
        &["plugin", "grant", &id, "storage:secrets", "--revoke"],
        "",
    )
    .await?;
    run("UPDATE t SET n = 8").await?;
    let said = refused(&data, &["restore", text(&file), "--only", &id], "").await?;
    assert!(said.contains("in use by"), "{said}");
    host.stop().await?;

    done(&data, &["restore", text(&file), "--only", &id], "").await?;
    assert_eq!(run("SELECT 1").await?, "7");
    let host = ServeProcess::start(&data, &[]).await?;
    assert_eq!(value(&host, &id, "kept").await?, Some(json!("before")));
    assert_eq!(value(&host, &id, "new").await?, None);
    let view = host.send(Method::GET, "/api/installations", None).await?;
    let granted = view[0]["capabilities"].as_array().into_iter().flatten();
    assert!(
        granted
            .filter(|capability| capability["granted"] == true)
            .any(|capability| capability["name"] == "storage:secrets"),
        "{view}"
    );
    put(&host, &id, "kept", json!("later")).await?;
    host.stop().await?;

    // The whole house, over the one that is there: its key stays, and what was there is kept.
    let view: Value = serde_json::from_str(&done(&data, &["restore", text(&file), "--json"], "").await?)?;
    assert_eq!(view["found"]["secrets_unreadable"], 0);
    let before = PathBuf::from(view["before"].as_str().expect("kept"));
    assert!(before.join("platform.db").is_file());
    let host = ServeProcess::start(&data, &[]).await?;
    assert_eq!(value(&host, &id, "kept").await?, Some(json!("before")));
    host.stop().await?;

    // On another machine the key is missing, and that is said.
    let said = done(&other, &["restore", text(&file)], "").await?;
    assert!(said.contains("1 of 1 secrets cannot be read"), "{said}");
    let said = done(&other, &["token", "status"], "").await?;
    assert!(said.contains("Set it again"), "{said}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_shows_in_the_api_whether_it_went_well_or_not() -> anyhow::Result<()> {
    let temp = tempfile::tempdir()?;
    let data = temp.path().join("data");
    let (host, id) = house(&data, temp.path()).await?;
    put(&host, &id, "kept", json!("x".repeat(5_000))).await?;
    let made = host.send(Method::POST, "/api/backups", Some(json!({}))).await?;
    let path = PathBuf::from(made["path"].as_str().expect("a path"));
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a name")
        .to_owned();
    let drill = format!("/api/backups/{name}/drill");

    let found = host.send(Method::POST, &drill, None).await?;
    assert_eq!(
        (&found["ok"], &found["plugins"], &found["databases"]),
        (&json!(true), &json!(1), &json!(3))
    );
    let all = host.send(Method::GET, "/api/backups", None).await?;
    assert_eq!(
        (&all["drill"], &all["last"], &all["problem"]),
        (&found, &made, &Value::Null)
    );
    assert_eq!(all["files"][0]["name"], json!(name));

    let mut bytes = std::fs::read(&path)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes)?;
    let found = host.send(Method::POST, &drill, None).await?;
    assert_eq!(found["ok"], false);
    assert!(
        found["problem"]
            .as_str()
            .is_some_and(|text| text.contains("damaged")),
        "{found}"
    );
    let all = host.send(Method::GET, "/api/backups", None).await?;
    assert_eq!(all["drill"], found, "a failed drill is visible");
    assert!(!data.join("backup-scratch").exists() && !data.join("backup-staging").exists());

    let phrase = json!({"passphrase": "correct horse battery"});
    let made = host
        .send(Method::POST, "/api/backups", Some(phrase.clone()))
        .await?;
    let sealed = PathBuf::from(made["path"].as_str().expect("a path"));
    let drill = format!(
        "/api/backups/{}/drill",
        sealed.file_name().and_then(|name| name.to_str()).expect("a name")
    );
    assert_eq!(host.send(Method::POST, &drill, Some(phrase)).await?["ok"], true);
    assert_eq!(
        host.send(Method::POST, &drill, None).await?["ok"],
        false,
        "without the passphrase"
    );

    for (method, path, body, expected) in [
        (Method::POST, "/api/backups", json!({"sealed": true}), 409),
        (Method::POST, "/api/backups", json!({"passphrase": "short"}), 422),
        (Method::POST, "/api/backups", json!({"to": "/etc/passwd"}), 400),
        (
            Method::POST,
            "/api/backups/..%2Fplatform.db/drill",
            json!({}),
            404,
        ),
        (
            Method::PUT,
            "/api/backups/recipient",
            json!({"recipient": "age1nobody"}),
            422,
        ),
        (
            Method::PUT,
            "/api/backups/schedule",
            json!({"every_hours": 24, "keep": 0, "sealed": false}),
            422,
        ),
        (
            Method::PUT,
            "/api/backups/schedule",
            json!({"every_hours": 24, "keep": 1, "sealed": true}),
            409,
        ),
        (
            Method::PUT,
            "/api/backups/schedule",
            json!({"every_hours": 1, "keep": 2, "sealed": false}),
            204,
        ),
    ] {
        let (status, answer) = host.ask(method, path, Some(body)).await?;
        assert_eq!(status, expected, "{path}: {answer}");
    }
    host.stop().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_or_a_newer_one_changes_nothing() -> anyhow::Result<()> {
    let temp = tempfile::tempdir()?;
    let (data, file) = (temp.path().join("data"), temp.path().join("house.backup"));
    done(&data, &["token", "set"], TOKEN).await?;
    done(&data, &["backup", "--to", text(&file)], "").await?;
    let said = refused(&data, &["backup", "--to", text(&file)], "").await?;
    assert!(said.contains("is there already"), "{said}");
    let before = std::fs::read(data.join("platform.db"))?;

    let junk = temp.path().join("junk");
    std::fs::write(&junk, "PK no backup")?;
    let said = refused(&data, &["restore", text(&junk)], "").await?;
    assert!(said.contains("no Homemaid backup"), "{said}");

    // A database of a newer version, packed by this one.
    let newer = temp.path().join("newer");
    done(&newer, &["token", "set"], TOKEN).await?;
    let python = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute('PRAGMA user_version = 999')\nc.commit()";
    let forge = "import io, json, hashlib, subprocess, sys, tarfile\n\
                 raw = subprocess.run(['zstd', '-dc', sys.argv[1]], check=True, capture_output=True).stdout\n\
                 old = tarfile.open(fileobj=io.BytesIO(raw))\n\
                 files = [(m.name, old.extractfile(m).read()) for m in old]\n\
                 manifest = json.loads(files[0][1])\n\
                 db = open(sys.argv[2], 'rb').read()\n\
                 files[1] = (files[1][0], db)\n\
                 manifest['files'][0].update(bytes=len(db), sha256=hashlib.sha256(db).hexdigest())\n\
                 files[0] = ('manifest.json', json.dumps(manifest).encode())\n\
                 out = io.BytesIO()\n\
                 new = tarfile.open(fileobj=out, mode='w', format=tarfile.GNU_FORMAT)\n\
                 for name, data in files:\n\
                 \x20   info = tarfile.TarInfo(name); info.size = len(data); new.addfile(info, io.BytesIO(data))\n\
                 new.close()\n\
                 subprocess.run(['zstd', '-q', '-f', '-o', sys.argv[3]], input=out.getvalue(), check=True)";
    let forged = temp.path().join("forged");
    for arguments in [
        vec!["-c", python, text(&newer.join("platform.db"))],
        vec![
            "-c",
            forge,
            text(&file),
            text(&newer.join("platform.db")),
            text(&forged),
        ],
    ] {
        let output = Command::new("python3").args(&arguments).output().await?;
        anyhow::ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let said = refused(&data, &["restore", text(&forged)], "").await?;
    assert!(said.contains("schema 999"), "the reason is named: {said}");

    let other = temp.path().join("documents");
    std::fs::create_dir(&other)?;
    std::fs::write(other.join("letter"), "")?;
    let said = refused(&other, &["restore", text(&file)], "").await?;
    assert!(said.contains("holds other things"), "{said}");
    assert_eq!(
        std::fs::read(data.join("platform.db"))?,
        before,
        "nothing was changed"
    );
    let left: Vec<_> = std::fs::read_dir(temp.path())?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with('.') || name.contains("before"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}
