# B levelling and economy, as plugins write it
CREATE TABLE IF NOT EXISTS xp (guild_id BIGINT NOT NULL, user_id TEXT NOT NULL, xp BIGINT NOT NULL DEFAULT 0, level INT NOT NULL DEFAULT 1, badges TEXT[] NOT NULL DEFAULT '{}', meta JSONB NOT NULL DEFAULT '{}'::jsonb, rate NUMERIC(5,2) DEFAULT 1.00, last_at TIMESTAMPTZ, PRIMARY KEY (guild_id, user_id))
INSERT INTO xp (guild_id, user_id, xp, last_at) VALUES ($1, $2, $3, $4) <- [1, "100", 50, "2026-01-01T10:00:00Z"]
INSERT INTO xp (guild_id, user_id, xp, last_at) VALUES ($1, $2, $3, $4) ON CONFLICT (guild_id, user_id) DO UPDATE SET xp = xp.xp + EXCLUDED.xp, last_at = EXCLUDED.last_at RETURNING xp, level, last_at <- [1, "100", 25, "2026-01-02T10:00:00+02:00"]
INSERT INTO xp (guild_id, user_id, xp) SELECT 1, u, x FROM unnest($1::text[], $2::int[]) AS t(u, x) RETURNING user_id, xp <- [["200", "300", "400"], [10, 500, 80]]
UPDATE xp SET level = 1 + xp / 100, badges = array_append(badges, 'lvl' || (1 + xp / 100)) WHERE xp >= 100 RETURNING user_id, level, badges
SELECT user_id, xp, RANK() OVER (ORDER BY xp DESC) AS rank FROM xp WHERE guild_id = $1 ORDER BY rank, user_id LIMIT 10 <- [1]
SELECT count(*) + 1 AS rank FROM xp WHERE guild_id = 1 AND xp > (SELECT xp FROM xp WHERE user_id = '200')
SELECT COALESCE(SUM(xp), 0) AS total, COALESCE(AVG(level), 0), MAX(last_at) FROM xp WHERE guild_id = 1
SELECT COALESCE(SUM(xp), 0) AS total FROM xp WHERE guild_id = 99
UPDATE xp SET meta = jsonb_set(meta, '{streak}', to_jsonb(COALESCE((meta->>'streak')::int, 0) + 1)) WHERE user_id = '100' RETURNING meta
UPDATE xp SET meta = meta || $1 WHERE user_id = '100' RETURNING meta, meta ? 'vip' AS vip <- [{"vip": true, "roles": ["a", "b"]}]
SELECT user_id FROM xp WHERE meta @> '{"vip": true}' AND meta->'roles' ? 'a'
SELECT user_id, jsonb_array_length(meta->'roles') FROM xp WHERE meta ? 'roles'
UPDATE xp SET badges = array_remove(badges, 'lvl6') WHERE 'lvl6' = ANY(badges) RETURNING user_id, badges, cardinality(badges)
SELECT user_id, xp * rate AS weighted, round(xp * rate / 3, 1) FROM xp ORDER BY user_id
UPDATE xp SET rate = rate * 1.5 WHERE user_id IN ('100', '200') RETURNING user_id, rate
SELECT user_id, CASE WHEN xp >= 500 THEN 'gold' WHEN xp >= 75 THEN 'silver' ELSE 'bronze' END AS tier FROM xp ORDER BY tier, user_id
SELECT CASE WHEN xp >= 500 THEN 'gold' WHEN xp >= 75 THEN 'silver' ELSE 'bronze' END AS tier, count(*), array_agg(user_id ORDER BY user_id) FROM xp GROUP BY tier ORDER BY tier
SELECT user_id FROM xp WHERE last_at > TIMESTAMPTZ '2026-01-01 00:00:00Z' AND last_at < TIMESTAMPTZ '2026-01-01 00:00:00Z' + INTERVAL '2 days'
SELECT date_trunc('day', last_at) AS day, count(*) FROM xp GROUP BY day ORDER BY day
SELECT EXTRACT(EPOCH FROM (TIMESTAMPTZ '2026-01-03 00:00:00Z' - last_at))::int AS ago FROM xp WHERE last_at IS NOT NULL
SELECT to_char(last_at, 'YYYY-MM-DD HH24:MI') FROM xp WHERE user_id = '100'
SELECT user_id FROM xp WHERE user_id ILIKE $1 || '%' ORDER BY 1 <- ["1"]
DELETE FROM xp WHERE user_id = ANY($1) RETURNING user_id <- [["300", "999"]]
WITH top AS (SELECT user_id, xp FROM xp ORDER BY xp DESC LIMIT 2) SELECT string_agg(user_id || ':' || xp, ', ' ORDER BY xp DESC) FROM top
WITH ranked AS (SELECT user_id, xp, ROW_NUMBER() OVER (ORDER BY xp DESC) AS pos, LAG(xp) OVER (ORDER BY xp DESC) AS above FROM xp) SELECT pos, user_id, above - xp AS gap FROM ranked ORDER BY pos
SELECT x.user_id, s.total FROM xp x CROSS JOIN (SELECT sum(xp) AS total FROM xp) s ORDER BY 1
SELECT user_id, ROUND(100.0 * xp / SUM(xp) OVER (), 2) AS share FROM xp ORDER BY user_id
SELECT json_build_object('user', user_id, 'xp', xp, 'badges', badges) FROM xp ORDER BY user_id
SELECT jsonb_agg(jsonb_build_object('u', user_id, 'x', xp) ORDER BY xp DESC) AS board FROM xp
SELECT jsonb_object_agg(user_id, level) FROM xp
SELECT user_id, LEAST(xp, 60), GREATEST(level, 2), ABS(xp - 60) FROM xp ORDER BY user_id
SELECT COUNT(*) FILTER (WHERE xp > 50) AS active, COUNT(*) FILTER (WHERE last_at IS NULL) AS never FROM xp
SELECT user_id FROM xp WHERE NOT EXISTS (SELECT 1 FROM xp o WHERE o.xp > xp.xp)
SELECT user_id FROM xp WHERE xp > ALL(SELECT xp FROM xp WHERE user_id <> '100')
SELECT user_id FROM xp WHERE xp >= ANY(SELECT xp FROM xp)
SELECT (SELECT user_id FROM xp ORDER BY xp LIMIT 1) AS lowest, (SELECT max(xp) FROM xp) AS highest
TRUNCATE xp
# B tickets, polls, reminders
CREATE TABLE tickets (id SERIAL PRIMARY KEY, opener BIGINT NOT NULL, status VARCHAR(16) NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed', 'archived')), tags TEXT[] DEFAULT ARRAY['new'], opened TIMESTAMPTZ NOT NULL DEFAULT now(), closed TIMESTAMPTZ, CHECK (closed IS NULL OR closed >= opened))
CREATE TABLE notes (id BIGSERIAL PRIMARY KEY, ticket INT NOT NULL REFERENCES tickets (id) ON DELETE CASCADE, body TEXT NOT NULL CHECK (length(body) <= 20), n INT UNIQUE)
CREATE INDEX tickets_open ON tickets (opener) WHERE status = 'open'
CREATE UNIQUE INDEX one_open ON tickets (opener) WHERE status = 'open'
INSERT INTO tickets (opener, opened) VALUES (5, '2026-01-01 00:00:00Z') RETURNING id, status, tags
INSERT INTO tickets (opener) VALUES (5)
INSERT INTO tickets (opener, status, opened) VALUES (5, 'closed', '2026-01-02 00:00:00Z'), (6, 'open', '2026-01-03 00:00:00Z') RETURNING id
INSERT INTO tickets (opener, status) VALUES (7, 'weird')
INSERT INTO tickets (opener, opened, closed) VALUES (7, '2026-01-02', '2026-01-01')
INSERT INTO notes (ticket, body, n) VALUES (1, 'first', 1), (3, 'second', 2), (4, 'third', NULL), (4, 'fourth', NULL) RETURNING id, ticket
INSERT INTO notes (ticket, body) VALUES (999, 'orphan')
INSERT INTO notes (ticket, body) VALUES (1, 'this text is far too long for it')
INSERT INTO notes (ticket, body, n) VALUES (1, 'again', 1) ON CONFLICT DO NOTHING
INSERT INTO notes (ticket, body, n) VALUES (1, 'again', 1) ON CONFLICT (n) DO UPDATE SET body = 'up' WHERE notes.ticket = 2 RETURNING id
INSERT INTO notes (ticket, body, n) VALUES (1, 'again', 1) ON CONFLICT (body) DO NOTHING
INSERT INTO notes (ticket, body, n) VALUES (1, 'x', 8), (1, 'y', 8) ON CONFLICT (n) DO UPDATE SET body = EXCLUDED.body
UPDATE tickets t SET status = 'closed', closed = opened + INTERVAL '1 hour' FROM notes n WHERE n.ticket = t.id AND n.body = 'first' RETURNING t.id, t.status, t.closed, n.body
UPDATE tickets SET status = 'archived', tags = tags || 'old' WHERE id = 1 RETURNING tags
SELECT t.id, count(n.id) AS notes, max(n.body) FROM tickets t LEFT JOIN notes n ON n.ticket = t.id GROUP BY t.id ORDER BY t.id
SELECT t.*, n.body FROM tickets t JOIN notes n ON n.ticket = t.id WHERE t.id = 4 ORDER BY n.id
SELECT status, count(*) FROM tickets GROUP BY status HAVING count(*) >= 1 ORDER BY count(*) DESC, status
SELECT id, closed - opened AS took, age(closed, opened) FROM tickets WHERE closed IS NOT NULL
SELECT id, EXTRACT(DOW FROM opened), EXTRACT(HOUR FROM opened), EXTRACT(YEAR FROM opened)::int, EXTRACT(EPOCH FROM opened)::bigint FROM tickets WHERE opened < '2026-02-01' ORDER BY id
SELECT opened::date, count(*) FROM tickets WHERE opened < '2026-02-01' GROUP BY opened::date ORDER BY 1
SELECT d::date AS day, count(t.id) FROM generate_series('2026-01-01'::timestamptz, '2026-01-04'::timestamptz, '1 day') d LEFT JOIN tickets t ON t.opened::date = d::date GROUP BY d ORDER BY d
SELECT DISTINCT ON (opener) opener, id, opened FROM tickets ORDER BY opener, opened DESC
SELECT id FROM tickets WHERE tags @> ARRAY['old'] OR 'none' = ANY(tags)
SELECT id FROM tickets WHERE tags && $1 ORDER BY id <- [["new", "x"]]
SELECT id, array_to_string(tags, '|') FROM tickets ORDER BY id
SELECT unnest(tags) AS tag, count(*) FROM tickets GROUP BY 1 ORDER BY 1
DELETE FROM tickets USING notes WHERE notes.ticket = tickets.id AND notes.body = 'second' RETURNING tickets.id
DELETE FROM tickets WHERE id = 4
SELECT * FROM notes ORDER BY id
SELECT * FROM tickets WHERE id = 1 FOR UPDATE
SELECT id FROM tickets ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
UPDATE tickets SET id = id + 10 WHERE id = 1 RETURNING id
ALTER TABLE notes DROP CONSTRAINT notes_ticket_fkey
INSERT INTO notes (ticket, body) VALUES (999, 'orphan now') RETURNING ticket
ALTER TABLE notes ADD CONSTRAINT fk FOREIGN KEY (ticket) REFERENCES tickets (id)
ALTER TABLE notes ALTER COLUMN body SET DEFAULT 'dflt', ALTER COLUMN n TYPE TEXT
INSERT INTO notes (ticket, n) VALUES (5, 'seven') RETURNING body, n
ALTER TABLE notes ALTER COLUMN n TYPE INT USING length(n)
ALTER TABLE notes ALTER COLUMN n TYPE INT
ALTER TABLE notes ALTER COLUMN body DROP NOT NULL
INSERT INTO notes (ticket, body) VALUES (1, NULL) RETURNING body
ALTER TABLE notes ALTER COLUMN body SET NOT NULL
ALTER TABLE notes RENAME COLUMN body TO text
SELECT text FROM notes ORDER BY id LIMIT 2
ALTER TABLE notes RENAME TO remarks
SELECT count(*) FROM notes
SELECT count(*) FROM remarks
DROP TABLE tickets
DROP TABLE tickets CASCADE
SELECT to_regclass('tickets'), to_regclass('remarks') IS NOT NULL
# B identifiers and text
CREATE TABLE "Mixed" ("Id" INT PRIMARY KEY, "select" TEXT, plain TEXT)
INSERT INTO "Mixed" VALUES (1, 'a', 'b')
SELECT "Id", "select", PLAIN, Plain AS "As Is" FROM "Mixed"
SELECT id FROM "Mixed"
SELECT * FROM Mixed
SELECT m."Id" FROM "Mixed" m WHERE M."Id" = 1
SELECT "Mixed".plain FROM "Mixed"
SELECT plain "quoted label", plain label FROM "Mixed"
SELECT plain AS MiXeD FROM "Mixed" ORDER BY mixed
INSERT INTO "Mixed" ("Id", "select") VALUES (2, E'tab\tnew\nline\\ \u00e9'), (3, $$dollar 'quoted'$$), (4, $tag$with $$ inside$tag$)
SELECT "Id", "select", length("select") FROM "Mixed" ORDER BY "Id"
SELECT 'it''s', '%', '%%', '\', 'a' 'b'
SELECT U&'\0441'
SELECT B'101'
SELECT 'a' || NULL, NULL || 'a', 'a' || 1, 1 || 'a', TRUE || 'x', 'x' || 1.50, 'x' || NULL::text
SELECT 'ä' < 'b', 'Z' < 'a', 'a' < 'aa', '' < 'a', 'é' = 'é'
SELECT length('😀'), left('😀a', 1), reverse('a😀'), upper('ß'), lower('İ'), substring('😀bc' FROM 2 FOR 1), position('c' IN '😀bc')
SELECT 'Hello' LIKE 'h%', 'Hello' ILIKE 'h%', 'Hello' NOT ILIKE '%Z%', 'a\b' LIKE 'a\\b', 'ab' LIKE 'a_', '' LIKE '_'
SELECT 'abc' SIMILAR TO 'a(b|c)c'
SELECT concat_ws(', ', 'a', NULL, 'b', ''), concat('x', NULL, 2, TRUE, DATE '2026-01-01', 1.50, ARRAY[1,2])
SELECT to_char(DATE '2026-03-05', 'DD.MM.YYYY'), to_char(TIMESTAMP '2026-03-05 14:05:09', 'HH12:MI AM'), to_char(TIMESTAMP '2026-03-05 14:05:09', 'Day, FMDD Mon YYYY'), to_char(TIMESTAMP '2026-03-05', 'Dy Mon FMMonth Q WW DDD IW IYYY')
SELECT string_to_array('a,b,,c', ','), string_to_array('', ','), string_to_array(NULL, ','), array_to_string(ARRAY['a', NULL, 'c'], ',', 'x')
SELECT format('%s and %I and %L', 'a', 'b c', 'd''e')
SELECT format('%-5s|', 'a')
SELECT quote_ident('a b'), quote_nullable(NULL)
SELECT regexp_replace('a1b22', '[0-9]+', '#', 'g'), regexp_replace('abc', '(b)', '[\1]'), regexp_replace('ABC', 'b', 'x', 'i')
SELECT regexp_matches('foobar', 'o+')
SELECT regexp_split_to_table('a b', ' ')
SELECT split_part('one|two|three', '|', 2), split_part('abc', 'x', 1), split_part('a b', ' ', -1)
SELECT 'x' IN ('x', 'y'), 'x' NOT IN ('x', NULL), NULL IN ('x'), 'z' IN ('x', NULL)
SELECT ascii(''), chr(8364), ltrim('  a'), rtrim('a  '), initcap('o''neil mc-donald 2nd'), repeat('', 5), lpad('', 3, 'ab'), overlay('abcdef' PLACING 'XX' FROM 3 FOR 2)
SELECT md5('a') = '0cc175b9c0f1b6a831c399e269772661', encode('\xdeadbeef'::bytea, 'hex'), length('\x00ff'::bytea)
# B more of arrays and json
SELECT ARRAY[1,2,3] = ARRAY[1,2,3], ARRAY[1,2] < ARRAY[1,3], ARRAY[1] <> ARRAY[2], ARRAY[]::int[] = '{}'
SELECT ARRAY[1,2] @> ARRAY[1]::bigint[]
SELECT ARRAY[1,2,3]::bigint[] @> ARRAY[1]::bigint[], ARRAY['a'] <@ ARRAY['a','b'], ARRAY[1] && ARRAY[2]
SELECT array_append(ARRAY[1], 3000000000), array_append(ARRAY[1], 2.5), array_prepend(1.5, ARRAY[1]), array_cat(ARRAY[1], ARRAY[2.5])
SELECT array_append(ARRAY[1], 'x')
SELECT array_append(ARRAY[1], '7'), array_position(ARRAY[1,2], 2), array_position(ARRAY[1,2], 9), array_remove(ARRAY['a', NULL], NULL)
SELECT 1 = ANY(ARRAY[1, 2]::bigint[]), 1::bigint = ANY(ARRAY[1, 2]), 2.0 = ANY(ARRAY[1, 2]), '1' = ANY(ARRAY[1, 2])
SELECT 5 = ANY(ARRAY[]::int[]), 5 <> ALL(ARRAY[]::int[]), NULL = ANY(ARRAY[1]), 3 = ANY(NULL)
SELECT (ARRAY['x','y'])[0], (ARRAY['x','y'])[-1], (ARRAY[1,2,3])[:2], (ARRAY[1,2,3])[2:9], (ARRAY[1,2,3])[5:]
SELECT array_length(ARRAY[]::int[], 1), array_length(ARRAY[1,2], 2), cardinality(ARRAY[]::text[]), array_lower(ARRAY[5,6], 1), array_ndims(ARRAY[1])
SELECT '{a,"b c",NULL,"NULL","q\"uote",""}'::text[], '{}'::text[], '{ a , b }'::text[], '{1, 2}'::int[], '{t,f}'::bool[], '{2026-01-01}'::date[]
SELECT '{a'::text[]
SELECT '{a,}'::text[]
SELECT '{"a"b}'::text[]
SELECT '[0:1]={1,2}'::int[]
SELECT ARRAY[1,2]::text, ARRAY['a b', NULL, '', 'x"y', '{', 'null']::text, ARRAY[TRUE]::text, ARRAY[1.50]::text, ARRAY[DATE '2026-01-01']::text
SELECT * FROM unnest(ARRAY['x','y']) WITH ORDINALITY AS t
SELECT * FROM unnest(ARRAY['x','y']) WITH ORDINALITY
SELECT u FROM unnest(ARRAY[3,1]) u ORDER BY u
SELECT unnest FROM unnest(ARRAY[3,1]) ORDER BY 1
SELECT * FROM unnest(ARRAY[1,2]) AS a, unnest(ARRAY['p','q']) AS b ORDER BY 1, 2
SELECT sum(x) FROM unnest(ARRAY[1,2,NULL]) x
SELECT x, y FROM unnest(ARRAY[1,2], ARRAY['a']) AS t(x, y)
SELECT unnest(ARRAY[1,2]), unnest(ARRAY['a','b','c'])
SELECT array_agg(x) FROM (VALUES (1), (NULL), (2)) t(x)
SELECT array_agg(x ORDER BY x DESC NULLS LAST), array_agg(DISTINCT x) FROM (VALUES (1), (NULL), (2), (1)) t(x)
SELECT array_agg(x) FILTER (WHERE x IS NOT NULL) FROM (VALUES (1), (NULL)) t(x)
SELECT string_agg(x, ','), string_agg(x, ',' ORDER BY x DESC), string_agg(DISTINCT x, ',' ORDER BY x) FROM (VALUES ('b'), ('a'), ('b'), (NULL)) t(x)
SELECT string_agg(x, y ORDER BY x) FROM (VALUES ('a', '-'), ('b', '+')) t(x, y)
SELECT string_agg(x::text, ', ') FROM generate_series(1, 3) x
SELECT '{"a": {"b": [1, {"c": null}]}}'::jsonb #>> '{a,b,1,c}', '{"a": 1}'::jsonb ->> 'b', '[1, [2, 3]]'::jsonb #> '{1,0}', '{"a":1}'::jsonb #>> '{}', '[1,2,3]'::jsonb ->> -1
SELECT '{"a": "x"}'::json -> 'a', '{"a": "x"}'::json ->> 'a', '[1, 2]'::json -> 1, '{"b": 1, "a": 2}'::json
SELECT '{"a":1}'::jsonb @> '{}', '[1,2,[1,3]]'::jsonb @> '[[3]]', '"x"'::jsonb @> '"x"', '["x"]'::jsonb @> '"x"', '{"a":[1,2]}'::jsonb @> '{"a":2}', '{"a":1}'::jsonb <@ '{"a":1,"b":2}'
SELECT '{"a":1,"b":2}'::jsonb ?& ARRAY['a','c'], '["a","b"]'::jsonb ? 'b', '"a"'::jsonb ? 'a', '{"a":1}'::jsonb ?| ARRAY[]::text[]
SELECT '1.0'::jsonb, '1.0'::jsonb = '1', '1e2'::jsonb, '-0'::jsonb, '12345678901234567890'::jsonb, '0.10'::jsonb::text, '1E-3'::jsonb::text
SELECT 'tru'::jsonb
SELECT '01'::jsonb
SELECT '{"a":}'::json
SELECT '"\ud800"'::jsonb
SELECT '["a", {"b": [], "c": {}}]'::jsonb::text, '"é\u00e9\\n"'::jsonb::text, '{"bb":1,"a":2,"c":3}'::jsonb::text, '[ ]'::json::text
SELECT jsonb_set('{"a":[1,2]}', '{a,5}', '9'), jsonb_set('{"a":[1,2]}', '{a,-1}', '9'), jsonb_set('{"a":1}', '{b,c}', '9'), jsonb_set('{"a":1}', '{a}', 'null'), jsonb_set(NULL, '{a}', '1')
SELECT jsonb_set('5', '{a}', '1')
SELECT '[1,2]'::jsonb || '[]', '{}'::jsonb || '{"a":null}', '1'::jsonb || '2', '[1]'::jsonb || '{"a":1}'
SELECT '{"a":1}'::jsonb || '[2]'
SELECT '{"a":1}'::jsonb - 'z', '[3,4,5]'::jsonb - 1, '[3,4,5]'::jsonb - (-1), '["x","y"]'::jsonb - 'x', '{"a":{"b":1,"c":2}}'::jsonb #- '{a,c}'
SELECT '5'::jsonb - 'a'
SELECT key, value, jsonb_typeof(value) FROM jsonb_each('{"n": 1, "s": "x", "l": [], "o": {}, "z": null, "b": true}') ORDER BY key
SELECT k, v FROM jsonb_each_text('{"a": 1, "b": [1, 2], "c": null}') AS t(k, v) ORDER BY k
SELECT e FROM jsonb_array_elements_text('["x", "y"]') e
SELECT e.value FROM jsonb_array_elements('[1]') e
SELECT e->>'id' AS id FROM jsonb_array_elements('[{"id": 1}, {"id": 2}]') AS e ORDER BY 1 DESC
SELECT (e->>'id')::int + 1 FROM jsonb_array_elements('[{"id": 1}]') AS t(e)
SELECT k FROM jsonb_object_keys('{"a":1,"bb":2}') AS k ORDER BY k
SELECT jsonb_array_elements('[1, 2]')
SELECT jsonb_array_elements('{}')
SELECT jsonb_build_object('d', DATE '2026-01-01', 't', TIMESTAMPTZ '2026-01-01 10:00:00Z', 'n', 1.50, 'i', INTERVAL '1 day', 'b', FALSE, 'a', ARRAY['x'], 'u', 'q"u')
SELECT jsonb_build_array(), json_build_array(1, NULL), json_build_object(), to_json('a"b'::text), to_jsonb(NULL::int), to_jsonb(1.0), to_jsonb('{"a":1}'::json)
SELECT jsonb_agg(x), json_agg(x) FROM (VALUES (1.50), (NULL)) t(x)
SELECT jsonb_object_agg(k, v) FROM (VALUES ('b', 1), ('a', NULL)) t(k, v)
SELECT jsonb_object_agg(k, v) FROM (VALUES (NULL, 1)) t(k, v)
SELECT jsonb_pretty('{"a":1}')
SELECT jsonb_path_query('{"a":1}', '$.a')
SELECT ('{"a": 5}'::jsonb -> 'a')::int + 1, ('{"a": 2.7}'::jsonb -> 'a')::int, ('{"a": "5"}'::jsonb ->> 'a')::numeric, ('true'::jsonb)::boolean
SELECT '{"a":1}'::jsonb = '{"a":1}', '{"a":1}'::jsonb <> '{"b":1}', '[1,2]'::jsonb < '[1,3]', '"b"'::jsonb > '"a"', 'null'::jsonb < '1', 'true'::jsonb > '"x"'
SELECT x FROM (VALUES ('{"a":1}'::jsonb), ('[1]'), ('"s"'), ('2'), ('null'), ('true'), ('{}'), ('[]')) t(x) ORDER BY x
SELECT DISTINCT x FROM (VALUES ('{"a":1, "b":2}'::jsonb), ('{"b":2,"a":1}')) t(x)
# B times
SELECT date_trunc('hour', TIMESTAMPTZ '2026-05-06 07:08:09.123Z'), date_trunc('week', TIMESTAMP '2026-05-06'), date_trunc('quarter', DATE '2026-05-06'), date_trunc('year', TIMESTAMP '2026-05-06'), date_trunc('decade', TIMESTAMP '2026-05-06'), date_trunc('minute', INTERVAL '1 day 02:03:04')
SELECT date_trunc('nope', now())
SELECT EXTRACT(EPOCH FROM TIMESTAMPTZ '2026-01-01 00:00:00.5Z'), EXTRACT(WEEK FROM DATE '2026-01-01'), EXTRACT(ISODOW FROM DATE '2026-01-04'), EXTRACT(DOY FROM DATE '2026-12-31'), EXTRACT(QUARTER FROM DATE '2026-08-01'), EXTRACT(ISOYEAR FROM DATE '2027-01-01'), EXTRACT(SECOND FROM TIME '10:20:30.25'), EXTRACT(MILLISECONDS FROM TIMESTAMP '2026-01-01 00:00:01.5')
SELECT EXTRACT(EPOCH FROM INTERVAL '1 day 2 hours'), EXTRACT(DAY FROM INTERVAL '40 days'), EXTRACT(MONTH FROM INTERVAL '14 months'), EXTRACT(HOUR FROM INTERVAL '30 hours'), date_part('epoch', INTERVAL '1 year')
SELECT EXTRACT(FOO FROM now())
SELECT EXTRACT(HOUR FROM DATE '2026-01-01')
SELECT age(TIMESTAMP '2026-03-01', TIMESTAMP '2024-02-29'), age(DATE '2026-01-31', DATE '2025-12-31'), age(TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-02 12:00')
SELECT TIMESTAMPTZ '2026-03-31 00:00:00Z' - INTERVAL '1 month', DATE '2026-03-31' - INTERVAL '1 month 1 day', TIMESTAMP '2026-01-01' + INTERVAL '1 year -1 day', DATE '2026-01-01' + TIME '10:30'
SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' + 30 * INTERVAL '1 minute', TIMESTAMPTZ '2026-01-01 00:00:00Z' + $1 * INTERVAL '1 second', TIMESTAMPTZ '2026-01-01 00:00:00Z' + ($2 || ' days')::interval <- [90, "3"]
SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' + make_interval(hours => $1) <- [36]
SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' + ($1::text || ' hours')::interval <- [5]
SELECT now() > $1, now() - $2::timestamptz > INTERVAL '1 day' <- ["2020-01-01T00:00:00Z", "2020-01-01 00:00:00"]
SELECT to_timestamp(0), to_timestamp(1767225600.25), to_timestamp($1) <- [1767225600]
SELECT to_timestamp('2026', 'YYYY')
SELECT TIMESTAMPTZ '2026-01-01 12:00:00Z' AT TIME ZONE 'UTC', (TIMESTAMPTZ '2026-01-01 12:00:00Z' AT TIME ZONE 'UTC')::date, TIMESTAMP '2026-01-01 12:00' AT TIME ZONE 'utc'
SELECT INTERVAL '1 day 25 hours', INTERVAL '-1 month 5 days', INTERVAL '1 year' - INTERVAL '1 day', INTERVAL '00:00:00.000001', INTERVAL '1.5 days', INTERVAL '0.1 month', INTERVAL '100 hours'
SELECT INTERVAL '1 day' > INTERVAL '23 hours', INTERVAL '1 month' > INTERVAL '29 days', INTERVAL '0' = INTERVAL '0 days', max(x), min(x) FROM (VALUES (INTERVAL '1 day'), (INTERVAL '23 hours')) t(x)
SELECT INTERVAL '3 hours' * 1.5, INTERVAL '1 day' / 3, INTERVAL '1 month' / 2, 2.5 * INTERVAL '1 day', -INTERVAL '1 day 02:00'
SELECT justify_hours(INTERVAL '50 hours'), justify_days(INTERVAL '65 days'), make_interval(1, 2, 3, 4, 5, 6, 7.5), make_date(2026, 2, 28) + 1
SELECT DATE '2024-02-28' + 1, DATE '2026-12-31' + 1, DATE '2026-01-01' - 366, DATE '2026-05-01' - DATE '2026-04-01', DATE '0001-01-01', DATE '9999-12-31'
SELECT DATE '2026-02-29'
SELECT TIMESTAMP '2026-01-01 00:00:60', TIMESTAMP '2026-01-01 23:59:59.9999999'
SELECT DATE '2026-01-01' > now(), CURRENT_DATE - 1 < CURRENT_DATE, CURRENT_DATE::timestamptz <= now(), now()::date = CURRENT_DATE, now()::text = now()::text
SELECT x::date, count(*) FROM generate_series(TIMESTAMPTZ '2026-01-01 00:00:00Z', TIMESTAMPTZ '2026-01-02 23:00:00Z', INTERVAL '6 hours') x GROUP BY 1 ORDER BY 1
SELECT 'yesterday'::date < CURRENT_DATE
SELECT 'now'::timestamptz = now()
SELECT 'infinity'::timestamptz > now()
SELECT TIME '10:00' < TIME '10:00:01', TIME '23:59' + INTERVAL '2 minutes', '10:20 PM'::time
SELECT DATE 'Jan 5 2026'
SELECT '01/02/2026'::date
SELECT '20260102'::date
