//! Random sequences of calls, against a model that is too simple to be wrong: an ordered map, looked through whole.

use std::collections::BTreeMap;

use homemaid_protocol::{ErrorCode, RpcError};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Number, Value, json};

use super::{Db, db, here, key, sweep};
use crate::{KvError, KvText};

#[derive(Debug, Clone)]
enum Call {
    Get(&'static str),
    Put(&'static str, Value, i64),
    Del(&'static str),
    List(&'static str, i64, &'static str),
    ListValues(&'static str, i64),
    Count(&'static str),
    Mget(Vec<&'static str>),
    Mput(BTreeMap<&'static str, Value>),
    Increment(&'static str, &'static str, i64),
    Decr(&'static str, i64),
    Wait(i64),
    Sweep,
}

const KEYS: [&str; 7] = ["a", "a:", "a:1", "a:ä", "b", "b%", "🧹"];
const PREFIXES: [&str; 6] = ["", "a", "a:", "b%", "c", "\u{10ffff}"];
const PATHS: [&str; 5] = ["", "n", "n.m", "o.p.q", "n..m"];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-8..8_i64).prop_map(Value::from),
        Just(json!(1.5)),
        Just(json!("text")),
        Just(json!({"n": 1})),
        Just(json!({"n": {"m": u64::MAX}, "o": null})),
    ]
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -4..5_i64, 1 => any::<i64>()]
}

fn call() -> impl Strategy<Value = Call> {
    let ttl = prop_oneof![3 => Just(0), 2 => 1..6_i64, 1 => Just(-1)];
    prop_oneof![
        select(&KEYS[..]).prop_map(Call::Get),
        (select(&KEYS[..]), value(), ttl).prop_map(|(k, v, t)| Call::Put(k, v, t)),
        select(&KEYS[..]).prop_map(Call::Del),
        (select(&PREFIXES[..]), -1..5_i64, select(&KEYS[..])).prop_map(|(p, l, a)| Call::List(p, l, a)),
        (select(&PREFIXES[..]), -1..5_i64).prop_map(|(p, l)| Call::ListValues(p, l)),
        select(&PREFIXES[..]).prop_map(Call::Count),
        prop::collection::vec(select(&KEYS[..]), 0..4).prop_map(Call::Mget),
        prop::collection::btree_map(select(&KEYS[..]), value(), 0..4).prop_map(Call::Mput),
        (select(&KEYS[..]), select(&PATHS[..]), amount()).prop_map(|(k, p, n)| Call::Increment(k, p, n)),
        (select(&KEYS[..]), amount()).prop_map(|(k, n)| Call::Decr(k, n)),
        (0..4_000_i64).prop_map(Call::Wait),
        Just(Call::Sweep),
    ]
}

#[derive(Default)]
struct Model {
    rows: BTreeMap<&'static str, (Value, Option<i64>)>,
    now: i64,
}

impl Model {
    fn live(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let now = self.now;
        self.rows
            .iter()
            .filter(move |(_, (_, gone))| gone.is_none_or(|gone| gone > now))
            .map(|(key, (value, _))| (*key, value))
    }

    fn run(&mut self, call: &Call) -> Result<Value, ErrorCode> {
        const REFUSED: Result<Value, ErrorCode> = Err(ErrorCode::ValidationError);
        let get = |key: &str| {
            self.live()
                .find(|(k, _)| *k == key)
                .map(|(_, value)| value.clone())
        };
        let answer = match call {
            Call::Get(key) => get(key).map_or(json!({"missing": true}), |value| json!({ "found": value })),
            Call::Put(_, _, ttl) if *ttl < 0 => return REFUSED,
            Call::Put(key, value, ttl) => {
                let gone = (*ttl > 0).then_some(self.now + ttl * 1_000);
                self.rows.insert(key, (value.clone(), gone));
                json!({})
            }
            Call::Del(key) => {
                self.rows.remove(key);
                json!({})
            }
            Call::List(prefix, limit, after) => self
                .live()
                .map(|(key, _)| key)
                .filter(|key| key.starts_with(prefix) && key > after)
                .take(limit.clamp(&1, &1_000).unsigned_abs().try_into().unwrap())
                .collect(),
            Call::ListValues(prefix, limit) => self
                .live()
                .filter(|(key, _)| key.starts_with(prefix))
                .take(limit.clamp(&1, &100).unsigned_abs().try_into().unwrap())
                .map(|(key, value)| (key.to_owned(), value.clone()))
                .collect(),
            Call::Count(prefix) => self
                .live()
                .filter(|(key, _)| key.starts_with(prefix))
                .count()
                .into(),
            Call::Mget(keys) => keys
                .iter()
                .filter_map(|key| Some(((*key).to_owned(), get(key)?)))
                .collect(),
            Call::Mput(entries) => {
                for (key, value) in entries {
                    self.rows.insert(key, (value.clone(), None));
                }
                json!({})
            }
            Call::Increment(key, path, amount) => return self.add(key, path, i128::from(*amount)),
            Call::Decr(key, amount) => return self.add(key, "", -i128::from(*amount)),
            Call::Wait(ms) => {
                self.now += ms;
                json!({})
            }
            Call::Sweep => json!({}),
        };
        Ok(answer)
    }

    fn add(&mut self, key: &'static str, path: &str, amount: i128) -> Result<Value, ErrorCode> {
        if path.contains("..") {
            return Err(ErrorCode::ValidationError);
        }
        let now = self.now;
        let old = self
            .rows
            .get(key)
            .filter(|(_, gone)| gone.is_none_or(|gone| gone > now));
        let (mut root, gone) = old.cloned().unwrap_or((Value::Null, None));
        let mut place = &mut root;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(object) = place else {
                return Err(ErrorCode::ValidationError);
            };
            place = object.entry(name).or_insert(Value::Null);
        }
        let number = place.as_number().cloned().unwrap_or(Number::from(0));
        let whole = number
            .as_i64()
            .map(i128::from)
            .or(number.as_u64().map(i128::from));
        let sum = match whole {
            Some(whole) => match (i64::try_from(whole + amount), u64::try_from(whole + amount)) {
                (Ok(sum), _) => Value::from(sum),
                (_, Ok(sum)) => Value::from(sum),
                _ => return Err(ErrorCode::ValidationError),
            },
            #[expect(clippy::cast_precision_loss, reason = "floats are added as floats")]
            None => Value::from(number.as_f64().unwrap() + amount as f64),
        };
        *place = sum.clone();
        self.rows.insert(key, (root, gone));
        Ok(sum)
    }
}

fn run(db: &mut Db, call: &Call) -> Result<Value, KvError> {
    let here = here();
    let kv = db.view().kv(&here);
    Ok(match call {
        Call::Get(name) => kv
            .get(&key(name))?
            .map_or(json!({"missing": true}), |value| json!({ "found": value })),
        Call::Put(name, value, ttl) => db.put(name, value, *ttl).map(|()| json!({}))?,
        Call::Del(name) => db.tx().kv(&here).del(&key(name)).map(|()| json!({}))?,
        Call::List(prefix, limit, after) => kv.list(prefix, *limit, after)?.into(),
        Call::ListValues(prefix, limit) => kv.list_values(prefix, *limit)?.into(),
        Call::Count(prefix) => kv.count(prefix)?.into(),
        Call::Mget(names) => kv
            .mget(&names.iter().map(|name| key(name)).collect::<Vec<_>>())?
            .into(),
        Call::Mput(entries) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(name, value)| (key(name), KvText::new(value).unwrap()))
                .collect();
            db.tx().kv(&here).mput(&entries).map(|()| json!({}))?
        }
        Call::Increment(name, path, amount) => db.increment(name, path, *amount)?,
        Call::Decr(name, amount) => db.tx().kv(&here).decr(&key(name), (*amount).into())?,
        Call::Wait(ms) => {
            db.now += ms;
            json!({})
        }
        Call::Sweep => {
            sweep(&db.conn, db.now).unwrap();
            json!({})
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_calls_answers_as_the_model_does(calls in prop::collection::vec(call(), 1..60)) {
        let mut db = db();
        let mut model = Model::default();
        for call in &calls {
            let expected = model.run(call);
            let actual = run(&mut db, call).map_err(|error| RpcError::from(error).code());
            // As text: 1 and 1.0 are different answers to a plugin.
            let text = |result: Result<Value, ErrorCode>| result.map(|value| value.to_string());
            prop_assert_eq!(text(actual), text(expected), "{:?}", call);
        }
        prop_assert_eq!(db.stored(), db.counted(), "the triggers' count is right");
    }

    #[test]
    fn numbers_come_back_to_the_last_bit(float in any::<f64>(), int in any::<i64>(), big in any::<u64>()) {
        let db = db();
        // Infinities and NaN are no JSON: `json!` makes null of them.
        let value = json!([float, int, big]);
        db.put("a", &value, 0).unwrap();
        prop_assert_eq!(db.get("a"), Some(value));
    }
}
