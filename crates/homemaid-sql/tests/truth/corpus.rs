//! The statements: written ones, and products of values and operators.

use serde_json::Value;

/// One statement with its parameters.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
}

impl Statement {
    pub(crate) fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            params: Vec::new(),
        }
    }
}

/// Statements that run one after the other in an empty schema.
pub(crate) struct Script {
    /// The contract's class: A, B or C.
    pub(crate) class: String,
    pub(crate) title: String,
    pub(crate) statements: Vec<Statement>,
}

/// Reads `corpus/`: a first line `# A title`, then one statement a line; ` <- [..]` gives parameters.
pub(crate) fn written() -> Vec<Script> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/truth/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut scripts = Vec::new();
    for path in paths {
        for line in std::fs::read_to_string(&path)
            .unwrap()
            .lines()
            .filter(|line| !line.is_empty())
        {
            if let Some(head) = line.strip_prefix("# ") {
                let (class, title) = head.split_once(' ').unwrap();
                scripts.push(Script {
                    class: class.to_owned(),
                    title: title.to_owned(),
                    statements: Vec::new(),
                });
                continue;
            }
            let (sql, params) = line.split_once(" <- ").unwrap_or((line, "[]"));
            let statement = Statement {
                sql: sql.to_owned(),
                params: serde_json::from_str(params).unwrap_or_else(|error| panic!("{line}: {error}")),
            };
            scripts
                .last_mut()
                .expect("a file begins with its title")
                .statements
                .push(statement);
        }
    }
    scripts
}

/// Values of every type, each as PostgreSQL writes it.
const VALUES: &[&str] = &[
    "NULL",
    "1",
    "-7",
    "3000000000",
    "2.5",
    "-0.75",
    "1.5::float8",
    "2::real",
    "7::smallint",
    "TRUE",
    "'abc'",
    "'12'",
    "'x'::text",
    "'5'::text",
    "DATE '2026-03-01'",
    "TIMESTAMPTZ '2026-01-31 10:20:30.5+02'",
    "TIMESTAMP '2025-02-28 23:59:59'",
    "TIME '12:30'",
    "INTERVAL '1 month 2 days 03:04:05'",
    "'{\"a\": [1, 2.50]}'::jsonb",
    "ARRAY[1,2,3]",
    "ARRAY['a','b']",
    "'2026-05-05'",
    "10::numeric(5,2)",
];
const OPERATORS: &[&str] = &["+", "-", "*", "/", "%", "=", "<", ">=", "<>", "||"];
const TYPES: &[&str] = &[
    "int",
    "bigint",
    "smallint",
    "text",
    "boolean",
    "numeric",
    "numeric(6,1)",
    "float8",
    "real",
    "varchar(3)",
    "timestamptz",
    "timestamp",
    "date",
    "time",
    "interval",
    "jsonb",
    "json",
    "int[]",
    "text[]",
    "uuid",
    "bytea",
];
const FUNCTIONS: &[&str] = &[
    "abs",
    "round",
    "ceil",
    "floor",
    "trunc",
    "sign",
    "length",
    "lower",
    "upper",
    "sqrt",
    "to_jsonb",
    "concat",
    "md5",
    "reverse",
    "initcap",
    "date",
    "exp",
    "ln",
    "cardinality",
];

/// Every value with every operator and every other, every cast, every function.
pub(crate) fn products() -> Vec<Script> {
    let script = |class: &str, title: &str, all: Vec<String>| Script {
        class: class.to_owned(),
        title: title.to_owned(),
        statements: all.into_iter().map(Statement::new).collect(),
    };
    let (mut operators, mut casts, mut functions, mut several) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (x, a) in VALUES.iter().enumerate() {
        for (y, b) in VALUES.iter().enumerate() {
            for (z, op) in OPERATORS.iter().enumerate() {
                // A third of all, the same ones every time.
                if (x * 7 + y * 3 + z) % 3 == 0 {
                    operators.push(format!("SELECT {a} {op} {b}"));
                }
            }
            several.push(format!(
                "SELECT COALESCE({a}, {b}), CASE WHEN 1 = 1 THEN {a} ELSE {b} END"
            ));
        }
        for ty in TYPES {
            casts.push(format!("SELECT CAST({a} AS {ty})"));
            casts.push(format!("SELECT ({a})::{ty}::text"));
        }
        for function in FUNCTIONS {
            functions.push(format!("SELECT {function}({a})"));
        }
    }
    vec![
        script("A", "products: operators", operators),
        script("A", "products: casts", casts),
        script("A", "products: functions", functions),
        script("A", "products: COALESCE and CASE", several),
    ]
}
