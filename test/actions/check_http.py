"""std.http: TLS, proxies, redirects, what it tells services of itself, bad services."""
from .peers import HttpServer, server_context
from .place import TARGET, check, says, until


def run(place, directory):
    secure, plain, other = HttpServer(server_context(directory)), HttpServer(), HttpServer()
    with place.executor('--ca-file', str(directory / 'cert.pem'), '--http-max-content', '1000'):
        requests(place, secure, plain)
        proxies(place, secure, plain)
        redirects(place, plain, other)
        keys(place, plain)
        cut_off(place, plain)
    with place.executor('--http-idempotency-header', 'X-Once', '--allowed-hosts', 'localhost'):
        safely(place, plain, '/other')
        check('the key has the name that the setting gives it', plain.last('/other')['headers']['X-Once'])
        place.expect([
            ('a proxy that is not allowed', 'std.http', {'url': plain.url, 'proxies': {'all': 'http://127.0.0.1:1'}},
             'ERROR', says('proxy is not on the list of allowed hosts')),
            ('a proxy that is none', 'std.http', {'url': plain.url, 'proxies': {'http': 7}}, 'ERROR', says('invalid proxy'))])
    with place.executor('--http-idempotency-header', 'none'):
        safely(place, plain, '/none')
        check('no key is sent if there is to be none', 'Idempotency-Key' not in plain.last('/none')['headers'])


def requests(place, secure, plain):
    place.expect([
        ('TLS, by the authorities of the setting', 'std.http', {'url': secure.url + '/tls'}, 'SUCCESS',
         lambda r: r['content'] == {'path': '/tls'}),
        ('TLS that is not to be verified', 'std.http', {'url': secure.url + '/any', 'verify': False}, 'SUCCESS',
         lambda r: r['status'] == 200),
        ('TLS by other authorities', 'std.http', {'url': secure.url + '/no', 'verify': '/etc/ssl/certs/ca-certificates.crt'},
         'ERROR', says('Failed to send HTTP request')),
        ('plain text to a server with TLS', 'std.http', {'url': secure.url.replace('https', 'http')}, 'ERROR',
         says('Failed to send HTTP request')),
        ('an end in the middle', 'std.http', {'url': plain.url + '/cut'}, 'ERROR', says('Failed to send HTTP request')),
        ('a limit of time', 'std.http', {'url': plain.url + '/held', 'timeout': 1}, 'ERROR', says('timed out')),
        ('a header that would begin another', 'std.http', {'url': plain.url, 'headers': {'X-A': 'b\r\nX-C: d'}}, 'ERROR',
         says('invalid header'))])
    check('what was refused was not sent', not any('X-C' in request['headers'] for request in plain.seen))


def proxies(place, secure, plain):
    proxy = HttpServer()
    place.expect([('a request by a proxy, TLS', 'std.http', {
        'url': secure.url + '/by', 'proxies': {'https': proxy.url}}, 'SUCCESS', lambda r: r['content'] == {'path': '/by'})])
    check('it went by the proxy', proxy.last()['method'] == 'CONNECT', proxy.seen)
    place.expect([('a request by a proxy, plain', 'std.http', {
        'url': plain.url + '/by', 'proxies': {'all': proxy.url}}, 'SUCCESS', lambda r: r['status'] == 200)])
    check('which gets the whole URL', proxy.last()['path'] == plain.url + '/by', proxy.seen)
    place.expect([('a proxy that does not answer', 'std.http', {
        'url': plain.url, 'proxies': {'http': 'http://127.0.0.1:1'}}, 'ERROR', says('Failed to send HTTP request'))])


def redirects(place, plain, other):
    secrets = {'headers': {'Authorization': 'Bearer x', 'X-Mine': 'y'}, 'cookies': {'c': 'd'}, 'allow_redirects': True}
    place.expect([
        ('a redirect to the same server', 'std.http', {'url': plain.url + '/away/' + '/same', **secrets}, 'SUCCESS',
         lambda r: r['status'] == 200),
        ('one to another', 'std.http', {'url': plain.url + '/away/' + other.url + '/there', **secrets}, 'SUCCESS',
         lambda r: r['content'] == {'path': '/there'} and len(r['history']) == 1)])
    same, there = plain.last('/same')['headers'], other.last('/there')['headers']
    check('the same server gets the credentials again', same['Authorization'] == 'Bearer x' and same['Cookie'] == 'c=d', same)
    check('another one does not', 'Authorization' not in there and 'Cookie' not in there and there['X-Mine'] == 'y', there)


def safely(place, service, path, **more):
    """Run a request of a task that may be run again; its action's id."""
    execution = place.workflow("""
version: '2.0'
story:
  input: [request]
  tasks:
    ask:
      action: std.http
      input: <%% $.request %%>
      target: %s
      safe-rerun: true
""" % TARGET, {'request': {'url': service.url + path, 'method': 'POST', 'body': 'x', **more}})
    return place.sql('SELECT id FROM mistral.actions WHERE workflow_execution_id = %s', execution['id'])


def keys(place, plain):
    place.run('std.http', url=plain.url + '/once', method='POST')
    check('what is not run again has no key', 'Idempotency-Key' not in plain.last('/once')['headers'])
    action = safely(place, plain, '/often')
    check('what may be has its id', plain.last('/often')['headers']['Idempotency-Key'] == str(action))
    safely(place, plain, '/mine', headers={'idempotency-key': 'mine'})
    check('the key of the input goes before', plain.last('/mine')['headers'].get_all('Idempotency-Key') == ['mine'])


def cut_off(place, plain):
    """A cancelled request is no obstacle to others."""
    action = place.start('std.http', url=plain.url + '/held')
    check('a request waits', place.begun(action) and until(lambda: plain.last('/held')))
    place.sql("SELECT mistral.complete_action(%s, 'ERROR', '\"enough\"')", action)
    check('it can be ended from elsewhere', place.end(action) == ('ERROR', 'enough'))
    plain.gate.set()
    check('the executor goes on', place.run('std.http', url=plain.url + '/on')[0] == 'SUCCESS')
