#!/usr/bin/python3
"""Measure the REST server against pgbench running the same SQL.

usage: rest.py --program PATH --pgbench PATH --load PATH --database CONNINFO
               [--seconds N] [--executions N] [--json FILE]

One line a measurement: requests per second, median and 95th percentile in
milliseconds, transactions per second of pgbench, and the ratio. The goal is
a ratio of 0.6 at 8 connections. Then the time of the first, the middle and
the last page of a list.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request

import psycopg2

CONNECTIONS = 8
WORKFLOW = """version: '2.0'
bench_rest:
  input: [n: 1]
  output: {r: <% $.r %>}
  tasks:
    t:
      action: std.echo output=<% $.n %>
      publish: {r: <% task().result %>}
"""
# finished executions without tasks, spread over a day
FILL = """
WITH e AS (
    INSERT INTO mistral.workflow_executions
        (id, version_id, workflow_id, root_id, created_at, updated_at, finished_at, state,
         project_id, workflow_name, output)
    SELECT x.id, w.version_id, w.id, x.id, now() - x.n * interval '0.8 s', now(), now(),
           (CASE WHEN x.n %% 10 = 0 THEN 'E' ELSE 'S' END)::"char", current_user,
           'bench_rest', '{"r": 1}'
      FROM mistral.workflow_definitions w,
           (SELECT gen_random_uuid() AS id, n FROM generate_series(1, %s) AS n) AS x
     WHERE w.name = 'bench_rest' RETURNING id, project_id)
INSERT INTO mistral.execution_data (execution_id, project_id, root_id, input, params, context)
SELECT id, project_id, id, '{"n": 1}', '{"env": {}, "namespace": ""}', '{}' FROM e
"""


def prepare(database, executions):
    connection = psycopg2.connect(database)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM mistral.create_workflows(%s)", (WORKFLOW,))
    cursor.execute(FILL, (executions,))
    cursor.execute('VACUUM ANALYZE mistral.workflow_executions')
    cursor.execute('VACUUM ANALYZE mistral.execution_data')
    cursor.execute('SELECT id FROM mistral.workflow_executions ORDER BY id LIMIT 1000')
    ids = [row[0] for row in cursor]
    connection.close()
    return ids


def pgbench(options, sql):
    with tempfile.NamedTemporaryFile('w', suffix='.sql') as script:
        script.write(sql + ';\n')
        script.flush()
        out = subprocess.run([options.pgbench, '-n', '-M', 'prepared', '-c', str(CONNECTIONS), '-j', '2',
                              '-T', str(options.seconds), '-f', script.name, options.database],
                             capture_output=True, text=True, check=True).stdout
    return float(re.search(r'tps = ([0-9.]+)', out).group(1))


def load(options, port, words, *request):
    out = subprocess.run([options.load, str(port), str(CONNECTIONS), str(options.seconds)] + list(request),
                         input='\n'.join(words), capture_output=True, text=True, check=True).stdout
    return [float(x) for x in out.split()]


def measurements(ids):
    base = "'http://127.0.0.1'"
    yield ('GET execution', ids, ('GET', '/v2/executions/%s'),
           "SELECT mistral_api.get_execution('%s', params => '{}')" % ids[0])
    yield ('list of 100', [], ('GET', '/v2/executions?limit=100'),
           "SELECT mistral_api.list_executions('{\"limit\": \"100\"}', %s)" % base)
    yield ('list of 100, filtered', [], ('GET', '/v2/executions?limit=100&state=ERROR&fields=id,workflow_name,state'),
           "SELECT mistral_api.list_executions('{\"limit\": \"100\", \"state\": \"ERROR\","
           " \"fields\": \"id,workflow_name,state\"}', %s)" % base)
    body = '{"workflow_name": "bench_rest", "input": {"n": 3}}'
    yield ('POST execution', [], ('POST', '/v2/executions', body),
           "SELECT mistral_api.create_execution('%s')" % body)


def page_times(port):
    """Milliseconds for each page of 1000, newest first."""
    url = 'http://127.0.0.1:%d/v2/executions?limit=1000&fields=id&sort_keys=created_at&sort_dirs=desc' % port
    times = []
    while url:
        start = time.perf_counter()
        with urllib.request.urlopen(url) as answer:
            page = json.load(answer)
        times.append((time.perf_counter() - start) * 1e3)
        url = page.get('next')
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ('program', 'pgbench', 'load', 'database'):
        parser.add_argument('--' + name, required=True)
    parser.add_argument('--seconds', type=int, default=10)
    parser.add_argument('--executions', type=int, default=100000)
    parser.add_argument('--json', default=os.devnull)
    options = parser.parse_args()

    ids = prepare(options.database, options.executions)
    server = subprocess.Popen([options.program, '--port=0', '--access_log=off', '--pool_size=%d' % CONNECTIONS,
                               '--max_requests_per_connection=1000000000', '--database=' + options.database], stderr=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r'port (\d+)', server.stderr.readline()).group(1))
        times = page_times(port)
        with open(options.json, 'a', encoding='utf-8') as results:
            print('%-24s %8s %8s %8s %10s %6s' % ('', 'req/s', 'p50 ms', 'p95 ms', 'pgbench/s', 'ratio'))
            for name, words, request, sql in measurements(ids):
                rate, median, p95 = load(options, port, words, *request)
                tps = pgbench(options, sql)
                print('%-24s %8.0f %8.2f %8.2f %10.0f %6.2f' % (name, rate, median, p95, tps, rate / tps))
                results.write(json.dumps({'rest': name, 'rate': rate, 'p50_ms': median, 'p95_ms': p95,
                                          'pgbench_tps': tps, 'ratio': round(rate / tps, 3)}) + '\n')
            print('pages of 1000 of %d: first %.0f ms, middle %.0f ms, last %.0f ms' % (
                options.executions, times[0], times[len(times) // 2], times[-2]))
            results.write(json.dumps({'rest': 'pages', 'first_ms': times[0], 'middle_ms': times[len(times) // 2],
                                      'last_ms': times[-2]}) + '\n')
    finally:
        server.terminate()
        server.wait()


if __name__ == '__main__':
    sys.exit(main())
