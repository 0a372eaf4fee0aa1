# C with, regex, misc
WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT x, y FROM a, b
WITH t(n, m) AS (SELECT 1, 'x') SELECT * FROM t
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT n FROM c ORDER BY n
WITH RECURSIVE f(a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM f WHERE b < 50) SELECT a FROM f ORDER BY a
CREATE TABLE tree (id INT, parent INT, name TEXT)
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'a'), (3, 1, 'b'), (4, 2, 'aa')
WITH RECURSIVE t AS (SELECT id, name, 0 AS depth FROM tree WHERE parent IS NULL UNION ALL SELECT c.id, c.name, t.depth + 1 FROM tree c JOIN t ON c.parent = t.id) SELECT * FROM t ORDER BY id
WITH RECURSIVE t AS (SELECT id, name::text AS path FROM tree WHERE parent IS NULL UNION ALL SELECT c.id, t.path || '/' || c.name FROM tree c JOIN t ON c.parent = t.id) SELECT path FROM t ORDER BY path
WITH gone AS (SELECT id FROM tree WHERE name = 'b') DELETE FROM tree WHERE id IN (SELECT id FROM gone) RETURNING id
WITH new AS (SELECT 9 AS id, 'z' AS name) INSERT INTO tree (id, name) SELECT id, name FROM new RETURNING *
WITH x AS (SELECT max(id) AS m FROM tree) UPDATE tree SET name = 'last' FROM x WHERE tree.id = x.m RETURNING tree.id, tree.name
WITH x AS (DELETE FROM tree RETURNING id) SELECT * FROM x
WITH x AS (SELECT 1) SELECT * FROM nope
SELECT 'hello' ~ 'l+', 'hello' ~ '^L', 'hello' ~* '^HE', 'hello' !~ 'z', 'hello' !~* 'LL', 'a.b' ~ 'a\.b', 'x1' ~ '^\w\d$'
SELECT 'abc' ~ '[[:alpha:]]+', 'foo bar' ~ '\mbar\M', '123' ~ '^[0-9]{3}$', 'a|b' ~ '^(a|b)$', NULL ~ 'a'
SELECT 'x' ~ '['
SELECT regexp_replace('hello world', 'o', '0'), regexp_replace('hello world', 'o', '0', 'g'), regexp_replace('John Smith', '(\w+) (\w+)', '\2, \1'), regexp_replace('ABC', 'b', 'x', 'gi'), regexp_replace('abc', 'z', 'y')
SELECT regexp_match('foobar', 'o+(b)'), regexp_match('x', 'y'), substring('foo123' FROM '[0-9]+'), regexp_split_to_array('a1b2c', '[0-9]')
SELECT regexp_replace('abc', '(?=b)', 'x')
SELECT left('abc', 1), right('abc', 1), md5(''), md5('é'), length(gen_random_uuid()::text)
SELECT 'a' = ALL(ARRAY['a']), (1, 2) = (1, 2), (1, 2) < (1, 3), (1, NULL) = (1, 2), (2, NULL) > (1, 2)
SELECT t.x, u.y FROM (SELECT 1 AS x) t, LATERAL (SELECT t.x + 1 AS y) u
SELECT t.id, u.m FROM tree t LEFT JOIN LATERAL (SELECT max(id) AS m FROM tree c WHERE c.parent = t.id) u ON TRUE ORDER BY 1
SELECT TIMESTAMP '2026-01-01', TIMESTAMP WITH TIME ZONE '2026-01-01 00:00:00+01', DATE '2026-02-03', TIME '01:02:03'
CREATE TABLE iv (id INT, span INTERVAL, d NUMERIC, f REAL)
INSERT INTO iv VALUES (1, '1 day', 1.50, 0.1), (2, '25 hours', 1.5, 0.2), (3, NULL, 10, 1e10)
SELECT id, span, span * 2, d, d * 2, f, f * 2, f + 1 FROM iv ORDER BY span DESC, id
SELECT d, count(*) FROM iv GROUP BY d ORDER BY d
SELECT sum(span), sum(d), sum(f), max(d) FROM iv
SELECT encode('abc'::bytea, 'hex'), encode('abc'::bytea, 'base64'), decode('616263', 'hex'), 'abc'::bytea, octet_length('abc'::bytea)
SELECT GROUPING(id) FROM iv GROUP BY ROLLUP (id)
SELECT * FROM iv TABLESAMPLE SYSTEM (50)
SELECT to_tsvector('a b') @@ to_tsquery('a')
SELECT nextval('x')
SELECT '[1,5)'::int4range
SELECT point(1, 2)
SELECT row_to_json(iv) FROM iv
SELECT iv FROM iv
SELECT ctid FROM iv
SELECT current_user
SELECT version()
SELECT 1 WHERE 1 = 1 AND NOT (2 = 3 OR NULL)
SELECT x FROM (SELECT 1 AS x UNION ALL SELECT 2) t WHERE x > 1
SELECT count(*) FROM (SELECT DISTINCT g % 3 FROM generate_series(1, 10) g) t
SELECT g % 2 AS odd, array_agg(g ORDER BY g) FROM generate_series(1, 5) g GROUP BY 1 ORDER BY 1
SELECT sum(g) OVER (ORDER BY g ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) FROM generate_series(1, 4) g
SELECT max(length(name)), min(name) FROM tree
SELECT (SELECT count(*) FROM tree t2 WHERE t2.parent = t1.id) FROM tree t1 ORDER BY t1.id
SELECT id FROM tree ORDER BY (SELECT count(*) FROM tree c WHERE c.parent = tree.id) DESC, id
SELECT * FROM (SELECT id, name FROM tree ORDER BY id DESC LIMIT 2) t ORDER BY id
SELECT name FROM tree WHERE name = (SELECT max(name) FROM tree)
SELECT coalesce((SELECT id FROM tree WHERE id = 999), -1)
