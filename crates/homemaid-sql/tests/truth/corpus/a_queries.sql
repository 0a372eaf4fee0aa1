# A select, joins, grouping
CREATE TABLE emp (id INT PRIMARY KEY, name TEXT, dept TEXT, salary INT, boss INT, score NUMERIC(6,2), hired DATE)
INSERT INTO emp VALUES (1,'Ann','eng',100,NULL,1.50,'2020-01-15'),(2,'bob','eng',80,1,2.25,'2021-02-20'),(3,'Cid','ops',70,1,NULL,'2021-12-31'),(4,'dee','ops',NULL,2,3.00,NULL),(5,'Eve',NULL,90,2,2.250,'2019-07-04'),(6,'fay','eng',80,NULL,0,'2022-02-28')
CREATE TABLE dept (code TEXT PRIMARY KEY, title TEXT, budget BIGINT)
INSERT INTO dept VALUES ('eng','Engineering',1000),('ops','Operations',500),('hr','People',NULL)
SELECT * FROM emp ORDER BY id
SELECT * FROM emp ORDER BY salary, id
SELECT * FROM emp ORDER BY salary DESC, id
SELECT id FROM emp ORDER BY salary NULLS FIRST, id DESC
SELECT id FROM emp ORDER BY salary DESC NULLS LAST, id
SELECT name FROM emp ORDER BY name
SELECT name FROM emp ORDER BY lower(name) DESC
SELECT name, salary * 2 AS double_pay FROM emp ORDER BY double_pay, name
SELECT name FROM emp ORDER BY (dept = 'eng') DESC, name
SELECT name FROM emp ORDER BY 2
SELECT name FROM emp ORDER BY nope
SELECT name, dept FROM emp ORDER BY 2 DESC, 1
SELECT name FROM emp ORDER BY id LIMIT 2
SELECT name FROM emp ORDER BY id LIMIT 2 OFFSET 3
SELECT name FROM emp ORDER BY id OFFSET 4
SELECT name FROM emp ORDER BY id LIMIT NULL
SELECT name FROM emp ORDER BY id LIMIT $1 OFFSET $2 <- [2, 1]
SELECT name FROM emp ORDER BY id LIMIT -1
SELECT name FROM emp ORDER BY id OFFSET -1
SELECT name FROM emp ORDER BY id LIMIT 'x'
SELECT name FROM emp ORDER BY id LIMIT '2'
SELECT name FROM emp ORDER BY id FETCH FIRST 2 ROWS ONLY
SELECT name FROM emp ORDER BY id FETCH NEXT ROW ONLY
SELECT DISTINCT dept FROM emp ORDER BY dept
SELECT DISTINCT salary, dept FROM emp ORDER BY salary, dept
SELECT DISTINCT dept FROM emp ORDER BY salary
SELECT DISTINCT score FROM emp ORDER BY score
SELECT count(*), count(salary), count(DISTINCT salary), sum(salary), avg(salary), min(salary), max(name) FROM emp
SELECT count(*), sum(salary), avg(score), min(hired), max(hired) FROM emp WHERE id > 100
SELECT sum(score), avg(score), min(score), max(score) FROM emp
SELECT avg(salary)::int, round(avg(salary), 2), sum(salary) / count(*) FROM emp
SELECT dept, count(*) FROM emp GROUP BY dept ORDER BY dept
SELECT dept, count(*) AS n, sum(salary) FROM emp GROUP BY dept HAVING count(*) > 1 ORDER BY n DESC, dept
SELECT dept, count(*) FROM emp GROUP BY 1 ORDER BY 2 DESC, 1
SELECT dept AS d, count(*) FROM emp GROUP BY d ORDER BY d
SELECT upper(dept), count(*) FROM emp GROUP BY upper(dept) ORDER BY 1
SELECT dept, salary FROM emp GROUP BY dept
SELECT dept, max(salary) FROM emp
SELECT name FROM emp HAVING count(*) > 1
SELECT id, name, count(*) FROM emp GROUP BY id ORDER BY id
SELECT e.id, e.name, d.title, count(*) FROM emp e JOIN dept d ON d.code = e.dept GROUP BY e.id, d.code ORDER BY e.id
SELECT score, count(*) FROM emp GROUP BY score ORDER BY score
SELECT salary > 85, count(*) FROM emp GROUP BY salary > 85 ORDER BY 1
SELECT dept, count(*) FILTER (WHERE salary > 75), sum(salary) FILTER (WHERE boss IS NULL) FROM emp GROUP BY dept ORDER BY dept
SELECT count(*) FROM emp WHERE count(*) > 1
SELECT sum(count(*)) FROM emp
SELECT dept FROM emp GROUP BY dept HAVING sum(salary) > 150
SELECT 1 FROM emp GROUP BY dept ORDER BY count(*), dept
SELECT count(*) > 3 AS many, 'x' AS k FROM emp
SELECT e.name, b.name AS boss FROM emp e JOIN emp b ON e.boss = b.id ORDER BY e.id
SELECT e.name, b.name FROM emp e LEFT JOIN emp b ON e.boss = b.id ORDER BY e.id
SELECT e.name, d.title FROM emp e RIGHT JOIN dept d ON d.code = e.dept ORDER BY d.code, e.id
SELECT e.name, d.title FROM emp e FULL JOIN dept d ON d.code = e.dept ORDER BY e.id, d.code
SELECT e.name, d.title FROM emp e CROSS JOIN dept d WHERE e.id < 3 ORDER BY e.id, d.code
SELECT e.name, d.title FROM emp e, dept d WHERE e.dept = d.code ORDER BY e.id
SELECT name, title FROM emp JOIN dept ON code = dept ORDER BY id
SELECT id FROM emp JOIN dept ON nope = dept
SELECT name FROM emp e JOIN emp b ON e.boss = b.id
SELECT emp.name FROM emp e
SELECT x.name FROM emp
SELECT * FROM emp, emp
SELECT name FROM emp WHERE dept IN ('eng', 'ops') ORDER BY id
SELECT name FROM emp WHERE dept NOT IN ('eng', 'ops') ORDER BY id
SELECT name FROM emp WHERE dept NOT IN ('eng', NULL) ORDER BY id
SELECT name FROM emp WHERE id IN (SELECT boss FROM emp) ORDER BY id
SELECT name FROM emp WHERE id NOT IN (SELECT boss FROM emp) ORDER BY id
SELECT name FROM emp WHERE id NOT IN (SELECT boss FROM emp WHERE boss IS NOT NULL) ORDER BY id
SELECT name FROM emp e WHERE EXISTS (SELECT 1 FROM emp b WHERE b.boss = e.id) ORDER BY id
SELECT name FROM emp e WHERE NOT EXISTS (SELECT 1 FROM emp b WHERE b.boss = e.id) ORDER BY id
SELECT name, (SELECT title FROM dept WHERE code = emp.dept) FROM emp ORDER BY id
SELECT name, (SELECT count(*) FROM emp b WHERE b.boss = emp.id) AS reports FROM emp ORDER BY id
SELECT (SELECT name FROM emp)
SELECT (SELECT name FROM emp WHERE id > 100)
SELECT (SELECT id, name FROM emp LIMIT 1)
SELECT id FROM emp WHERE (id, name) IN (SELECT id, name FROM emp WHERE id < 3) ORDER BY id
SELECT id FROM emp WHERE (dept, salary) = ('eng', 80) ORDER BY id
SELECT id FROM emp WHERE (dept, salary) < ('eng', 90) ORDER BY id
SELECT id FROM emp WHERE id IN (SELECT id, name FROM emp)
SELECT t.n FROM (SELECT id AS n FROM emp WHERE id > 4) t ORDER BY n
SELECT t.n, u.m FROM (SELECT id AS n FROM emp) t JOIN (SELECT boss AS m FROM emp) u ON t.n = u.m ORDER BY 1, 2
SELECT * FROM (SELECT dept, count(*) FROM emp GROUP BY dept) AS g ORDER BY count DESC, dept
SELECT * FROM (SELECT id, name FROM emp) AS x(a, b) WHERE a < 3 ORDER BY a
SELECT * FROM (SELECT 1)
SELECT name FROM emp WHERE salary BETWEEN 75 AND 95 ORDER BY id
SELECT name FROM emp WHERE salary NOT BETWEEN 75 AND 95 ORDER BY id
SELECT name FROM emp WHERE name BETWEEN 'A' AND 'c' ORDER BY id
SELECT name FROM emp WHERE salary IS NULL OR salary = 100 ORDER BY id
SELECT name FROM emp WHERE salary = NULL
SELECT name FROM emp WHERE salary IS DISTINCT FROM 80 ORDER BY id
SELECT name FROM emp WHERE salary IS NOT DISTINCT FROM NULL
SELECT name FROM emp WHERE boss
SELECT name FROM emp WHERE 'true'
SELECT name FROM emp WHERE name = 5
SELECT name FROM emp WHERE salary = '80' ORDER BY id
SELECT name FROM emp WHERE salary = 'abc'
SELECT name FROM emp WHERE hired > '2020-06-01' ORDER BY hired
SELECT name FROM emp WHERE hired = '2021-02-20'
SELECT id FROM emp UNION SELECT boss FROM emp ORDER BY 1
SELECT id FROM emp UNION ALL SELECT boss FROM emp ORDER BY id
SELECT id FROM emp INTERSECT SELECT boss FROM emp ORDER BY id
SELECT id FROM emp EXCEPT SELECT boss FROM emp ORDER BY id
SELECT id, name FROM emp UNION SELECT budget, title FROM dept ORDER BY 1, 2
SELECT id FROM emp UNION SELECT name FROM emp
SELECT id FROM emp UNION SELECT id, name FROM emp
SELECT 1 UNION SELECT 2.5 UNION SELECT NULL ORDER BY 1
SELECT 'a' UNION SELECT NULL UNION ALL SELECT 'b' ORDER BY 1
SELECT NULL UNION SELECT 1 ORDER BY 1
SELECT 1 AS a UNION SELECT 2 ORDER BY a DESC LIMIT 1
SELECT 1 UNION (SELECT 2 UNION ALL SELECT 2) ORDER BY 1
SELECT 1 UNION ALL SELECT 1 INTERSECT SELECT 2
(SELECT 1)
SELECT score FROM emp UNION SELECT 2.25 ORDER BY 1
SELECT 1.0 UNION SELECT 1 UNION SELECT 1.00
SELECT count(*) FROM (SELECT 1 UNION ALL SELECT 1) x
SELECT e.* FROM emp e WHERE id = 1
SELECT e.*, d.* FROM emp e JOIN dept d ON d.code = e.dept WHERE e.id = 1
SELECT *, id + 1 AS next FROM emp WHERE id = 2
SELECT nope.* FROM emp
SELECT * FROM emp e JOIN dept d ON d.code = e.dept WHERE d.budget > 600 ORDER BY e.id
UPDATE emp SET salary = salary + 1 FROM dept WHERE dept.code = emp.dept AND dept.budget > 600
UPDATE emp e SET name = e.name || '!' FROM dept d WHERE d.code = e.dept AND d.code = 'ops' RETURNING e.id, e.name
UPDATE emp SET salary = (SELECT max(budget) FROM dept) WHERE id = 1
SELECT id, name, salary FROM emp ORDER BY id
DELETE FROM emp USING dept WHERE emp.dept = dept.code AND dept.budget = 500 RETURNING emp.id
DELETE FROM emp WHERE id IN (SELECT id FROM emp ORDER BY id DESC LIMIT 1)
SELECT id FROM emp ORDER BY id FOR UPDATE
SELECT id FROM emp ORDER BY id FOR UPDATE SKIP LOCKED
SELECT id FROM emp NATURAL JOIN dept
SELECT * FROM emp JOIN (SELECT 'eng' AS dept, 5 AS extra) x USING (dept) ORDER BY id
SELECT dept, extra FROM emp LEFT JOIN (SELECT 'eng' AS dept, 5 AS extra) x USING (dept) ORDER BY id
SELECT x.dept FROM emp LEFT JOIN (SELECT 'eng' AS dept) x USING (dept) ORDER BY id
# A labels
SELECT 1
SELECT 1 AS one, 2 AS "Two", 3 three
SELECT 'x', NULL, TRUE, 1.5
SELECT count(*), max(1), coalesce(1, 2), nullif(1, 2), greatest(1, 2), least(1, 2)
SELECT 1 + 1, -5, NOT TRUE, 1 = 1, 1 IS NULL
SELECT CASE WHEN TRUE THEN 1 END
SELECT CASE WHEN TRUE THEN 1 ELSE abs(2) END
SELECT 1::int, '2'::text, 3::bigint::text, '{}'::jsonb, '1 day'::interval
SELECT CAST(1 AS text), CAST('5' AS int)
SELECT lower('A')::varchar, (1 + 1)::int
SELECT EXISTS (SELECT 1), (SELECT 5), (SELECT 5 AS five), (SELECT count(*))
SELECT NOT EXISTS (SELECT 1)
SELECT CURRENT_DATE = CURRENT_DATE, now() = now()
SELECT extract(year FROM DATE '2026-01-01'), date_part('year', DATE '2026-01-01')
SELECT ARRAY[1,2], (ARRAY[1,2])[1], ARRAY(SELECT 1)
SELECT 'a' || 'b', 'abc' LIKE 'a%', 5 BETWEEN 1 AND 9, 5 IN (1, 5)
SELECT trim(' a '), ltrim(' a'), substring('abc' FROM 2), position('b' IN 'abc'), overlay('abc' PLACING 'x' FROM 2)
SELECT 1 AS a, 2 AS a, 3 AS b
SELECT TIMESTAMP '2026-01-01 00:00:00', DATE '2026-01-01', INTERVAL '1 hour', TIME '10:00'
SELECT row_number() OVER (), sum(1) OVER (), ('{"a":1}'::jsonb)->'a', '{"a":1}'::jsonb->>'a'
SELECT x.y FROM (SELECT 1 AS y) x
SELECT "Y" FROM (SELECT 1 AS "Y") x
SELECT timestamptz '2026-01-01 00:00:00Z' AT TIME ZONE 'UTC'
SELECT -x, x + 1, (x), x::text, x IS NULL FROM (SELECT 1 AS x) t
# A literals and null logic
SELECT 'it''s', E'a\nb', E'\'', $$dollar$$, $x$a $$ b$x$
SELECT 1e3, 1.50, .5, 5., 1E-2, 123456789012345678901234567890
SELECT 2147483647, 2147483648, 9223372036854775807, 9223372036854775808
SELECT -2147483648, -9223372036854775808
SELECT 2147483647 + 1
SELECT 9223372036854775807 + 1
SELECT 2147483647 * 2
SELECT 30000::smallint + 30000::smallint
SELECT -(-2147483648)
SELECT NULL = NULL, NULL <> 1, NULL AND FALSE, NULL OR TRUE, NOT NULL, NULL IS NULL
SELECT TRUE AND NULL, FALSE AND NULL, TRUE OR NULL, FALSE OR NULL
SELECT 1 IN (2, NULL), 1 IN (1, NULL), 1 NOT IN (2, NULL)
SELECT NULL IS TRUE, NULL IS NOT TRUE, NULL IS FALSE, NULL IS UNKNOWN, TRUE IS NOT UNKNOWN
SELECT 1 AND 2
SELECT NOT 1
SELECT 5 / 2, -5 / 2, 5 % 2, -5 % 2, 5 / 2.0, 5.0 / 2, 7 / 2::float8
SELECT 1 / 0
SELECT 1.0 / 0
SELECT 1::float8 / 0
SELECT 5 % 0
SELECT 1 / 3.0, 2 / 3.0, 10.0 / 3, 1000000 / 7.0, 0.001 / 7
SELECT 1.1 + 2.2, 1.1 * 2.2, 1.10 - 0.1, 3.0 = 3, 0.1 + 0.2 = 0.3
SELECT 0.1::float8 + 0.2::float8, 0.1::real, 0.1::real + 0.2::real, 0.1::real = 0.1::float8, 1e20::float8
SELECT 10 ^ 2, 2 ^ 0.5::float8, 2.0::float8 ^ 3, 5 & 3, 5 | 3, 5 # 3, ~5, 1 << 4, 256 >> 2
SELECT 2 + 3 * 4 - 1, (2 + 3) * 4, -2 ^ 2, 2 * -3
SELECT 'a' < 'b', 'B' < 'a', 'a' = 'a ', 'abc' > 'ab', '10' < '9'
SELECT TRUE > FALSE, 1 < 1.5, 1.5::float8 > 1, 2 = 2.0
SELECT 1 = '1', 1 = 'x'
SELECT 1 = TRUE
SELECT 'a' = 1
SELECT 'a' + 1
SELECT '5' + 1, '5' * '2'::int
SELECT 'a'::text + 1
SELECT 1 || 2
SELECT 1 || 'a', 'a' || 1.5, 'a' || TRUE, 'a' || NULL
SELECT nope
SELECT nope()
SELECT lower(1)
SELECT lower('a', 'b')
SELECT abs('x')
SELECT length()
SELECT 1 AS
SELECT FROM WHERE
SELECT * FROM
SELEC 1
# A params
SELECT $1 AS a, $2 AS b <- ["x", 5]
SELECT $1 + 1, $1 * 2.5 <- [5]
SELECT $1::int + 1 <- ["5"]
SELECT $1::int <- ["x"]
SELECT $1::text, $2::boolean, $3::numeric <- [5, true, "1.50"]
SELECT $1 = 'a', $1 || 'b' <- ["a"]
SELECT $1::timestamptz <- ["2026-01-01T00:00:00Z"]
SELECT $1::timestamptz, $2::timestamptz, $3::timestamptz, $4::timestamptz <- ["2026-01-01T00:00:00+02:00", "2026-01-01 00:00:00", "2026-01-01T12:34:56.123456Z", "2026-01-01"]
SELECT $1::date, $2::time, $3::timestamp <- ["2026-02-03", "12:30:15", "2026-01-01T00:00:00"]
SELECT $1::jsonb <- [{"a": [1, null, "x"]}]
SELECT $1::jsonb->'a' <- ["{\"a\": 1}"]
SELECT $1::int[] <- [[1, 2, 3]]
SELECT $1::text[] <- [["a", "b c", null, "q\"uote"]]
SELECT 1 = ANY($1), 5 = ANY($1) <- [[1, 2, 3]]
SELECT 'a' = ANY($1::text[]), 'z' <> ALL($1::text[]) <- [["a", "b"]]
SELECT NULL = ANY($1::int[]) <- [[1]]
SELECT $1::interval, ($2 || ' days')::interval <- ["2 hours", 7]
SELECT DATE '2026-01-31' + $1, TIMESTAMPTZ '2026-01-01 00:00:00Z' + $1 * INTERVAL '1 second' <- [3]
SELECT TIMESTAMPTZ '2026-01-10 00:00:00Z' - ($1 || ' days')::interval <- ["3"]
SELECT $1 IS NULL, $2 IS NULL <- [null, 1]
SELECT coalesce($1, 'dflt'), coalesce($2, 5) <- [null, null]
SELECT CASE WHEN $1 THEN 'yes' ELSE 'no' END <- [true]
SELECT $1 > 3 AND $2 = 'x' <- [5, "x"]
SELECT $1::float8, $1 + 1 <- [1.5]
SELECT $1 <- [true]
SELECT $1 <- [2.5]
SELECT $1 <- [3000000000]
SELECT lower($1), length($1), $1 LIKE '%b%' <- ["ABc"]
SELECT generate_series(1, $1) <- [3]
SELECT * FROM unnest($1::int[]) AS x <- [[5, 6]]
SELECT * FROM unnest($1::text[], $2::int[]) AS t(a, b) <- [["x", "y"], [1, 2]]
SELECT round($1::numeric, 1), $1::int <- ["2.55"]
