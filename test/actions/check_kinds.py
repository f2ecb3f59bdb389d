"""The kinds of actions of the executor and of the database are the same."""
import os
import subprocess

from .place import TARGET, check

HELPERS = {'mistral-js': {'std.javascript', 'std.js'}, 'mistral-ssh': {'std.ssh', 'std.ssh_proxied'}}


def run(place, _):
    missing = set().union(*(names for program, names in HELPERS.items() if not place.has(program)))
    # those are the database's alone
    known = set(place.sql("SELECT array_agg(name) FROM mistral_api.builtin_actions WHERE name NOT IN ('std.sql', 'std.human')"))
    with place.executor():
        taken = set(place.sql('SELECT actions FROM mistral.executors WHERE name = %s', TARGET))
        check('the executor takes what the database knows', taken == known - missing, taken ^ known)
    said = subprocess.run([os.path.join(place.bindir, 'mistral-executor'), '--version'], capture_output=True, text=True, check=True).stdout
    check('it says what it cannot', {name for name in known if name + ' cannot be run' in said} == missing, said)
    with place.executor('--actions', 'std.echo,std.fail'):
        taken = place.sql('SELECT actions FROM mistral.executors WHERE name = %s', TARGET)
        check('it takes what it is told to', taken == ['std.echo', 'std.fail'], taken)
