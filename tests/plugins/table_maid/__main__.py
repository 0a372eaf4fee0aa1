"""Keeps scores in tables: a whole schema in one call, an upsert, questions, and every kind of mistake."""

import json

from mmo_maid_sdk import Plugin, SdkError

plugin = Plugin()

SCHEMA = """
CREATE TABLE IF NOT EXISTS scores (
    id SERIAL PRIMARY KEY,
    member TEXT NOT NULL UNIQUE,
    points INT NOT NULL DEFAULT 0 CHECK (points >= 0),
    tags TEXT[] DEFAULT '{}',
    extra JSONB DEFAULT '{}',
    since TIMESTAMPTZ DEFAULT NOW()
);
CREATE INDEX IF NOT EXISTS scores_points ON scores (points DESC);
"""

MISTAKES = [
    ("SELECT * FROM nowhere", []),
    ("SELECT nothing FROM scores", []),
    ("INSERT INTO scores (member) VALUES ($1)", ["bob"]),
    ("UPDATE scores SET points = $1", [-1]),
    ("SELEKT 1", []),
    ("SELECT $1, $2", [1]),
    ("SELECT 1; SELECT 2", []),
    ("DROP SCHEMA public", []),
    ("ATTACH DATABASE '/etc/passwd' AS x", []),
    ("SELECT name FROM sqlite_master", []),
    ("SELECT * FROM plugin_other_1.scores", []),
    ("SELECT load_extension('x')", []),
    ("SELECT count(*) FROM generate_series(1, 90000) a, generate_series(1, 90000) b", []),
]


@plugin.on_ready
def on_ready(ctx):
    ctx.sql.execute(SCHEMA)
    ctx.log(f"kept {ctx.sql.scalar('SELECT count(*) FROM scores')}")


@plugin.on_event("message_create")
def on_message(ctx, event):
    # More words make a message unlike the one before.
    command, member = event["content"].split(" ")[0], event["author_username"]
    if command == "!score":
        answer = ctx.sql.query_one(
            """INSERT INTO scores (member, points, tags, extra) VALUES ($1, $2, $3, $4)
               ON CONFLICT (member) DO UPDATE SET points = scores.points + EXCLUDED.points
               RETURNING member, points, tags, extra, (xmax = 0) AS inserted""",
            [member, 5, ["new", "café"], {"by": {"event": True}}],
        )
    elif command == "!board":
        answer = ctx.sql.query(
            "SELECT member, points, rank() OVER (ORDER BY points DESC), since > NOW() - INTERVAL '1 day' AS recent FROM scores"
        )
    elif command == "!many":
        answer = len(ctx.sql.query("SELECT n FROM generate_series(1, 5000) AS s(n)", limit=1000))
    elif command == "!mistakes":
        answer = [mistake(ctx, sql, params) for sql, params in MISTAKES]
    else:
        return
    ctx.log(f"{event['content']} {json.dumps(answer)}")


def mistake(ctx, sql, params):
    try:
        return f"worked: {ctx.sql.query(sql, params)}"
    except SdkError as error:
        return str(error)


plugin.run()
