//! Twenty plugins in twenty guilds work at random, all at once; nobody sees or changes a row of anybody else.
//!
//! The same harness runs once more with the check that keeps them apart removed: it has to find leaks at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use homemaid_protocol::{Clock, InstallationId};
use homemaid_storage::{
    Expiry, KvAmount, KvKey, KvQuery, KvText, KvTtl, SecretName, SecretOwner, SecretText, Storage, testing,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};

const PLUGINS: u64 = 20;
const GUILDS: u64 = 20;
/// Operations of each installation.
const STEPS: u64 = 40;

type Fallible<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What one installation knows it has stored.
#[derive(Default)]
struct Own {
    kv: BTreeMap<String, Value>,
    secrets: BTreeMap<String, String>,
}

/// Lets all installations work at the same time; returns how many things were seen that are not their own.
async fn work(storage: &Storage, steps: u64) -> Fallible<u64> {
    let leaks = Arc::new(AtomicU64::new(0));
    let mut tasks = Vec::new();
    for plugin in 0..PLUGINS {
        for guild in 0..GUILDS {
            let id: InstallationId = format!("maid_{plugin}@{}", guild + 1).parse()?;
            let (storage, leaks) = (storage.clone(), Arc::clone(&leaks));
            tasks.push(tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(plugin * GUILDS + guild);
                let mut own = Own::default();
                for step in 0..steps {
                    let wrong = one(&storage, &id, &mut own, &mut random, step).await?;
                    leaks.fetch_add(wrong, Ordering::Relaxed);
                }
                Fallible::Ok((id, own))
            }));
        }
    }
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await??);
    }
    // After everybody worked: each has exactly what it stored.
    for (id, own) in &all {
        leaks.fetch_add(differences(storage, id, own).await?, Ordering::Relaxed);
    }
    Ok(leaks.load(Ordering::Relaxed))
}

/// One random operation; returns how many of its answers were not the installation's own.
async fn one(
    storage: &Storage,
    id: &InstallationId,
    own: &mut Own,
    random: &mut StdRng,
    step: u64,
) -> Fallible<u64> {
    let kv = storage.kv(id);
    // Few keys, the same for everybody: whoever mixes them up is noticed.
    let key = format!("k{}", random.random_range(0..6));
    let value = json!({"of": id.to_string(), "step": step});
    let expected = own.kv.get(&key).cloned();
    let wrong = |is: bool| u64::from(is);
    Ok(match random.random_range(0..12) {
        0 | 1 => {
            kv.put(&key, &value, 0).await?;
            own.kv.insert(key, value);
            0
        }
        2 => {
            kv.del(&key).await?;
            own.kv.remove(&key);
            0
        }
        3 => {
            let entries: Map<String, Value> =
                [(key.clone(), value.clone()), ("both".to_owned(), value.clone())]
                    .into_iter()
                    .collect();
            kv.mput(&entries).await?;
            own.kv.insert(key, value.clone());
            own.kv.insert("both".to_owned(), value);
            0
        }
        4 => {
            let before = own.kv.get("count").and_then(Value::as_i64).unwrap_or(0);
            let sum = kv.increment("count", "", KvAmount::ONE).await?;
            own.kv.insert("count".to_owned(), json!(before + 1));
            wrong(sum != json!(before + 1))
        }
        5 => wrong(kv.get(&key)? != expected),
        6 => wrong(kv.list("", 1_000, "").await? != own.kv.keys().cloned().collect::<Vec<_>>()),
        7 => {
            let all: Map<String, Value> = own.kv.clone().into_iter().collect();
            wrong(kv.list_values("", 100).await? != all) + wrong(kv.count("").await? != own.kv.len() as u64)
        }
        8 => {
            let mut found = kv.mget(&[key.as_str(), "both"]).await?;
            let both = own.kv.get("both").cloned();
            wrong(found.remove(&key) != expected) + wrong(found.remove("both") != both)
        }
        9 => browse_and_edit(storage, id, own, &value).await?,
        10 => {
            let (name, text) = (SecretName::parse("token")?, format!("{id} {step}"));
            let owner = SecretOwner::Installation(id.clone());
            storage
                .secrets()
                .set(&owner, name, SecretText::new(text.clone())?, "test")
                .await?;
            own.secrets.insert("token".to_owned(), text);
            0
        }
        _ => {
            let found = storage
                .secrets()
                .for_installation(id, &SecretName::parse("token")?)?;
            wrong(found.map(|text| text.reveal().to_owned()) != own.secrets.get("token").cloned())
        }
    })
}

/// The owner looks into this installation and changes the first row.
async fn browse_and_edit(
    storage: &Storage,
    id: &InstallationId,
    own: &mut Own,
    value: &Value,
) -> Fallible<u64> {
    let row = id.clone();
    let page = storage
        .try_read(move |tx| {
            tx.kv(&row).browse(&KvQuery {
                limit: 100,
                ..KvQuery::default()
            })
        })
        .await?;
    let seen: BTreeMap<String, Value> = page
        .entries
        .iter()
        .map(|entry| Ok((entry.key.clone(), entry.value.parse()?)))
        .collect::<Fallible<_>>()?;
    let wrong = u64::from(seen != own.kv);
    if let Some(entry) = page.entries.into_iter().find(|entry| entry.key.starts_with('k')) {
        let (row, text, key) = (id.clone(), KvText::new(value)?, KvKey::parse(&entry.key)?);
        let edited = storage
            .try_write(move |tx| {
                tx.kv(&row)
                    .put_if(&key, &text, Expiry::Set(KvTtl::NONE), Some(&entry.tag))
            })
            .await;
        // Without the check somebody else may have changed it meanwhile: that is a leak as well.
        if edited.is_err() {
            return Ok(wrong + 1);
        }
        own.kv.insert(entry.key, value.clone());
    }
    Ok(wrong)
}

async fn differences(storage: &Storage, id: &InstallationId, own: &Own) -> Fallible<u64> {
    let kv = storage.kv(id);
    let found: BTreeMap<String, Value> = kv.list_values("", 100).await?.into_iter().collect();
    let secret = storage
        .secrets()
        .for_installation(id, &SecretName::parse("token")?)?;
    let secret = secret.map(|text| text.reveal().to_owned());
    Ok(u64::from(found != own.kv)
        + u64::from(kv.count("").await? != own.kv.len() as u64)
        + u64::from(secret != own.secrets.get("token").cloned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_a_row_of_anybody_else_and_without_the_check_everybody_does() -> Fallible {
    let temp = tempfile::tempdir()?;
    let storage = Storage::open(&temp.path().join("kept"), Clock::system())?;
    assert_eq!(work(&storage, STEPS).await?, 0, "with the check");
    // What one removes is its own only.
    let gone: InstallationId = "maid_3@4".parse()?;
    storage.write(move |tx| tx.installations().remove(&gone)).await?;
    assert_eq!(storage.kv(&"maid_3@4".parse()?).count("").await?, 0);
    assert!(storage.kv(&"maid_3@5".parse()?).count("").await? > 0);
    assert!(storage.kv(&"maid_4@4".parse()?).count("").await? > 0);
    storage.close().await;

    testing::remove_scope_check(true);
    let storage = Storage::open(&temp.path().join("removed"), Clock::system())?;
    let leaks = work(&storage, 3).await?;
    assert!(
        leaks > 100,
        "three operations each are enough to see {leaks} leaks"
    );
    storage.close().await;
    Ok(())
}
