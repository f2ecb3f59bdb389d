"""Programs as actions: what they get and answer, their bounds, and bad programs."""
import os
import subprocess

import psycopg2

from .place import check, says, until

ONCE = r"""
import json, os, subprocess, sys, time
request = json.load(sys.stdin)
given = request['input']
do = given.get('do')
if do == 'echo': print(json.dumps(request))
elif do == 'environment': print(json.dumps(dict(os.environ)))
elif do == 'descriptors': print(json.dumps(sorted(os.listdir('/proc/self/fd'))))
elif do == 'fail': print(json.dumps({'why': 7})); sys.exit(3)
elif do == 'die': sys.exit(4)
elif do == 'signal': os.kill(os.getpid(), 9)
elif do == 'nonsense': print('{nonsense')
elif do == 'nothing': pass
elif do == 'log': print('line one\nline \x1b[31mtwo', file=sys.stderr); print(1)
elif do == 'flood': [print('f' * 900, file=sys.stderr) for _ in range(2000)]; print(1)
elif do == 'huge':
    while True: print('x' * 65536)
elif do == 'child': print(json.dumps(subprocess.Popen(['sleep', '1000']).pid))
elif do == 'wait':
    with open(given['file'], 'w') as file: file.write('%d %d' % (os.getpid(), subprocess.Popen(['sleep', '1000']).pid))
    time.sleep(1000)
"""
LINES = r"""
import json, os, sys, time
for line in sys.stdin:
    given = json.loads(line)['input']
    do = given.get('do')
    if do == 'die': sys.exit(4)
    elif do == 'nonsense': print('nonsense', flush=True)
    elif do == 'huge': print('x' * 200000, flush=True)
    elif do == 'half': print('{"data": ', end='', flush=True); time.sleep(1000)
    elif do == 'last': print(json.dumps({'data': 'last'}), flush=True); sys.exit(0)
    elif do == 'twice': print('{"data": 1}\n{"data": 2}', flush=True)
    elif do == 'error': print(json.dumps({'error': {'code': 7}}), flush=True)
    elif do == 'cancel': print(json.dumps({'cancel': True}), flush=True)
    elif do == 'wait': time.sleep(1000)
    else: print(json.dumps({'data': [os.getpid(), given]}), flush=True)
"""
NAMES = ('test.once', 'test.lines', 'test.slow', 'test.hasty')
CONFIG = """
log-level = info
[program test.once]
command = /usr/bin/python3 {directory}/once.py "two words"
environment = MINE, FIXED=a b, ABSENT
concurrency = 3
description = what a program does
input = do=null, x=1, file=null
max-output = 100000

[program test.lines]
command = /usr/bin/python3 -u {directory}/lines.py
type = lines      # an answer for each line
concurrency = 2
max-output = 100000

[program test.hasty]
command = /usr/bin/python3 -u {directory}/lines.py
type = lines
timeout = 1

[program test.slow]
command = /usr/bin/python3 {directory}/once.py
timeout = 1
"""


def run(place, directory):
    (directory / 'once.py').write_text(ONCE)
    (directory / 'lines.py').write_text(LINES)
    config = CONFIG.format(directory=directory)
    with place.executor(config=config, environment={'MINE': 'yes', 'OTHERS': 'no'}) as log:
        announced(place)
        run_programs(place)
        stopped(place, directory)
        cancelled(place, directory)
        log.seek(0)
        text = log.read()
        check('standard error is in the log', 'test.once' in text and 'line one' in text)
        check('without what is not printed', 'line ?[31mtwo' in text)
        check('and not all of a flood', 'writes too much to the log' in text and len(text) < 300000, len(text))
        check('inputs are not', 'sesame' not in text)
    for name in NAMES:
        place.sql('SELECT mistral.unregister_action(%s)', name)
    bad_configurations(place, directory)


def announced(place):
    """The database knows the programs from the executor."""
    known = place.sql("SELECT array_agg(name ORDER BY name) FROM mistral.action_definitions WHERE kind = 'executor'")
    check('programs are announced', set(NAMES) <= set(known), known)
    shown = place.sql("SELECT mistral_api.get_action('test.once')")
    check('with what is said of them', (shown['input'], shown['description']) == ('do=null, x=1, file=null', 'what a program does'), shown)
    try:
        place.start('test.once', y=1)
        refused = False
    except psycopg2.Error as error:
        refused = 'y' in str(error)
    check('their input is checked', refused)


def run_programs(place):
    once, lines = 'test.once', 'test.lines'
    cases = [
        ('what it gets', once, {'do': 'echo', 'x': ['sesame']}, 'SUCCESS',
         lambda r: r['name'] == once and r['input'] == {'do': 'echo', 'x': ['sesame'], 'file': None} and r['context']['workflow_name'] is None),
        ('its environment', once, {'do': 'environment'}, 'SUCCESS',
         lambda r: r['MINE'] == 'yes' and r['FIXED'] == 'a b' and 'OTHERS' not in r and 'ABSENT' not in r),
        ('its descriptors', once, {'do': 'descriptors'}, 'SUCCESS', lambda r: set(r) <= {'0', '1', '2', '3'}),
        ('a failure with a value', once, {'do': 'fail'}, 'ERROR', {'why': 7}),
        ('one without', once, {'do': 'die'}, 'ERROR', says('ended with status 4')),
        ('a signal', once, {'do': 'signal'}, 'ERROR', says('ended by signal 9')),
        ('nonsense', once, {'do': 'nonsense'}, 'ERROR', says('not a value of JSON')),
        ('nothing', once, {'do': 'nothing'}, 'SUCCESS', None),
        ('a log', once, {'do': 'log'}, 'SUCCESS', 1),
        ('a flood in the log', once, {'do': 'flood'}, 'SUCCESS', 1),
        ('too much', once, {'do': 'huge'}, 'ERROR', says('longer than the limit of 100000 bytes')),
        ('a line', lines, {'x': 'ü\n'}, 'SUCCESS', lambda r: r[1] == {'x': 'ü\n'}),
        ('an error', lines, {'do': 'error'}, 'ERROR', {'code': 7}),
        ('a cancellation', lines, {'do': 'cancel'}, 'CANCELLED', None),
        ('an end', lines, {'do': 'die'}, 'ERROR', says('ended with status 4 before it had answered')),
        ('the last answer', lines, {'do': 'last'}, 'SUCCESS', 'last'),
        ('a line that is nonsense', lines, {'do': 'nonsense'}, 'ERROR', says('not an object of JSON')),
        ('a line that is too long', lines, {'do': 'huge'}, 'ERROR', says('longer than the limit of 100000 bytes')),
        ('half a line', 'test.hasty', {'do': 'half'}, 'ERROR', says('limit of 1 seconds')),
        ('no answer', 'test.hasty', {'do': 'wait'}, 'ERROR', says('limit of 1 seconds'))]
    place.expect(cases)
    pids = [place.run(lines, **{'n': n}) for n in range(5)]
    check('a long-lived program is started once', len({result[1][0] for result in pids}) == 1, pids)
    check('answers that nobody asked for', place.run(lines, **{'do': 'twice'}) == ('SUCCESS', 1))
    check('are not the next one\'s', place.run(lines, **{'n': 1})[1][1] == {'n': 1})


def alive(pid):
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        with open('/proc/%d/stat' % pid) as file:
            return file.read().rsplit(')', 1)[1].split()[0] not in 'ZX'
    except FileNotFoundError:
        return False


def stopped(place, directory):
    """A program that is given up ends with all that it has started."""
    state, child = place.run('test.once', **{'do': 'child'})
    check('what a program leaves is ended', state == 'SUCCESS' and until(lambda: not alive(child)), child)
    ended = place.run('test.slow', do='wait', file=str(directory / 'late'))
    check('a program that is late', ended[0] == 'ERROR' and 'limit of 1 seconds' in ended[1], ended)


def cancelled(place, directory):
    """The end of an execution reaches the program that runs for it."""
    file = directory / 'cancelled'
    execution = place.begin("""
version: '2.0'
story:
  input: [file]
  tasks:
    wait:
      action: test.once
      input: {do: wait, file: <% $.file %>}
      target: standard_actions
""", {'file': str(file)})
    check('a program runs', until(lambda: file.exists() and len(file.read_text().split()) == 2))
    pids = [int(pid) for pid in file.read_text().split()]
    place.sql('SELECT mistral.cancel_execution(%s)', execution)
    check('when its execution is cancelled it is killed with its child', until(lambda: not any(map(alive, pids))), pids)


def bad_configurations(place, directory):
    """Mistakes end the executor before it begins."""
    good = '[program a]\ncommand = /bin/true\n'
    for text, said in (('[program a]\n', 'must begin with the whole path'), ('[program a]\ncommand = true\n', 'whole path'),
                       ('[program a]\ncommand = /no/such\n', 'cannot be run'), ('[program std.echo]\ncommand = /bin/true\n', 'standard action'),
                       (good + good, 'another program'), (good + 'type = both\n', 'once or lines'), (good + 'color = red\n', 'does not exist'),
                       ('[other a]\n', 'no section of the kind'), ('[program a\n', 'is no option'), ('[program a,b]\n', 'cannot be the name'),
                       ('[]\n', 'no section'), ('actions = std.echo, b\n' + good, 'names "b"'), (good + 'concurrency = 0\n', 'between 1 and 1000'), ('[program a]\ncommand = /bin/true "x\n', 'has no end')):
        (directory / 'bad.conf').write_text(text)
        done = subprocess.run([os.path.join(place.bindir, 'mistral-executor'), '--config', directory / 'bad.conf', '-d', 'port=1'],
                              capture_output=True, text=True, timeout=30)
        check('refused: %r' % text, done.returncode == 2 and said in done.stderr, done)
