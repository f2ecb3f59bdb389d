#!/usr/bin/env python3
"""Compare what has to stand in two languages, fact by fact.

    facts.py

Each check reads both texts and prints one line a difference; nothing means
that they agree. Findings named in exceptions.txt beside this file are left
out, and an entry there that is no longer needed is a finding itself.

    columns     descriptions of tables in C, and their list
    actions     standard actions: the engine, the REST API, the executor, docs
    codes       SQLSTATEs in sql/ and contrib/, and in errors.h
    settings    boot values, and what the variables are initialized with
    policies    attributes of tasks, what the engine does, and docs/language.md
    ranges      addresses that are denied by default, as programs and check_outbound() have them
    services    actions that rules on requests hold for: policy.c and stat_queue
"""
import glob
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
KIND = 'fact: '


def read(path):
    with open(os.path.join(PROJECT, path), encoding='utf-8') as f:
        return f.read()


def paths(*patterns):
    found = [path for pattern in patterns for path in glob.glob(os.path.join(PROJECT, pattern), recursive=True)]
    return sorted(os.path.relpath(path, PROJECT) for path in found)


def without_comments(text):
    return re.sub(r'/\*.*?\*/', ' ', text, flags=re.S)


# ---- columns ----

def check_columns():
    """Each description of a table is listed, so that the test "columns" compares it with the catalog."""
    for path in paths('src/**/*.c'):
        text = without_comments(read(path))
        described = set(re.findall(r'^(?:static )?TableDef\s+(\w+) =', text, re.M))
        for name in sorted(described ^ set(re.findall(r'^LIST_TABLE\((\w+)\);', text, re.M))):
            yield '%s: TableDef %s is described or listed, and not both' % (path, name)


# ---- standard actions ----

def engine_actions():
    """{name: (required, optional, runs in the database)}"""
    text = without_comments(read('src/engine/work/builtin.c'))
    macros = dict(re.findall(r'#define (\w+) "([^"]*)"', text))
    actions = {}
    for name, required, optional, rest in re.findall(
            r'\{"(std\.\w+)",\s*"([^"]*)",\s*("[^"]*"|\w+),([^}]*)\}', text):
        optional = optional.strip('"') if optional.startswith('"') else macros[optional]
        actions[name] = (required.split(), optional.split(), re.search(r'\brun_\w+', rest) is not None)
    return actions


def described_actions():
    """{name: (required, optional)} of mistral_api.builtin_actions."""
    text = read('sql/api_definitions.sql')
    rows = re.search(r'INSERT INTO mistral_api\.builtin_actions .*? VALUES\n(.*?);\n', text, re.S).group(1)
    actions = {}
    for name, parameters in re.findall(r"^    \('(std\.\w+)',\s+'([^']*)'", rows, re.M):
        parts = [part for part in parameters.split(', ') if part]
        actions[name] = ([p for p in parts if '=' not in p], [p.split('=')[0] for p in parts if '=' in p])
    for name, source in re.findall(r"SELECT '(std\.\w+)', .* WHERE b\.name = '(std\.\w+)'", text):
        actions[name] = actions[source]
    return actions


def check_actions():
    engine, api = engine_actions(), described_actions()
    executor = set()
    for path in paths('contrib/executor/*.c'):
        executor.update(re.findall(r'^\s*\{"(std\.\w+)",', read(path), re.M))
    told = read('docs/standard-actions.md')
    for name in sorted(set(engine) | set(api) | executor):
        if name not in engine:
            yield 'action %s is not in src/engine/work/builtin.c' % name
            continue
        required, optional, runs_here = engine[name]
        if name not in api:
            yield 'action %s is not in mistral_api.builtin_actions' % name
        else:
            if api[name][0] != required:
                yield 'action %s requires "%s" in the engine, and "%s" in mistral_api.builtin_actions' % (
                    name, ' '.join(required), ' '.join(api[name][0]))
            for parameter in sorted(set(optional) ^ set(api[name][1])):
                yield 'action %s: parameter %s is not in %s' % (
                    name, parameter, 'mistral_api.builtin_actions' if parameter in optional else 'the engine')
        if not runs_here and name not in executor:
            yield 'action %s runs neither in the database nor in contrib/executor' % name
        if not re.search(r'\b%s\b' % re.escape(name), told):
            yield 'action %s is not in docs/standard-actions.md' % name


# ---- SQLSTATEs ----

def check_codes():
    digits = re.findall(r"MST_ERRCODE\('(\w)', '(\w)', '(\w)'\)", read('src/util/errors.h'))
    known = {'MS' + ''.join(d) for d in digits}
    for path in paths('sql/*.sql', 'contrib/*/*.[ch]'):
        if 'mistral--' in path:
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            for code in re.findall(r"\bMS[0-9]{3}\b", line):
                if code not in known:
                    yield '%s:%d: %s is not in src/util/errors.h' % (path, number, code)


# ---- settings ----

def check_settings():
    text = without_comments(read('src/util/guc.c'))
    initial = dict(re.findall(r'^(?:bool|int|double|char)\s+\*?(mst_\w+) = ([^;]+);', text, re.M))
    defined = re.findall(r'DefineCustom(\w+)Variable\("(mistral\.\w+)",(.*?)\);', text, re.S)
    for kind, name, rest in defined:
        rest = re.sub(r'"(?:[^"\\]|\\.)*"', lambda m: m.group(0).replace(',', '\0'), rest)
        found = re.search(r'&(mst_\w+),\s*([^,]+),', rest)
        variable, boot = found.group(1), found.group(2).strip()
        if initial.get(variable, '').strip() != boot.replace('\0', ','):
            yield 'setting %s begins as %s, and its variable as %s' % (name, boot, initial.get(variable))


# ---- policies ----

def check_policies():
    told = read('docs/language.md')
    engine = ''.join(read(path) for path in paths('src/engine/steps/*.c'))
    for member, attribute in re.findall(r'X\((\w+), "([\w-]+)"', read('src/dsl/policies.h')):
        if not re.search(r'\bp(?:\.|->)%s\b' % member, engine):
            yield 'policy %s is evaluated, and has no effect in src/engine/steps' % attribute
        if '`%s`' % attribute not in told:
            yield 'policy %s is not in docs/language.md' % attribute


# ---- attributes ----

def rule_names(text, end):
    """Names of the attributes in a list of rules that ends so."""
    names = re.findall(r'\{"([\w-]+)",', text.partition(end)[0])
    return names + (re.findall(r'X\(\w+, "([\w-]+)"', read('src/dsl/policies.h')) + ['retry'] if 'POLICY_RULES' in text.partition(end)[0] else [])


def check_attributes():
    """Each attribute that a check knows is among those that editors offer; what has no effect is not."""
    task, definition = read('src/dsl/check_task.c'), read('src/dsl/check_definition.c')
    known = {('task', name) for start, end in (('#define COMMON_RULES', '\n\n'), ('direct_rules[] = {', '};'), ('reverse_rules[] = {', '};'))
             for name in rule_names(task.partition(start)[2], end)}
    known |= {('workflow', name) for name in rule_names(definition.partition('check_attributes(SpecContext')[2].partition('rules[] = {')[2], '};')}
    known |= {('action', name) for name in rule_names(definition.partition('mst_check_action(SpecContext')[2].partition('rules[] = {')[2], '};')}
    without_effect = {('task', 'name'), ('task', 'version'), ('task', 'type'), ('workflow', 'name'), ('workflow', 'version'),
                      ('action', 'name'), ('action', 'version')}
    rows = re.search(r'INSERT INTO mistral_api\.attributes .*? VALUES\n(.*?);\n', read('sql/api_design.sql'), re.S).group(1)
    offered = {pair for pair in re.findall(r"^    \('(\w+)', '([\w-]+)', ", rows, re.M) if pair[0] != 'workbook'}
    for place, name in sorted((known - without_effect) ^ offered):
        yield 'attribute %s of a %s is not in %s' % (
            name, place, 'src/dsl' if (place, name) in offered else 'mistral_api.attributes')


# ---- rules on where requests may go ----

def check_ranges():
    programs = re.search(r'#define EGRESS_DENIED_RANGES (.*?)\n\n', read('contrib/common/egress.h'), re.S).group(1)
    explained = re.search(r"denied_ranges CONSTANT cidr\[\] := (.*?);", read('sql/policy.sql'), re.S).group(1)
    lists = [set(re.findall(r'[0-9a-f.:]+/[0-9]+', text)) for text in (programs, explained)]
    for network in sorted(lists[0] ^ lists[1]):
        yield 'range %s is not in %s' % (network, 'sql/policy.sql' if network in lists[0] else 'contrib/common/egress.h')


def check_services():
    rows = re.search(r'services\[\]\[2\] = \{(.*?)\};', read('src/store/policy.c'), re.S).group(1)
    engine = set(re.findall(r'\{"([\w.]+)", "(\w+)"\}', rows))
    view = re.search(r"JOIN \(VALUES (.*?)\) AS s\(action, service\)", read('sql/stats.sql'), re.S).group(1)
    for pair in sorted(engine ^ set(re.findall(r"\('([\w.]+)', '(\w+)'\)", view))):
        yield 'action %s, service %s: src/store/policy.c and mistral.stat_queue differ' % pair


def main():
    lines = [line.strip() for line in open(os.path.join(HERE, 'exceptions.txt'), encoding='utf-8')]
    exceptions = [line[len(KIND):] for line in lines if line.startswith(KIND)]
    needed = set()
    for check in (check_columns, check_actions, check_codes, check_settings, check_policies, check_attributes, check_ranges, check_services):
        for finding in check():
            if finding in exceptions:
                needed.add(finding)
            else:
                print(KIND + finding)
    for entry in exceptions:
        if entry not in needed:
            print('exceptions.txt: no longer needed: %s%s' % (KIND, entry))


main()
