-- YAQL as data: only what differs from what is wanted is printed.

CREATE FUNCTION pg_temp.evaluate(expr text, data jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
	RETURN mistral.evaluate(to_jsonb('<% ' || expr || ' %>'), data);
EXCEPTION WHEN OTHERS THEN
	-- the text between "error=" and the end is the cause
	RETURN jsonb_build_object('error', regexp_replace(sqlerrm, '^.*, error=(.*)\]$', '\1'));
END $$;

CREATE TEMP TABLE given AS SELECT '{
	"nums": [3, 1, 2], "words": ["b", "a", "c"], "text": "hello", "none": null,
	"conf": {"host": "db1", "port": 5432},
	"nested": [[1, 2], [3, [4]]],
	"vms": [{"id": 1, "state": "ACTIVE", "ram": 512}, {"id": 2, "state": "ERROR", "ram": 256},
			{"id": 3, "state": "ACTIVE", "ram": 256}],
	"owners": [{"vm": 3, "name": "ann"}, {"vm": 1, "name": "bob"}, {"vm": 3, "name": "cid"}]
}'::jsonb AS data;

-- literals, operators, precedence
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('1', '1'),
	('1.50', '1.5'),
	('007', '7'),
	('123456789012345678901234567890', '123456789012345678901234567890'),
	('word', '"word"'),
	('''a\tb\x41\u0042\103\N{BULLET}\q''', '"a\tbABC•\\q"'),
	('`a\n\``', '"a\\n`"'),
	('''\u12''', '"\\u12"'),
	('"\ud83d\ude00"', '"😀"'),
	('[]', '[]'),
	('[1, [a, null]]', '[1, ["a", null]]'),
	('{a => 1, 1 => b, null => [2]}', '{"a": 1, "1": "b", "null": [2]}'),
	('{1 => a, 1.0 => b, true => c}', '{"1": "c"}'),
	('2 + 3 * 4', '14'),
	('(2 + 3) * 4', '20'),
	('-7 / 2', '-4'),
	('7.0 / 2', '3.5'),
	('-7 mod 3', '2'),
	('-7.5 mod 2', '0.5'),
	('9223372036854775807 + 1', '9223372036854775808'),
	('-9223372036854775808 - 1', '-9223372036854775809'),
	('9223372036854775807 * 2', '18446744073709551614'),
	('1 - 2 - 3', '-4'),
	('2 * -3', '-6'),
	('--5', '5'),
	('not 1 = 2', 'true'),
	('1 + not 0 = 1', '{"error": "No function \"#operator_+\" matches supplied arguments"}'),
	('1 < 2 = true', 'true'),
	('1 = 1.0 and 1 = true', 'true'),
	('0 or null or x', '"x"'),
	('1 and 2', '2'),
	('false and 1 / 0', 'false'),
	('a + b', '"ab"'),
	('ab * 2', '"abab"'),
	('[1] * 2', '[1, 1]'),
	('[1] + [2]', '[1, 2]'),
	('{a => 1, b => 1} + {b => 2}', '{"a": 1, "b": 2}'),
	('null < 0 and null <= null and not null < null', 'true'),
	('''Z'' < a and a < é', 'true'),
	('2 in $.nums', 'true'),
	('ell in $.text', 'true'),
	('$.text =~ ''^h.*o$''', 'true'),
	('$.text !~ ''z''', 'true'),
	('9007199254740993 > 9007199254740992.0', 'true'),
	('let(a => 1) -> let(b => $a + 1) -> $a + $b', '3')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data)::text IS DISTINCT FROM want::jsonb::text
 ORDER BY expr;

-- access
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('$.conf.host', '"db1"'),
	('$.conf[host]', '"db1"'),
	('$.conf[nope, 5]', '5'),
	('$.conf[nope, default => 5]', '5'),
	('$.conf[key => host]', '"db1"'),
	('$.conf[]', '{"error": "No function \"#indexer\" matches supplied arguments"}'),
	('$.nums[index => 1]', '1'),
	('$.nums[1, 2]', '{"error": "No function \"#indexer\" matches supplied arguments"}'),
	('$.conf.get(nope)', 'null'),
	('$.conf.get(nope, {})', '{}'),
	('$.nums[-1]', '2'),
	('$.nums[true]', '1'),
	('$.vms.id', '[1, 2, 3]'),
	('$.vms[0].state', '"ACTIVE"'),
	('$.none?.x', 'null'),
	('$.none?.x?.y', 'null'),
	('$.nothing', '{"error": "''nothing''"}'),
	('$.nums[5]', '{"error": "tuple index out of range"}'),
	('$.none.x', '{"error": "null has no property \"x\""}'),
	('$.text[0]', '{"error": "No function \"#indexer\" matches supplied arguments"}'),
	('$.text.''x''', '{"error": "No function \"#operator_.\" matches supplied arguments"}'),
	('$unset', 'null'),
	('[{x => [{y => 1}]}].x.y', '[[1]]'),
	('let(1, 2, x => 3) -> [$, $2, $x]', '[1, 2, 3]')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data)::text IS DISTINCT FROM want::jsonb::text
 ORDER BY expr;

-- calls: named and empty arguments, overloads, lambdas, functions of one's own
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('round(2.567, ndigits => 1)', '2.6'),
	('round(number => 2.567, ndigits => 1)', '2.6'),
	('round(2.567, ndigits => 1, ndigits => 2)', '2.57'),
	('format(string => a, string => ''{x}'', x => 1)', '"1"'),
	('len_($.text)', '5'),
	('[1,,2].len()', '3'),
	('range(,5)', '{"error": "No function \"range\" matches supplied arguments"}'),
	('range(0, 3, step => 2)', '[0, 2]'),
	('round(2, 1 => 2)', '{"error": "Cannot convert mapping to keyword argument"}'),
	('concat()', '{"error": "Ambiguous function \"concat\""}'),
	('len(1)', '{"error": "No function \"len\" matches supplied arguments"}'),
	('lenn(1)', '{"error": "Unknown function \"lenn\""}'),
	('$.text.lenn()', '{"error": "Unknown method \"lenn\" for receiver hello"}'),
	('def(f, $ * 2) -> [1, 2].select(f($))', '[2, 4]'),
	('def(my_sum, $1 + $x) -> mySum(1, x => 2)', '3'),
	('def(fac, switch($ < 2 => 1, true => $ * fac($ - 1))) -> fac(20)', '2432902008176640000'),
	('def(len, 7) -> len(abc)', '7'),
	('def(switch, 1) -> switch(true => 2)', '{"error": "Ambiguous function \"switch\""}'),
	('call(len, [abc], {})', '3'),
	('call(where, [], {predicate => true}, [1, 2])', '[1, 2]'),
	('call(toUpper, [], {}, abc)', '"ABC"'),
	('[1, 2].unpack(a, b) -> $a - $b', '-1'),
	('[1, 2].unpack() -> [$2, $1]', '[2, 1]'),
	('range(9).unpack(a, b) -> $a', '{"error": "Cannot unpack 3 elements into 2"}'),
	('5.assert($ > 1)', '5'),
	('5.assert($ > 9, small)', '{"error": "small"}'),
	('let(x => [1, 2]) -> [10, 20].select($x.select($ * 2).sum() + $)', '[16, 26]'),
	('[[1, 2], [3]].select($.select($ + 1))', '[[2, 3], [4]]'),
	('lambda($)', '{"error": "Unknown function \"lambda\""}')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data)::text IS DISTINCT FROM want::jsonb::text
 ORDER BY expr;

-- branching, conversion, numbers
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('switch($.conf.port > 6000 => big, $.conf.port > 5000 => middle, true => small)', '"middle"'),
	('switch(false => 1)', 'null'),
	('selectCase(false, 0, x)', '2'),
	('selectAllCases(true, false, 1)', '[0, 2]'),
	('examine(null, 1)', '[false, true]'),
	('1.switchCase(a, b)', '"b"'),
	('-1.switchCase(a, b)', '{"error": "No function \"#unary_operator_-\" matches supplied arguments"}'),
	('(-1).switchCase(a, b)', '"b"'),
	('coalesce(null, $.none, false, 1)', 'false'),
	('str(null) + str(true) + str(1.0) + str([1]) + str([null])', '"nulltrue1.0(1,)(None,)"'),
	('int('' -1_0 '')', '-10'),
	('int(-3.7)', '-3'),
	('int(x)', '{"error": "''x'' is not an integer"}'),
	('float(''1e3'')', '1000.0'),
	('float(null)', '0.0'),
	('[bool(0), bool(''0''), bool([]), bool(range(0))]', '[false, true, false, true]'),
	('[isInteger(1), isInteger(true), isNumber(1.5), isString(a), isList([]), isList(range(1))]',
	 '[true, false, true, true, true, false]'),
	('[isDict({}), isSet(set()), isSet({}.keys()), isIterable({}), isIterable(range(1)), isBoolean(1)]',
	 '[true, true, true, false, true, false]'),
	('[abs(-2), sign(-2.5), round(2.5), round(3), round(1234, -2)]', '[2, -1, 2.0, 3, 1200]'),
	('[pow(2, 100), pow(2, -1), pow(3, 4, 5)]', '[1267650600228229401496703205376, 0.5, 1]'),
	('[min(2, 1), max(a, b), max(null, 1), min(null, 1)]', '[1, "b", 1, null]'),
	('[bitwiseAnd(6, 3), bitwiseOr(6, 3), bitwiseXor(6, 3), bitwiseNot(6), bitwiseOr(true, false)]',
	 '[2, 7, 5, -7, true]'),
	('[shiftBitsLeft(1, 70), shiftBitsRight(-5, 1)]', '[1180591620717411303424, -3]'),
	('[hex(255), hex(-1)]', '["0xff", "-0x1"]'),
	('random(5, 5)', '5'),
	('random() < 1', 'true'),
	('1 / 0', '{"error": "integer division or modulo by zero"}')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data)::text IS DISTINCT FROM want::jsonb::text
 ORDER BY expr;

-- strings and regular expressions
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('''ß''.toUpper() + ''ΣΑΣ''.toLower()', '"SSσας"'),
	('''😀x''.len()', '2'),
	('[''  a '', xax, ''''].select([$.trim(), $.trim(x), $.norm()])', '[["a", "  a ", "a"], ["xax", "a", "xax"], ["", "", null]]'),
	('[isEmpty('' ''), isEmpty('' '', false), isEmpty(null), x.isEmpty(chars => x)]', '[true, false, true, true]'),
	('''a b  c''.split()', '["a", "b", "c"]'),
	('''a,b,c''.split('','', 1)', '["a", "b,c"]'),
	('''a,b,c''.rightSplit('','', 1)', '["a,b", "c"]'),
	('[1, null, true].join(''-'')', '"1-null-true"'),
	('''-''.join([a, b])', '"a-b"'),
	('aba.replace(a, x, 1)', '"xba"'),
	('aba.replace({a => b, b => c})', '"ccc"'),
	('[hello.substring(1), hello.substring(-3, 2), hello.substring(9), hello.substring(-9, 5)]', '["ello", "ll", "", ""]'),
	('[hello.indexOf(l), hello.indexOf(l, 3), hello.indexOf(l, 0, 2), hello.lastIndexOf(l)]', '[2, 3, -1, 3]'),
	('[hello.startsWith(x, he), hello.endsWith(), ab.toCharArray()]', '[true, false, ["a", "b"]]'),
	('concat(a, b, c)', '"abc"'),
	('characters(octdigits => true).len()', '8'),
	('escapeRegex(''a.b-c'')', '"a\\.b\\-c"'),
	('regex(''l+'').search($.text, [$.value, $.start, $.end])', '["ll", 2, 4]'),
	('regex(''(h)(x)?'').search($.text, [$2.value, $3.start])', '["h", -1]'),
	('regex(l).searchAll($.text, $.start)', '[2, 3]'),
	('regex(''E'', ignoreCase => true).split($.text)', '["h", "llo"]'),
	('$.text.replace(regex(''(l)(l)''), `\2<\1>`)', '"hel<l>o"'),
	('$.text.replaceBy(regex(''[aeiou]''), $.value.toUpper())', '"hEllO"'),
	('$.text.matches(''^h'')', 'true'),
	('regex(''('')', '{"error": "missing ), unterminated subpattern at position 0"}')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data)::text IS DISTINCT FROM want::jsonb::text
 ORDER BY expr;

-- lists, dictionaries, sets
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('list(1, range(2), [3])', '[1, 0, 1, [3]]'),
	('$.nested.flatten()', '[1, 2, 3, 4]'),
	('[$.nums.len(), len($.conf), range(4).len(), set(1, 1).len(), $.nums.count()]', '[3, 2, 4, 1, 3]'),
	('dict(a => 1).set(b, 2).set({c => 3}).set(d => 4)', '{"a": 1, "b": 2, "c": 3, "d": 4}'),
	('dict([[a, 1], bc])', '{"a": 1, "b": "c"}'),
	('$.vms.toDict($.id, $.ram)', '{"1": 512, "2": 256, "3": 256}'),
	('{a => 1, b => 2}.delete(a, x)', '{"b": 2}'),
	('{a => 1, b => 2}.deleteAll([a, x])', '{"b": 2}'),
	('[$.conf.keys().orderBy($), $.conf.containsKey(host), $.conf.containsValue(1)]', '[["host", "port"], true, false]'),
	('{a => {b => 1, l => [1, 2]}}.mergeWith({a => {c => 2, l => [2, 3]}})', '{"a": {"b": 1, "c": 2, "l": [1, 2, 3]}}'),
	('{a => {b => 1}}.mergeWith({a => {c => 2}}, maxLevels => 1)', '{"a": {"c": 2}}'),
	('{a => 1}.mergeWith({a => 5}, itemMerger => $1 + $2)', '{"a": 6}'),
	('{a => 1}.mergeWith({a => {}})', '{"error": "Cannot merge <class ''int''> with <class ''dict''>"}'),
	('$.nums.insert(1, x)', '[3, "x", 1, 2]'),
	('$.nums.insert(-1, x)', '[3, 1, "x", 2]'),
	('range(3).insert(1, x)', '[0, "x", 1, 2]'),
	('range(2).insert(5, x)', '[0, 1, "x"]'),
	('$.nums.insertMany(1, [x, y])', '[3, "x", "y", 1, 2]'),
	('$.nums.insertMany(-1, [x])', '["x", 3, 1, 2]'),
	('$.nums.delete(0, 2)', '[2]'),
	('$.nums.delete(1, -1)', '[3]'),
	('$.nums.replace(0, x, 2)', '["x", 2]'),
	('$.nums.replaceMany(1, [x, y])', '[3, "x", "y", 2]'),
	('set(2, 1).union(set(3)).orderBy($)', '[1, 2, 3]'),
	('[set(1, 2) - set(1), set(1) + set(2), set(1, 2).intersect(set(2))].select($.len())', '[1, 2, 1]'),
	('set(1, 2).symmetricDifference(set(2, 3)).orderBy($)', '[1, 3]'),
	('set(1).add(2, 3).remove(1).orderBy($)', '[2, 3]'),
	('[set(1) < set(1, 2), set(1) >= set(1), set(1) = set(1.0)]', '[true, true, true]'),
	('[''a,b''.split('','') = [a, b], ''a,b''.split('','').toList() = [a, b]]', '[false, true]'),
	('set([a]).len()', '1'),
	('set(''a b''.split())', '{"error": "unhashable type: ''list''"}'),
	('{a => 1}.items()', '{"error": "unhashable type: ''list''"}'),
	('{b => 1, a => 2}.items().toList()', '[["b", 1], ["a", 2]]')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data)::text IS DISTINCT FROM want::jsonb::text
 ORDER BY expr;

-- queries
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('$.vms.where($.state = ACTIVE).select({id => $.id})', '[{"id": 1}, {"id": 3}]'),
	('$.vms.filter($.ram < 500).map($.id)', '[2, 3]'),
	('$.nested.selectMany($)', '[1, 2, 3, [4]]'),
	('range(9).skip(2).limit(3)', '[2, 3, 4]'),
	('[1, 5, 1].takeWhile($ < 3).concat([1, 5, 1].skipWhile($ < 3))', '[1, 5, 1]'),
	('append([1], 2, 3)', '[1, 2, 3]'),
	('[1, 1.0, 2].distinct()', '[1, 2]'),
	('$.vms.distinct($.ram).id', '[1, 2]'),
	('[a, b].enumerate(1)', '[[1, "a"], [2, "b"]]'),
	('[[].any(), [0].any(), [0].any($), [0].all(), [].all(), [1].all($ > 0)]', '[false, true, false, false, true, true]'),
	('[$.nums.first(), $.nums.last(), [7].single(), [].first(x), [].last(null)]', '[3, 2, 7, "x", null]'),
	('[].first()', '{"error": ""}'),
	('[1, 2].single()', '{"error": "Collection contains more than one item"}'),
	('[$.nums.sum(), [].sum(0), $.words.sum(), [[1], [2]].sum(), $.nums.sum(10)]', '[6, 0, "bac", [1, 2], 16]'),
	('[{a => 1}, {b => 2}].sum()', '{"a": 1, "b": 2}'),
	('[a, 1].sum()', '{"error": "No function \"#operator_+\" matches supplied arguments"}'),
	('[].sum()', '{"error": "reduce() of empty iterable with no initial value"}'),
	('[$.nums.min(), $.nums.max(), [].max(5), $.nums.min(0)]', '[1, 3, 5, 0]'),
	('$.nums.aggregate($1 * 10 + $2)', '312'),
	('$.nums.reduce($1 + $2, 100)', '106'),
	('$.nums.accumulate($1 + $2)', '[3, 4, 6]'),
	('range(100000).aggregate($1 + [$2], []).len()', '100000'),
	('range(100000).aggregate($1 + str($2), '''').len()', '488890'),
	('let(x => range(20).toList() + [1]) -> [$x + [2], $x + [3], $x].select([$.last(), $.len()])',
	 '[[2, 22], [3, 22], [1, 21]]'),
	('let(x => a * 200 + b) -> [$x + c, $x + d, $x].select($.substring(199))', '["abc", "abd", "ab"]'),
	('[].accumulate($1 + $2, 1)', '[1]'),
	('$.nums.orderBy($)', '[1, 2, 3]'),
	('[2, null, 1].orderByDescending($)', '[2, 1, null]'),
	('$.vms.orderBy($.ram).thenByDescending($.id).id', '[3, 2, 1]'),
	('[1, a].orderBy($)', '{"error": "No function \"#operator_<\" matches supplied arguments"}'),
	('$.vms.groupBy($.state, $.id)', '[["ACTIVE", [1, 3]], ["ERROR", [2]]]'),
	('$.vms.groupBy($.state, $.ram, $.sum())', '[["ACTIVE", 768], ["ERROR", 256]]'),
	('$.vms.groupBy($.state, $.ram, [$[0], $[1].sum()])', '[["ACTIVE", 768], ["ERROR", 256]]'),
	('[1, 2].groupBy($, $, $[9])', '{"error": "list index out of range"}'),
	('$.nums.zip($.words, [x])', '[[3, "b", "x"]]'),
	('[1].zipLongest([a, b], default => 0)', '[[1, "a"], [0, "b"]]'),
	('$.vms.join($.owners, $1.id = $2.vm, [$1.id, $2.name])', '[[1, "bob"], [3, "ann"], [3, "cid"]]'),
	('$.vms.join($.owners, $1.id < $2.vm, [$1.id, $2.name])', '[[1, "ann"], [1, "cid"], [2, "ann"], [2, "cid"]]'),
	('[1, true, [1]].join([1.0, [1]], $2 = $1, 1).len()', '3'),
	('[x.repeat(2), [1, 2].cycle().take(3)]', '[["x", "x"], [1, 2, 1]]'),
	('[$.words.indexOf(a), $.words.indexOf(z), [1, 2, 1].lastIndexOf(1)]', '[1, -1, 2]'),
	('[$.nums.indexWhere($ < 3), $.nums.lastIndexWhere($ < 3)]', '[1, 2]'),
	('range(5).slice(2)', '[[0, 1], [2, 3], [4]]'),
	('$.nums.splitAt(1)', '[[3], [1, 2]]'),
	('[0, 1, 0, 0, 2, 0].splitWhere($ = 0)', '[[], [1], [], [2]]'),
	('[1, 1, 2, 1].sliceWhere($ = 1)', '[[1, 1], [2], [1]]'),
	('$.nums.reverse()', '[2, 1, 3]'),
	('let(range(3).memorize()) -> [$.sum(), $.len()]', '[3, 3]'),
	('let(range(3)) -> [$.sum(), $.len()]', '[3, 0]'),
	('[range(0).defaultIfEmpty([1]), range(2).defaultIfEmpty([1])]', '[[1], [0, 1]]'),
	('[range(3, 0, -1), sequence(5, 2).take(2)]', '[[3, 2, 1], [5, 7]]'),
	('generate(1, $ < 20, $ * 2, $ + 1)', '[2, 3, 5, 9, 17]'),
	('generate(1, true, ($ + 1) mod 4, decycle => true)', '[1, 2, 3, 0]'),
	('generateMany(1, [$ * 2, $ * 2 + 1].where($ < 8))', '[1, 2, 3, 4, 5, 6, 7]'),
	('generateMany(1, [$ * 2, $ * 2 + 1].where($ < 8), depthFirst => true)', '[1, 2, 4, 5, 3, 6, 7]'),
	('$.nums.select(1 / ($ - 1)).take(1)', '[0]'),
	('$.nums.select(1 / ($ - 1))', '{"error": "integer division or modulo by zero"}')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data)::text IS DISTINCT FROM want::jsonb::text
 ORDER BY expr;

-- date-times and timespans
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('datetime(2020, 1, 2, 3, minute => 4)', '"2020-01-02T03:04:00.000000"'),
	('str(datetime(''2020-01-02T03:04:05+02:00''))', '"2020-01-02 03:04:05+02:00"'),
	('datetime(''2.1.2020'', ''%d.%m.%Y'').weekday', '3'),
	('datetime(86400).format(''%Y-%m-%d'')', '"1970-01-02"'),
	('(datetime(2020, 3, 1) - datetime(2020, 2, 1)).days', '29.0'),
	('datetime(2020, 1, 31).replace(day => 1).day', '1'),
	('datetime(2020, 1, 1) + timespan(hours => 25)', '"2020-01-02T01:00:00.000000"'),
	('datetime(2020, 1, 1, 2, offset => timespan(hours => 2)) = datetime(2020, 1, 1)', 'true'),
	('datetime(2020, 1, 1, 2, offset => timespan(hours => 2)).utc.hour', '0'),
	('[datetime(2020, 1, 1, 6).time.hours, datetime(2020, 1, 1, 6).date.hour]', '[6.0, 0]'),
	('(timespan(hours => 1) * 1.5).minutes', '90.0'),
	('timespan(hours => 1) / timespan(minutes => 20)', '3.0'),
	('str(-timespan(hours => 1))', '"-1 day, 23:00:00"'),
	('now() > datetime(2020, 1, 1)', 'true'),
	('utctz().seconds', '0.0'),
	('datetime(2020, 13, 1)', '{"error": "month must be in 1..12"}'),
	('timespan(seconds => 1.5)', '{"error": "No function \"timespan\" matches supplied arguments"}')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data)::text IS DISTINCT FROM want::jsonb::text
 ORDER BY expr;

-- what can be gone through once, and what is done only when it is needed
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('$.nums.unpack() -> [$1, $2]', '[3, 1]'),
	('$.nums.select($).unpack() -> [$1, $2]', '[1, 2]'),
	('$.nums.orderBy($).unpack() -> [$1, $2]', '[2, 3]'),
	('$.nums.select($).unpack(a, b, c) -> [$a, $b, $c]', '[3, 1, 2]'),
	('$.nums.memorize()[0]', '3'),
	('$.nums.select($).memorize().unpack() -> $1', '1'),
	('let(x => $.nums.select($).assert($.len() = 3)) -> [$x.first(), $x.len()]', '[3, 3]'),
	('generateMany(1, [$ / 0]).first()', '1'),
	('generateMany(1, switch($ < 4 => [$ * 2, $ * 3], true => [])).toList()', '[1, 2, 3, 4, 6, 6, 9]'),
	('$.nums.orderBy($).thenBy($.nope)', '[1, 2, 3]'),
	('[[1, 2], [1, 1], [0, 5]].orderBy($[0]).thenBy($[1])', '[[0, 5], [1, 1], [1, 2]]'),
	('[3, 3].orderBy($).thenBy($.nope)', '{"error": "an integer has no property \"nope\""}'),
	('sequence(true, 2).take(2)', '[true, 3]'),
	('sequence(true).take(2)', '[1, 2]'),
	('[1,, 2][1]', '{"error": "the expression has no value"}')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data) IS DISTINCT FROM want::jsonb
 ORDER BY expr;

-- null for an argument, counts that are too big, texts of uncommon values
SELECT expr, want, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('characters(null, octdigits => true).len()', '8'),
	('now(null).year > 2000', 'true'),
	('$.text.replaceBy(regex(l), null)', '"heo"'),
	('[1] * 10000000000000000000', '{"error": "cannot fit an integer of that size into an index"}'),
	('$.text.split(l, 10000000000000000000)', '{"error": "cannot fit an integer of that size into an index"}'),
	('timespan(microseconds => 10000000000000000000)', '{"error": "timespan is out of range"}'),
	('str([1,, 2])', '"(1, <NoValue>, 2)"'),
	('str($.conf.keys())', '"KeysView({''host'': ''db1'', ''port'': 5432})"'),
	('str([1].toDict($).items())', '"dict_items([(1, 1)])"'),
	('str(regex(''(?s)a'', true))', '"re.compile(''(?s)a'', re.IGNORECASE|re.DOTALL)"'),
	('str(datetime(2020, 1, 2, offset => timespan(seconds => 3, microseconds => 5)))',
	 '"2020-01-02 00:00:00+00:00:03.000005"'),
	('datetime(999, 1, 2)', '"999-01-02T00:00:00.000000"'),
	('''{0[1]}''.format(abc)', '"b"'),
	('''{0.real} {0.imag} {0.denominator}''.format(true)', '"1 0 1"'),
	('''{0.year}-{0.month:02}''.format(datetime(2020, 1, 2))', '"2020-01"'),
	('''{0.days} {0.seconds}''.format(timespan(1, 2))', '"1 7200"'),
	('''{0.real}''.format(a)', '{"error": "''str'' object has no attribute ''real''"}'),
	('datetime(2020, 2, 9, 3).format(`%-d.%-m. %_H|%3e|%^a|%#p|%Ey|%6Y`)', '"9.2.  3|  9|SUN|am|20|002020"'),
	('datetime(2020, 2, 9).format(`%Ed %-f %q %`)', '"%Ed %-f %q %"'),
	('''  a  b c ''.split(null, 1)', '["a", "b c "]'),
	('''  a  b c ''.rightSplit(null, 1)', '["  a  b", "c"]'),
	('str(regex(a, null, dotAll => null))', '"re.compile(''a'')"'),
	('1 in $.conf.items()', '{"error": "''int'' object is not iterable"}'),
	('[port, 5432] in $.conf.items()', 'true'),
	('$.(conf)', '{"error": "No function \"#operator_.\" matches supplied arguments"}'),
	('$.nums.(len())', '{"error": "No function \"#operator_.\" matches supplied arguments"}'),
	('let((a) => 1) -> $a', '{"error": "Cannot convert mapping to keyword argument"}'),
	('regex(''^'', multiLine => true).replace("a\nb\n", ''> '')', '"> a\n> b\n> "'),
	('yaml_dump(set(1))', '{"error": "(''cannot represent an object'', frozenset({1}))"}')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data) IS DISTINCT FROM want::jsonb
 ORDER BY expr;

-- texts that do not parse
SELECT expr, want, pg_temp.evaluate(expr, data) ->> 'error' AS got
  FROM given, (VALUES
	('1 +', 'Parse error: unexpected end of statement'),
	('[1,]', 'Parse error: unexpected '']'' at position 3 of expression ''[1,]'''),
	('f(,)', 'Parse error: unexpected '')'' at position 3 of expression ''f(,)'''),
	('f(a => 1, 2)', 'Parse error: unexpected '')'' at position 11 of expression ''f(a => 1, 2)'''),
	('f(,a => 1)', 'Parse error: unexpected ''=>'' at position 5 of expression ''f(,a => 1)'''),
	('a => 1', 'Parse error: unexpected ''=>'' at position 2 of expression ''a => 1'''),
	('$.and', 'Parse error: unexpected ''and'' at position 2 of expression ''$.and'''),
	('12abc', 'Lexical error: illegal character ''1'' at position 0'),
	('1.5e3', 'Lexical error: illegal character ''5'' at position 2'),
	('é & 1', 'Lexical error: illegal character ''&'' at position 2'),
	('''abc', 'Lexical error: illegal character '''''' at position 0'),
	('a.__b', 'Lexical error: illegal character ''_'' at position 2'),
	('''\xZZ''', '''unicodeescape'' codec can''t decode bytes in position 0-1: truncated \xXX escape')
  ) AS c(expr, want)
 WHERE pg_temp.evaluate(expr, data) ->> 'error' IS DISTINCT FROM want
 ORDER BY expr;

-- what is beyond a limit is an error, not a crash
SELECT left(expr, 40) AS expr, pg_temp.evaluate(expr, data) AS got
  FROM given, (VALUES
	('range(1000000000).len()'),
	('sequence().toList()'),
	('''a'' * 10000000000'),
	('pow(10, 100000000)'),
	('def(f, f($)) -> f(1)'),
	('range(100000).aggregate($1.select($), [1])'),
	('range(100000).aggregate([$1], [])'),
	('range(100000).aggregate([$2] + $1, [])'),
	('regex(''(a+)+$'').matches(''aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'')'),
	(repeat('(', 5000) || '1' || repeat(')', 5000)),
	(repeat('[', 5000)),
	(repeat('not ', 5000) || '1'),
	('1' || repeat(' + 1', 5000))
  ) AS c(expr)
 WHERE NOT pg_temp.evaluate(expr, data) ? 'error'
 ORDER BY expr;

-- the author is told what was probably meant, and where
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT mistral.evaluate('"<% $.a + lenn(1) %>"', '{"a": 1}');
SELECT mistral.evaluate('"<% $.a.toUper() %>"', '{"a": "x"}');
SELECT mistral.evaluate('"<% toUpper($.a) %>"', '{"a": "x"}');
SELECT mistral.evaluate('"<% $.a.substring(x) %>"', '{"a": "x"}');
SELECT mistral.evaluate('"<% 1 + a %>"', '{"a": "x"}');
SELECT mistral.evaluate('"<% $.a - [1] %>"', '{"a": null}');
SELECT mistral.evaluate('"<% -dict(a => 1) %>"');
SELECT mistral.evaluate('"<% float(x) + float(dict()) %>"');
SELECT mistral.evaluate('"<% f(1 %>"', '{"a": "x"}');
SELECT mistral.evaluate('"<% $.b %>"', '{"a": "x"}');
SELECT mistral.evaluate('"<% $.a.len(1) %>"', '{"a": "x"}');
SELECT mistral.evaluate('"<% $.a.len %>"', '{"a": "x"}');
SELECT mistral.evaluate('"<% $.a.b %>"', '{"a": null}');
SELECT mistral.evaluate('"<% not($.a) %>"', '{"a": null}');

-- what takes long can be cancelled
SET statement_timeout = '20ms';
SELECT mistral.evaluate('"<% sequence().any($ < 0) %>"', '{"a": null}');
RESET statement_timeout;
