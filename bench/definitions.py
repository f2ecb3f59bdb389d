"""The workflows that are measured, written by rule for any size."""


def workflow(name, tasks, **other):
    """The text of a workflow; tasks is a list of (name, lines)."""
    lines = ["version: '2.0'", '', '%s:' % name]
    for key, value in other.items():
        lines.append('  %s: %s' % (key, value))
    lines.append('  tasks:')
    for task, body in tasks:
        lines.append('    %s:' % task)
        lines += ['      ' + line for line in body]
    return '\n'.join(lines) + '\n'


def chain(name, length, action):
    tasks = []
    for i in range(1, length + 1):
        body = ['action: ' + action]
        if i < length:
            body.append('on-success: t%d' % (i + 1))
        tasks.append(('t%d' % i, body))
    return workflow(name, tasks)


def ordinary(name):
    """What people write: input, a decision, items, retries, published results."""
    return workflow(name, [
        ('find', ['action: std.http', 'input: {url: "<% $.url %>/servers", method: GET}',
                  'publish: {servers: "<% task().result.content.servers %>"}',
                  'retry: {count: 3, delay: 5}',
                  'on-success:', '  - restart: <% $.servers.len() > 0 %>', '  - report: <% $.servers.len() = 0 %>',
                  'on-error: [report]']),
        ('restart', ['with-items: s in <% $.servers.where($.state = ERROR) %>', 'concurrency: 5',
                     'action: std.http url=<% concat($.url, "/servers/", $.s.id) %> method=POST',
                     'timeout: 60', 'publish: {restarted: "<% $.servers.select($.id) %>"}', 'on-complete: [report]']),
        ('report', ['action: std.echo output="<% $.restarted.len() %> of <% $.servers.len() %>"',
                    'wait-after: 1']),
    ], input='[url, {restarted: []}, {servers: []}]', output='{restarted: <% $.restarted %>}',
       description='restarts servers that are in error', tags='[ops, nightly]')


def fan(name, width, action):
    """One task, then width tasks at once, then a join."""
    tasks = [('begin', ['action: std.noop', 'on-success: [%s]' % ', '.join('t%d' % i for i in range(width))])]
    for i in range(width):
        tasks.append(('t%d' % i, ['action: ' + action, 'on-success: finish']))
    tasks.append(('finish', ['join: all', 'action: std.noop']))
    return workflow(name, tasks)


def wide(name, width, action='std.noop'):
    """Tasks that nothing connects."""
    return workflow(name, [('t%d' % i, ['action: ' + action]) for i in range(width)])


def items(name, action):
    return workflow(name, [('each', ['with-items: i in <% $.list %>', 'action: ' + action])],
                    input='[list]')


def publishing(name, length, size):
    """A chain in which each task publishes a text of its own."""
    tasks = []
    for i in range(1, length + 1):
        body = ['action: std.noop', 'publish:', "  v%d: '%s'" % (i, 'x' * size)]
        if i < length:
            body.append('on-success: t%d' % (i + 1))
        tasks.append(('t%d' % i, body))
    return workflow(name, tasks)


def levels(name, depth, width, action='std.noop'):
    """Levels of tasks, each joined before the next begins."""
    tasks = []
    for level in range(depth):
        for i in range(width):
            tasks.append(('t%d_%d' % (level, i), ['action: ' + action, 'on-success: join%d' % level]))
        body = ['join: all', 'action: std.noop']
        if level + 1 < depth:
            body.append('on-success: [%s]' % ', '.join('t%d_%d' % (level + 1, i) for i in range(width)))
        tasks.append(('join%d' % level, body))
    return workflow(name, tasks)


def merging(name, branches, variables):
    """Branches that publish many variables each, joined."""
    tasks = []
    for b in range(branches):
        body = ['action: std.noop', 'publish:']
        body += ['  v%d_%d: %d' % (b, v, v) for v in range(variables)]
        body.append('on-success: all')
        tasks.append(('b%d' % b, body))
    tasks.append(('all', ['join: all', 'action: std.noop']))
    return workflow(name, tasks)


def nested(name, count):
    """One workflow that starts many others."""
    child = workflow(name + '_child', [('only', ['action: std.noop'])])
    parent = workflow(name, [('call', ['with-items: i in <%% range(0, %d) %%>' % count,
                                       'workflow: ' + name + '_child'])])
    return child, parent
