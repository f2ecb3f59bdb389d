#!/usr/bin/python3
"""Write the recorded expressions as seeds for the fuzzer.

usage: seeds.py CASES_DIRECTORY OUTPUT_DIRECTORY

Makes the directories yaql, expression, template and any: what stands between
the delimiters, templates, and whole strings.
"""
import glob
import hashlib
import json
import os
import sys


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)


def save(directory, text):
    if len(text) <= 400:
        data = text.encode('utf-8', 'replace')
        with open(os.path.join(directory, hashlib.sha1(data).hexdigest()[:16]), 'wb') as f:
            f.write(data)


def main():
    cases, output = sys.argv[1:]
    where = {}
    for kind in ('yaql', 'expression', 'template', 'any'):
        where[kind] = os.path.join(output, kind)
        os.makedirs(where[kind], exist_ok=True)
    for path in sorted(glob.glob(os.path.join(cases, '*.jsonl'))):
        with open(path, encoding='utf-8') as f:
            for line in f:
                for text in strings(json.loads(line)['expr']):
                    save(where['any'], text)
                    if text.startswith('<%') and text.endswith('%>'):
                        save(where['yaql'], text[2:-2].strip())
                    elif text.startswith('{{') and text.endswith('}}') and '}}' not in text[2:-2]:
                        save(where['expression'], text[2:-2].strip())
                    elif '{{' in text or '{%' in text:
                        save(where['template'], text)


main()
