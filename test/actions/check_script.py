"""std.javascript: what scripts return and throw, and what they cannot do."""
import time

from .place import check, says, until

RETURNS = [
    ('the context is $', 'return $.a + $.b;', {'a': 1, 'b': 2}, 3),
    ('no context', 'return $;', None, None),
    ('let, const, arrow functions', 'const f = x => { let y = x; return y * 2; }; return f($);', 4, 8),
    ('spread and rest', 'const {a, ...rest} = $; return [...[a], rest];', {'a': 1, 'b': 2}, [1, {'b': 2}]),
    ('template strings', 'return `${$.name}!`;', {'name': 'Zoë'}, 'Zoë!'),
    ('optional chaining, ??', 'return [$?.a?.b ?? 7, 2n ** 70n > 1n];', {}, [7, True]),
    ('classes, generators, maps', 'class A { #x = 1; *all() { yield this.#x; } } return [...new A().all(), new Map([[1, 2]]).get(1)];', None, [1, 2]),
    ('regular expressions', r"return 'a1b22'.replace(/(?<d>\d+)/g, '<$<d>>');", None, 'a<1>b<22>'),
    ('async functions', 'const f = async x => { await null; return x; }; return f(5);', None, 5),
    ('all of some promises', 'return Promise.all([1, Promise.resolve(2)]);', None, [1, 2]),
    ('nothing', 'let a = 1;', None, None),
    ('undefined, functions, NaN', 'return [undefined, () => 1, NaN, Infinity];', None, [None] * 4),
    ('a date', 'return new Date(0);', None, '1970-01-01T00:00:00.000Z'),
    ('characters', "return '\\u00fc\\u20ac\\u{1F600}\"\\\\\\n';", None, 'ü€😀"\\\n'),
    ('changes of what there is do no harm', 'JSON.stringify = Promise.prototype.then = Error = null; return {a: 1};', None, {'a': 1}),
    ('globals of others are gone', 'globalThis.seen = (globalThis.seen ?? 0) + 1; return seen;', None, 1),
    ('and gone', 'globalThis.seen = (globalThis.seen ?? 0) + 1; return seen;', None, 1),
]
FAILS = [
    ('an error', '\nthrow new TypeError("bad");', 'TypeError: bad (line 2)'),
    ('an object', 'throw {code: 7};', '{"code":7}'),
    ('a text', 'throw "why";', 'why'),
    ('null', 'throw null;', 'null'),
    ('a name that is not there', 'return nope;', "Can't find variable: nope (line 1)"),
    ('a mistake', 'let a = 1;\nlet b = ;', "SyntaxError: Unexpected token ';' (line 2)"),
    ('more than a function', 'return 1; }); (function () {', 'SyntaxError'),
    ('a promise that fails', 'return Promise.reject(new Error("no"));', 'Error: no'),
    ('a promise that never ends', 'return new Promise(() => 1);', 'never ends'),
    ('a circle', 'const a = {}; a.a = a; return a;', 'cyclic'),
    ('a large integer', 'return 1n;', 'BigInt'),
    ('recursion', 'const f = () => f(); return f();', 'Maximum call stack'),
    ('a deep result', 'let a = 1; for (let i = 0; i < 2000; i++) a = [a]; return a;', 'nested too deeply'),
    ('a thrown value that fights', 'throw {toJSON() { throw 1; }, toString() { throw 2; }};', 'cannot be shown'),
    ('a long result', "return 'x'.repeat(2e5);", 'longer than the limit of 100000 bytes'),
    ('memory', 'const a = []; for (;;) a.push(new Array(1000).fill(1));', 'more than 100 MB'),
    ('one large text', "return 'x'.repeat(3e8).split('').length;", 'more than 100 MB'),
    ('a character that the database does not have', "return 'a\\0b';", 'character that the database cannot store'),
    ('half of one', "return '\\ud800';", 'character that the database cannot store'),
]
LATE = [
    ('time', 'for (;;);'),
    ('time in a regular expression', "return /^(a+)+$/.test('a'.repeat(40) + 'b');"),
    ('time in promises', 'const f = () => Promise.resolve().then(f); return f();'),
]
OUTSIDE = ['require', 'fetch', 'XMLHttpRequest', 'process', 'Deno', 'load', 'readFile', 'print', 'setTimeout', 'WebAssembly.compile',
           'importScripts', 'Worker', 'SharedWorker']


def run(place, _):
    if not place.has('mistral-js'):
        print('mistral-js was not built: its actions are not tested')
        return
    with place.executor('--js-timeout', '1'):
        place.expect([(what, 'std.js', {'script': script}, 'ERROR', says('limit of 1 seconds')) for what, script in LATE])
    with place.executor('--js-memory', '100', '--js-timeout', '60', '--js-max-result', '100000', '--js-processes', '2') as log:
        place.expect([(what, 'std.javascript', {'script': script, 'context': context}, 'SUCCESS', result)
                      for what, script, context, result in RETURNS])
        place.expect([(what, 'std.js', {'script': script}, 'ERROR', says(said)) for what, script, said in FAILS])
        place.expect([('no text', 'std.js', {'script': 7}, 'ERROR', says('must be a text'))])
        outside(place)
        crowd(place)
        cancelled(place)
        place.expect([('what is printed', 'std.js', {'script': 'console.log("sesame"); return 1'}, 'SUCCESS', 1)])
        log.seek(0)
        check('it is not in the log', 'sesame' not in log.read())


def outside(place):
    names = place.run('std.js', script='return %r.filter(n => { try { return eval("typeof " + n) !== "undefined" } '
                      'catch { return false } })' % OUTSIDE)
    check('no function leads outside', names == ('SUCCESS', ['WebAssembly.compile']) or names == ('SUCCESS', []), names)
    place.expect([('modules cannot be loaded', 'std.js', {'script': 'return import("/etc/passwd")'}, 'ERROR', lambda r: 'root' not in r)])


def crowd(place):
    """Many scripts share the processes."""
    started = [place.start('std.js', script='return $ * 2', context=n) for n in range(100)]
    check('a hundred scripts', [place.end(action) for action in started] == [('SUCCESS', 2 * n) for n in range(100)])


def cancelled(place):
    """A script that is given up makes room at once."""
    with_limit = """
version: '2.0'
story:
  tasks:
    loop:
      action: std.js
      input: {script: 'for (;;);'}
      timeout: 1
      target: standard_actions
"""
    begin = time.monotonic()
    check('the limit of the task ends it', place.workflow(with_limit)['state'] == 'ERROR' and time.monotonic() - begin < 30)
    check('and there is room for the next', until(lambda: place.run('std.js', script='return 1') == ('SUCCESS', 1)))
