# A text functions and patterns
SELECT lower('ÀBC'), upper('straße é'), initcap('hello wORLD foo-bar'), length('héllo'), char_length('abc'), octet_length('é')
SELECT substring('abcdef' FROM 2 FOR 3), substring('abcdef', 3), substr('abcdef', 2, 2), substring('abc', 0, 2), substring('abc', -1, 3), substring('abc' FOR 2)
SELECT substring('abc', 1, -1)
SELECT trim('  x  '), trim(BOTH 'x' FROM 'xxaxx'), trim(LEADING 'x' FROM 'xxaxx'), trim(TRAILING FROM 'a  '), btrim('xyax', 'xy'), ltrim('xxa', 'x'), rtrim('axx', 'x')
SELECT replace('aXbX', 'X', '--'), replace('abc', '', 'x'), translate('12345', '143', 'ax')
SELECT position('c' IN 'abcabc'), strpos('abc', 'z'), strpos('abc', ''), left('abcde', 2), left('abcde', -2), right('abcde', 2), right('abcde', -2)
SELECT lpad('5', 3, '0'), lpad('12345', 3), rpad('ab', 5, 'xy'), lpad('a', 4), rpad('abc', 2), lpad('a', -1)
SELECT repeat('ab', 3), repeat('a', -1), reverse('abc'), ascii('A'), chr(65), md5('hello'), to_hex(255)
SELECT split_part('a,b,c', ',', 2), split_part('a,b,c', ',', 9), split_part('a,b,c', ',', -1), split_part('a', ',', 1)
SELECT split_part('a,b', ',', 0)
SELECT concat('a', NULL, 1, TRUE, 2.5), concat_ws('-', 'a', NULL, 'b', 3), concat_ws(NULL, 'a'), concat()
SELECT format('Hello %s, %s%%', 'you', 5), format('%2$s %1$s', 'a', 'b'), format('%L', 'it''s')
SELECT format('%s')
SELECT starts_with('hello', 'he'), 'hello' ^@ 'he', quote_literal('a''b')
SELECT 'abc' LIKE 'a_c', 'abc' LIKE 'A%', 'abc' ILIKE 'A%', 'abc' NOT LIKE '%z%', 'a%c' LIKE 'a\%c', 'abc' LIKE 'a\%c', 'a_c' LIKE 'a!_c' ESCAPE '!'
SELECT 'abc' LIKE '', '' LIKE '%', 'abc' LIKE '%b%', 'aXbXc' LIKE '%X%X%', NULL LIKE 'a', 'a' LIKE NULL, 'É' ILIKE 'é'
SELECT 'a' LIKE 'a\'
SELECT 5 LIKE '5'
SELECT '' = '', '' IS NULL, length('')
SELECT 'a' COLLATE "C" < 'B', lower('X' COLLATE "C")
SELECT greatest(1, 3, 2), least(1, 3, 2), greatest(1, NULL, 2), greatest('a', 'b'), least(1.5, 2), greatest(NULL, NULL), greatest(DATE '2026-01-01', DATE '2025-01-01')
SELECT greatest(1, 'x')
SELECT coalesce(NULL, NULL), coalesce(NULL, 5), coalesce('a', 'b'), nullif(1, 1), nullif('a', 'b'), nullif(1, 2.0)
SELECT coalesce(1, 'x')
SELECT coalesce(1, 'a'::text)
SELECT CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END, CASE WHEN NULL THEN 1 ELSE 2 END, CASE WHEN FALSE THEN 1 END
SELECT CASE WHEN TRUE THEN 1 ELSE 2.5 END, CASE WHEN TRUE THEN 1 ELSE 'x' END
SELECT CASE WHEN TRUE THEN 1 ELSE 'x'::text END
SELECT CASE WHEN 1 THEN 2 END
# A numbers
SELECT abs(-5), abs(-2.5), abs(-1.5::float8), sign(-3), sign(2.5), sign(0::float8)
SELECT round(2.5), round(-2.5), round(2.567, 2), round(1234.5, -2), round(2.5::float8), round(3.5::float8), round(5), round(2.45::numeric, 1)
SELECT round(2.5::float8, 1)
SELECT ceil(1.2), ceil(-1.2), floor(1.8), floor(-1.2), ceiling(5), trunc(1.9), trunc(-1.9), trunc(1.987, 1), ceil(1.2::float8)
SELECT mod(7, 3), mod(-7, 3), mod(7.5, 2), div(7.5, 2), gcd(12, 18), sqrt(16), sqrt(2::float8), power(2, 10), power(2::float8, 0.5::float8), exp(1), ln(10::float8), log(100), pi()
SELECT sqrt(-1)
SELECT ln(0)
SELECT power(0, -1)
SELECT 5::numeric / 3, 5::numeric(10,2) / 3, 1::bigint / 2, (1::numeric / 3)::text, (2.50)::text, 1.0::text, (1/3.0)::numeric(10,4)
SELECT 3.7::int, 3.5::int, 2.5::int, -2.5::int, 2.5::float8::int, 3.5::float8::int, '12'::int, ' 12 '::int
SELECT '1.5'::int
SELECT 'abc'::int
SELECT ''::int
SELECT '99999999999'::int
SELECT 1e10::int
SELECT 70000::smallint
SELECT '1e3'::float8, '1e3'::numeric, '1.50'::numeric, '-0'::float8, '0x1'::text
SELECT 'x'::numeric
SELECT 123.456::numeric(5,1), 99.99::numeric(3,1)
SELECT 99.99::numeric(3,2)
SELECT 1::boolean, 0::boolean, TRUE::int, 't'::boolean, 'off'::boolean, TRUE::text, 'yes'::bool
SELECT 2.5::boolean
SELECT 'maybe'::boolean
SELECT 1.0 = 1.00, 1.10::text, 1.10 + 1, 100::numeric, 1e2, 0.00001, 0.1 * 0.1
SELECT 1.5::real::text, 1e-5::float8::text, 123456789.123::float8::text, 1e15::float8::text, 1e16::float8, 0.1::float8::numeric, 1.5::real::numeric, 1234567.0::real
SELECT to_char(1234567.891, 'FM9,999,999.00'), to_char(5, '009'), to_char(12.5, '999.99'), to_char(-3, '99'), to_char(0, '0'), to_char(1234, '9,999')
SELECT random() >= 0 AND random() < 1, random() <> random()
SELECT sum(x), avg(x), min(x), max(x), count(x) FROM (VALUES (1), (2), (NULL), (4)) v(x)
SELECT sum(x), avg(x) FROM (VALUES (1.5), (2.25)) v(x)
SELECT sum(x), avg(x) FROM (VALUES (1.5::float8), (2.25)) v(x)
SELECT sum(x), avg(x) FROM (VALUES (9223372036854775807), (9223372036854775807)) v(x)
SELECT sum(x) FROM (VALUES (2147483647), (2147483647)) v(x)
SELECT avg(x), avg(x)::text FROM (VALUES (1), (2)) v(x)
SELECT sum(x) FROM (VALUES ('a')) v(x)
SELECT max(x), min(x) FROM (VALUES (TRUE)) v(x)
SELECT max(x), min(x) FROM (VALUES ('a'), ('B')) v(x)
SELECT sum(DISTINCT x), count(DISTINCT x), avg(DISTINCT x) FROM (VALUES (1), (1), (2)) v(x)
SELECT count(DISTINCT x) FROM (VALUES (1.0), (1.00), (2)) v(x)
# A dates
SELECT DATE '2026-01-31' + 1, DATE '2026-03-01' - 1, DATE '2026-03-01' - DATE '2026-02-01', DATE '2026-01-01' + INTERVAL '1 day'
SELECT TIMESTAMPTZ '2026-01-31 00:00:00Z' + INTERVAL '1 month', TIMESTAMP '2024-02-29' + INTERVAL '1 year', TIMESTAMP '2026-03-31' - INTERVAL '1 month'
SELECT TIMESTAMP '2026-01-02 03:04:05' - TIMESTAMP '2026-01-01', TIMESTAMPTZ '2026-01-01 00:00:00Z' - TIMESTAMPTZ '2026-01-01 12:00:00+02'
SELECT INTERVAL '7 days', INTERVAL '1 year 2 months 3 days 04:05:06.789', INTERVAL '-1 day', INTERVAL '90 minutes', INTERVAL '1.5 hours', INTERVAL '2 weeks', INTERVAL '1 day ago', INTERVAL '36 hours'
SELECT INTERVAL '1 day' * 2, 2 * INTERVAL '1 day', INTERVAL '1 day' / 2, INTERVAL '1 month' * 1.5, INTERVAL '1 day' + INTERVAL '2 hours', INTERVAL '1 hour' - INTERVAL '90 minutes', -INTERVAL '1 day'
SELECT INTERVAL '1 day' = INTERVAL '24 hours', INTERVAL '1 month' = INTERVAL '30 days', INTERVAL '1 hour' < INTERVAL '61 minutes', INTERVAL '1' DAY, INTERVAL '3' HOUR
SELECT '1 day'::interval, '01:30'::interval, '1 mon -1 day'::interval, 'P1DT2H'::interval, '5'::interval, '1 day -01:00'::interval
SELECT 'nonsense'::interval
SELECT INTERVAL '1 foo'
SELECT now() - INTERVAL '1 day' < now(), now() = CURRENT_TIMESTAMP, CURRENT_DATE = now()::date, LOCALTIMESTAMP = now()::timestamp
SELECT '2026-01-01'::date < '2026-01-02'::date, DATE '2026-01-01' = TIMESTAMP '2026-01-01', DATE '2026-01-01' < TIMESTAMPTZ '2026-01-01 00:00:01Z'
SELECT '2026-13-01'::date
SELECT '2026-02-30'::date
SELECT 'hello'::date
SELECT '2026-01-01 25:00'::timestamp
SELECT '2026-01-01T10:20:30.123Z'::timestamptz, '2026-01-01 10:20:30+05:30'::timestamptz, '2026-01-01 10:20'::timestamp, '2026-01-01T00:00:00.1234567'::timestamp, '2026-01-01 24:00:00'::timestamp
SELECT '10:20:30'::time, '10:20'::time, TIME '23:59:59.5', TIME '10:00' + INTERVAL '15 hours', TIME '10:00' - TIME '08:30'
SELECT TIMESTAMPTZ '2026-01-01 12:00:00Z'::date, TIMESTAMPTZ '2026-01-01 12:30:00Z'::time, DATE '2026-01-01'::timestamptz, TIMESTAMPTZ '2026-01-01 12:00:00Z'::text, DATE '2026-01-01'::text, INTERVAL '1 day'::text
SELECT TIMESTAMPTZ '2026-01-01 00:00:00Z' > '2025-12-31', TIMESTAMPTZ '2026-01-01 00:00:00Z' = '2026-01-01T02:00:00+02:00'
SELECT now() + '1 day' > now(), DATE '2026-01-01' + '1 day'::interval
SELECT now() - '1 day'
SELECT DATE '2026-01-01' + DATE '2026-01-01'
SELECT now() * 2
SELECT max(x), min(x), count(x) FROM (VALUES (DATE '2026-01-01'), (DATE '2025-05-05')) v(x)
SELECT sum(x), avg(x), max(x) FROM (VALUES (INTERVAL '1 day'), (INTERVAL '3 hours')) v(x)
SELECT make_interval(days => 10), make_interval(hours => 2, mins => 30), make_interval(years => 1, months => 2), make_interval(secs => 1.5)
SELECT DATE '2026-01-01' BETWEEN DATE '2025-01-01' AND DATE '2027-01-01', TIMESTAMP '2026-01-01 10:00' IN ('2026-01-01 10:00')
SELECT x FROM (VALUES (TIMESTAMPTZ '2026-01-01 00:00:00Z'), (TIMESTAMPTZ '2025-01-01 00:00:00.5Z'), (NULL)) v(x) ORDER BY x DESC
SELECT x, count(*) FROM (VALUES (INTERVAL '1 day'), (INTERVAL '24 hours'), (INTERVAL '2 days')) v(x) GROUP BY x ORDER BY x
