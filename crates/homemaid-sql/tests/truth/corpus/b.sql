# B date functions
SELECT date_trunc('month', TIMESTAMPTZ '2026-05-17 10:20:30Z'), date_trunc('day', TIMESTAMP '2026-05-17 10:20:30'), date_trunc('hour', TIMESTAMP '2026-05-17 10:20:30'), date_trunc('week', TIMESTAMP '2026-05-17'), date_trunc('quarter', TIMESTAMP '2026-05-17'), date_trunc('year', DATE '2026-05-17')
SELECT date_trunc('minute', TIMESTAMP '2026-05-17 10:20:30.5'), date_trunc('second', TIMESTAMP '2026-05-17 10:20:30.5'), date_trunc('decade', TIMESTAMP '2026-05-17'), date_trunc('century', TIMESTAMP '2026-05-17'), date_trunc('hour', INTERVAL '3 days 02:47:33')
SELECT date_trunc('nonsense', now())
SELECT EXTRACT(YEAR FROM ts), EXTRACT(MONTH FROM ts), EXTRACT(DAY FROM ts), EXTRACT(HOUR FROM ts), EXTRACT(MINUTE FROM ts), EXTRACT(SECOND FROM ts), EXTRACT(DOW FROM ts), EXTRACT(DOY FROM ts), EXTRACT(ISODOW FROM ts), EXTRACT(WEEK FROM ts), EXTRACT(QUARTER FROM ts), EXTRACT(EPOCH FROM ts) FROM (SELECT TIMESTAMPTZ '2026-05-17 10:20:30.25Z' AS ts) t
SELECT EXTRACT(EPOCH FROM INTERVAL '1 day 2 hours'), EXTRACT(DAY FROM INTERVAL '3 days 2 hours'), EXTRACT(HOUR FROM INTERVAL '30 hours'), EXTRACT(EPOCH FROM DATE '2026-01-01'), EXTRACT(MILLISECONDS FROM TIMESTAMP '2026-01-01 00:00:01.5'), EXTRACT(EPOCH FROM INTERVAL '1 year 1 month')
SELECT EXTRACT(EPOCH FROM (TIMESTAMPTZ '2026-01-02 00:00:00Z' - TIMESTAMPTZ '2026-01-01 00:00:00Z')) / 3600, EXTRACT(EPOCH FROM TIMESTAMPTZ '2026-01-01 00:00:00Z')::bigint
SELECT EXTRACT(HOUR FROM DATE '2026-01-01')
SELECT EXTRACT(NONSENSE FROM now())
SELECT date_part('dow', TIMESTAMP '2026-05-17'), date_part('epoch', INTERVAL '90 seconds'), date_part('week', DATE '2021-01-01'), EXTRACT(ISOYEAR FROM DATE '2021-01-01'), EXTRACT(CENTURY FROM DATE '2026-01-01')
SELECT to_char(ts, 'YYYY-MM-DD'), to_char(ts, 'HH24:MI:SS'), to_char(ts, 'Mon DD, YYYY'), to_char(ts, 'FMMonth FMDD'), to_char(ts, 'Day'), to_char(ts, 'Dy'), to_char(ts, 'HH12:MI AM'), to_char(ts, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), to_char(ts, 'IYYY-IW'), to_char(ts, 'DDD Q D'), to_char(ts, 'DDth'), to_char(ts, 'MONTH'), to_char(ts, 'YY/MM/DD MS US') FROM (SELECT TIMESTAMPTZ '2026-05-07 15:04:05.678Z' AS ts) t
SELECT to_char(DATE '2026-01-05', 'Month DD'), to_char(TIMESTAMP '2026-12-25 00:30', 'hh12:mi am'), to_char(now(), 'YYYY') = EXTRACT(YEAR FROM now())::text
SELECT to_timestamp(0), to_timestamp(1767225600.5), to_timestamp(1767225600)
SELECT age(TIMESTAMP '2026-05-17', TIMESTAMP '2024-02-29'), age(TIMESTAMP '2026-01-01', TIMESTAMP '2026-03-15 10:00'), age(TIMESTAMPTZ '2026-03-31 00:00:00Z', TIMESTAMPTZ '2026-02-28 00:00:00Z'), age(DATE '2026-05-01', DATE '2026-05-01')
SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' AT TIME ZONE 'UTC', TIMESTAMP '2026-01-01 00:00:00' AT TIME ZONE 'UTC', timezone('UTC', TIMESTAMPTZ '2026-01-01 00:00:00Z')
SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' AT TIME ZONE 'America/New_York'
SELECT make_date(2026, 2, 28), make_timestamp(2026, 1, 2, 3, 4, 5.5), justify_days(INTERVAL '35 days'), justify_hours(INTERVAL '27 hours'), isfinite(DATE '2026-01-01')
SELECT make_date(2026, 2, 30)
# B arrays
CREATE TABLE arr (id INT, n INT[], t TEXT[] DEFAULT '{}')
INSERT INTO arr VALUES (1, '{1,2,3}', '{a,b}'), (2, ARRAY[4,5], ARRAY['c d', 'e"f']), (3, NULL, NULL), (4, '{}', '{NULL,"null"}')
INSERT INTO arr (id) VALUES (5)
INSERT INTO arr VALUES (6, '{1,x}', NULL)
INSERT INTO arr VALUES (6, 'nope', NULL)
INSERT INTO arr VALUES (7, $1, $2) <- [[7, 8], ["p", "q r"]]
SELECT * FROM arr ORDER BY id
SELECT id, n[1], n[9], t[2], cardinality(n), array_length(n, 1), array_upper(t, 1) FROM arr ORDER BY id
SELECT id FROM arr WHERE 2 = ANY(n) ORDER BY id
SELECT id FROM arr WHERE 'a' = ANY(t) ORDER BY id
SELECT id FROM arr WHERE 2 <> ALL(n) ORDER BY id
SELECT id FROM arr WHERE NOT (2 = ANY(n)) ORDER BY id
SELECT id FROM arr WHERE id = ANY('{1,2}') ORDER BY id
SELECT id FROM arr WHERE id = ANY(ARRAY[1,7]) ORDER BY id
SELECT id FROM arr WHERE id = ANY($1) ORDER BY id <- [[1, 4]]
SELECT id FROM arr WHERE id <> ALL($1) ORDER BY id <- [[1, 4]]
SELECT id FROM arr WHERE id = ANY($1) <- [[]]
SELECT id FROM arr WHERE n @> ARRAY[1,2] ORDER BY id
SELECT id FROM arr WHERE n && ARRAY[5,7] ORDER BY id
SELECT id FROM arr WHERE ARRAY['a'] <@ t ORDER BY id
SELECT id FROM arr WHERE n = ARRAY[4,5]
SELECT n FROM arr ORDER BY n, id
UPDATE arr SET n = array_append(n, 9) WHERE id = 1 RETURNING n
UPDATE arr SET t = array_remove(t, 'a') WHERE id = 1 RETURNING t
UPDATE arr SET n = n || 10, t = t || ARRAY['z'] WHERE id = 1 RETURNING n, t
UPDATE arr SET t = array_append(t, $1) WHERE id = 3 RETURNING t <- ["new"]
SELECT array_append(NULL, 1), array_prepend(0, ARRAY[1]), array_cat(ARRAY[1], ARRAY[2]), array_remove(ARRAY[1,2,1], 1), array_replace(ARRAY[1,2,1], 1, 9), array_position(ARRAY['a','b'], 'b')
SELECT ARRAY[1,2] || 3, 0 || ARRAY[1,2], ARRAY[1,2] || ARRAY[3], ARRAY['a'] || 'b'::text, ARRAY[1,2] || NULL
SELECT (ARRAY[1,2,3])[2:3], (ARRAY[1,2,3])[2:], (ARRAY['a','b'])[1]
SELECT ARRAY[1,2]::text[], ARRAY['1','2']::int[], '{1,2}'::int[]::text, ARRAY[1, 2.5], ARRAY[NULL, 1], ARRAY[]::int[], ARRAY[TRUE, FALSE]
SELECT ARRAY[]
SELECT ARRAY[1, 'x']
SELECT array_to_string(ARRAY[1,2,NULL,3], ','), array_to_string(ARRAY['a',NULL], '-', '?'), string_to_array('a,b,c', ','), string_to_array('abc', NULL), array_to_string(ARRAY[TRUE,FALSE], ',')
SELECT * FROM unnest(ARRAY[3,1,2]) AS u ORDER BY u
SELECT * FROM unnest(ARRAY['a','b']) WITH ORDINALITY AS t(v, n) ORDER BY n
SELECT unnest(ARRAY[1,2])
SELECT id, unnest(n) FROM arr WHERE id < 3 ORDER BY id, 2
SELECT a.id, x FROM arr a, unnest(a.n) AS x WHERE a.id < 3 ORDER BY 1, 2
SELECT a.id, x FROM arr a CROSS JOIN LATERAL unnest(a.t) AS x WHERE a.id < 3 ORDER BY 1, 2
SELECT * FROM unnest(ARRAY[1,2], ARRAY['x','y','z']) AS t(a, b)
INSERT INTO arr (id, t) SELECT x, ARRAY['gen'] FROM unnest($1::int[]) AS x RETURNING id <- [[20, 21]]
SELECT array_agg(id ORDER BY id DESC), array_agg(DISTINCT id % 2), array_agg(id) FILTER (WHERE id > 100) FROM arr
SELECT ARRAY(SELECT id FROM arr ORDER BY id LIMIT 2), cardinality(ARRAY[1,2])
SELECT 1 = ANY(ARRAY[1,NULL]), 2 = ANY(ARRAY[1,NULL]), 2 <> ALL(ARRAY[1,NULL]), 1 = ANY(NULL::int[]), 2 > ANY(ARRAY[1])
SELECT 1 = ANY(5)
SELECT 'x' = ANY(ARRAY[1,2])
SELECT ARRAY[[1,2],[3,4]]
# B windows
CREATE TABLE w (id INT, g TEXT, v INT)
INSERT INTO w VALUES (1,'a',10),(2,'a',20),(3,'a',20),(4,'b',5),(5,'b',NULL),(6,'c',7)
SELECT id, row_number() OVER (ORDER BY id), rank() OVER (ORDER BY v), dense_rank() OVER (ORDER BY v DESC) FROM w ORDER BY id
SELECT id, row_number() OVER (PARTITION BY g ORDER BY v DESC, id) AS rn FROM w ORDER BY id
SELECT id, sum(v) OVER (PARTITION BY g), sum(v) OVER (ORDER BY id), avg(v) OVER (PARTITION BY g), count(*) OVER () FROM w ORDER BY id
SELECT id, lag(v) OVER (ORDER BY id), lead(v) OVER (ORDER BY id), lag(v, 2, 0) OVER (ORDER BY id), first_value(v) OVER (PARTITION BY g ORDER BY id), last_value(v) OVER (PARTITION BY g ORDER BY id) FROM w ORDER BY id
SELECT id, ntile(2) OVER (ORDER BY id), percent_rank() OVER (ORDER BY id), cume_dist() OVER (ORDER BY id), nth_value(v, 2) OVER (ORDER BY id) FROM w ORDER BY id
SELECT id, sum(v) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), max(v) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), min(v) OVER (ORDER BY id ROWS 2 PRECEDING) FROM w ORDER BY id
SELECT id, sum(v) OVER win, rank() OVER win FROM w WINDOW win AS (PARTITION BY g ORDER BY v) ORDER BY id
SELECT * FROM (SELECT id, g, row_number() OVER (PARTITION BY g ORDER BY v DESC NULLS LAST, id) AS rn FROM w) t WHERE rn = 1 ORDER BY id
SELECT g, sum(v), sum(sum(v)) OVER (ORDER BY g) FROM w GROUP BY g ORDER BY g
SELECT g, count(*), rank() OVER (ORDER BY count(*) DESC) FROM w GROUP BY g ORDER BY g
SELECT id FROM w WHERE row_number() OVER () = 1
SELECT lower(g) OVER () FROM w
SELECT row_number() FROM w
SELECT DISTINCT ON (g) g, id, v FROM w ORDER BY g, v DESC, id
SELECT DISTINCT ON (g) id FROM w ORDER BY g, id DESC
SELECT DISTINCT ON (g) id FROM w ORDER BY id
SELECT string_agg(g, ','  ORDER BY id), string_agg(DISTINCT g, '-'), string_agg(v::text, '+' ORDER BY v DESC, id) FROM w
SELECT g, string_agg(id::text, ',' ORDER BY id), bool_and(v > 5), bool_or(v > 15), every(v IS NOT NULL) FROM w GROUP BY g ORDER BY g
SELECT string_agg(g, ',') FROM w WHERE id > 100
SELECT json_agg(id ORDER BY id), jsonb_agg(g ORDER BY id), json_agg(v ORDER BY id), jsonb_object_agg(id, g) FROM w
SELECT json_agg(id), array_agg(id), bool_and(TRUE) FROM w WHERE FALSE
SELECT stddev(v::float8), variance(v::float8), stddev_pop(v::float8), percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM w
SELECT percentile_cont(0.25) WITHIN GROUP (ORDER BY v DESC) FROM w
# B json
CREATE TABLE j (id INT PRIMARY KEY, d JSONB NOT NULL DEFAULT '{}', r JSON)
INSERT INTO j VALUES (1, '{"a": 1, "b": {"c": [10, 20, {"d": "x"}]}, "n": null, "t": "txt", "f": 1.50}', '{"z": 1, "a": [1,2]}'), (2, '[1, "two", null, true]', '[]'), (3, '"scalar"', NULL), (4, '{}', NULL)
INSERT INTO j VALUES (5, $1, NULL) <- [{"p": {"q": 1}, "list": ["a", "b"]}]
INSERT INTO j VALUES (6, $1, NULL) <- ["{\"from\": \"text\"}"]
SELECT * FROM j ORDER BY id
SELECT d->'a', d->>'a', d->'b'->'c'->0, d->'b'->'c'->2->>'d', d->'n', d->>'n', d->'nope', d->>'t', d->'f' FROM j WHERE id = 1
SELECT d->0, d->>1, d->-1, d->9, d->>2 FROM j WHERE id = 2
SELECT d#>'{b,c,1}', d#>>'{b,c,2,d}', d#>>'{b}', d #> ARRAY['b','c'] FROM j WHERE id = 1
SELECT d->'a' = '1', (d->>'a')::int + 1, (d->'a')::int, (d->>'f')::numeric FROM j WHERE id = 1
SELECT id FROM j WHERE d @> '{"a": 1}' ORDER BY id
SELECT id FROM j WHERE d @> '{"b": {"c": [20]}}' ORDER BY id
SELECT id FROM j WHERE d ? 'a' ORDER BY id
SELECT id FROM j WHERE d ?| ARRAY['p', 'a'] ORDER BY id
SELECT id FROM j WHERE d ?& ARRAY['a', 'b'] ORDER BY id
SELECT id FROM j WHERE d @> $1 ORDER BY id <- [{"p": {"q": 1}}]
SELECT id FROM j WHERE d->>'t' = 'txt'
SELECT id FROM j WHERE d = '{}'
SELECT '{"a":1}'::jsonb || '{"b":2}', '[1]'::jsonb || '[2]', '{"a":1}'::jsonb || '{"a":3}'::jsonb, '[1]'::jsonb || '2'::jsonb
SELECT '{"a":1,"b":2}'::jsonb - 'a', '["a","b"]'::jsonb - 'a', '[1,2]'::jsonb - 0, '{"a":{"b":1}}'::jsonb #- '{a,b}', '{"a":1,"b":2}'::jsonb - ARRAY['a','b']
SELECT jsonb_set('{"a":{"b":1}}', '{a,b}', '2'), jsonb_set('{"a":1}', '{c}', '"new"'), jsonb_set('{"a":1}', '{c}', '"new"', FALSE), jsonb_set('[1,2,3]', '{1}', '9')
UPDATE j SET d = jsonb_set(d, '{a}', to_jsonb(5)) WHERE id = 1 RETURNING d->'a'
UPDATE j SET d = d || jsonb_build_object('k', $1) WHERE id = 4 RETURNING d <- [7]
UPDATE j SET d = d - 'k' WHERE id = 4 RETURNING d
SELECT jsonb_build_object('a', 1, 'b', 'x', 'c', NULL, 'd', TRUE, 'e', 1.5, 'f', ARRAY[1,2], 'g', '{"x":1}'::jsonb), json_build_object('z', 1, 'a', 2), jsonb_build_array(1, 'a', NULL, TRUE)
SELECT jsonb_build_object('a')
SELECT jsonb_array_length('[1,2,3]'), json_array_length('[]'), jsonb_typeof('1'), jsonb_typeof('{}'), jsonb_typeof('null'), jsonb_typeof('"a"'), json_typeof('[]'), jsonb_strip_nulls('{"a":null,"b":1}')
SELECT jsonb_array_length('{}')
SELECT to_jsonb(1), to_jsonb('x'::text), to_jsonb(TRUE), to_jsonb(ARRAY[1,2]), to_json(1.5), to_jsonb(DATE '2026-01-01'), to_jsonb(TIMESTAMPTZ '2026-01-01 00:00:00Z')
SELECT * FROM jsonb_array_elements('[1, {"a": 2}, "x"]') AS e
SELECT value FROM jsonb_array_elements('[1,2]')
SELECT * FROM jsonb_array_elements_text('["a", 1, null]') AS e
SELECT * FROM jsonb_each('{"a": 1, "b": "x"}')
SELECT key, value FROM jsonb_each_text('{"a": 1, "b": null}')
SELECT jsonb_object_keys('{"b":1,"a":2}')
SELECT id, e FROM j, jsonb_array_elements(d) e WHERE id = 2
SELECT id, e->>'x' FROM j CROSS JOIN LATERAL jsonb_array_elements(d->'b'->'c') AS e WHERE id = 1
SELECT '{"b":1,"a":2}'::jsonb::text, '{"b":1,"a":2}'::json::text, '[1, 2.0,  3e2]'::jsonb::text, '{"a":1,"a":2}'::jsonb, '"\u00e9\n"'::jsonb, ' 5 '::jsonb
SELECT '{bad'::jsonb
SELECT '{"a":1}'::jsonb = '{"a": 1.0}'::jsonb, '{"a":1}'::jsonb < '{"a":2}'::jsonb, '[1]'::jsonb > '{}'::jsonb, 'null'::jsonb IS NULL
SELECT '{"a":1}'::json = '{"a":1}'::json
SELECT ('{"a":"5"}'::jsonb->>'a')::int, ('{"a":"5"}'::jsonb->'a')::text, ('{"a":true}'::jsonb->'a')::boolean, jsonb_extract_path_text('{"a":{"b":"c"}}', 'a', 'b')
SELECT ('{"a":"5"}'::jsonb->'a')::int
SELECT DISTINCT d->'a' FROM j ORDER BY 1
SELECT d, count(*) FROM j WHERE id > 3 GROUP BY d ORDER BY d
SELECT '[1,2]'::jsonb->'a', '{"a":1}'::jsonb->0, '5'::jsonb->'a', ('{"a":{"b":2}}'::jsonb)['a']['b']
# B series, values, misc
SELECT * FROM generate_series(1, 5)
SELECT n FROM generate_series(10, 1, -3) AS n
SELECT * FROM generate_series(1, 3) AS g(x), generate_series(1, 2) AS h(y) ORDER BY x, y
SELECT * FROM generate_series(5, 1)
SELECT * FROM generate_series(1, 5, 0)
SELECT d FROM generate_series(TIMESTAMP '2026-01-30', TIMESTAMP '2026-02-02', INTERVAL '1 day') AS d
SELECT d::date FROM generate_series(DATE '2026-01-01', DATE '2026-03-01', '1 month') AS d
SELECT generate_series(1, 3) AS n, 'x' AS c
SELECT count(*), sum(n) FROM generate_series(1, 1000) n
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(id, name) ORDER BY id
SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS v ORDER BY 1
SELECT column1, column2 FROM (VALUES (1, 2.5), (2, 3)) v ORDER BY 1
SELECT * FROM (VALUES (1), ('x')) v
SELECT * FROM (VALUES (1, 2), (3)) v
SELECT v.id, g FROM (VALUES (1), (2)) v(id) JOIN generate_series(1, 3) g ON g > v.id ORDER BY 1, 2
SELECT 5 IS DISTINCT FROM NULL, NULL IS DISTINCT FROM NULL, 5 IS NOT DISTINCT FROM 5
SELECT 5 BETWEEN SYMMETRIC 9 AND 1
SELECT pg_advisory_xact_lock(5) IS NOT NULL, pg_try_advisory_xact_lock(1, 2)
SELECT to_regclass('no_such_table')
