"""std.email: what a server gets, how it logs in, what is refused, bad servers."""
import email
import email.policy

from .peers import SmtpServer, server_context
from .place import check, says, until

MAIL = {'from_addr': 'me@example.org', 'to_addrs': ['you@example.org'], 'subject': 'hello', 'body': 'text'}


def run(place, directory):
    context = server_context(directory)
    server, plain, tls = SmtpServer(context), SmtpServer(context, starts_tls=False), SmtpServer(context, is_tls=True)
    with place.executor('--ca-file', str(directory / 'cert.pem'), '--email-timeout', '2'):
        messages(place, plain)
        logins(place, server, plain, tls)
        refusals(place, plain)
        bad_servers(place, plain)
    with place.executor():
        place.expect([('a password for a server that cannot be verified', 'std.email',
                       {**MAIL, 'smtp_server': server.host, 'smtp_password': 'secret'}, 'ERROR', says('certificate'))])
        check('was not sent', len(server.logins) == 1, server.logins)
    with place.executor('--allowed-hosts', 'mail.example.org'):
        place.expect([('a server that is not allowed', 'std.email', {**MAIL, 'smtp_server': plain.host}, 'ERROR',
                       says('not on the list of allowed hosts'))])
    with place.executor('--denied-ranges', '127.0.0.0/8,::1/128'):
        place.expect([('an address that is not allowed', 'std.email', {**MAIL, 'smtp_server': plain.host}, 'ERROR',
                       says('denied range'))])


def sent(place, server, **given):
    """The envelope and the message that a mail comes to."""
    state, result = place.run('std.email', **{**MAIL, 'smtp_server': server.host, **given})
    check('a mail is sent', (state, result) == ('SUCCESS', None), (state, result))
    mail = server.mails.pop()
    return mail, email.message_from_bytes(mail['data'], policy=email.policy.default)


def text_of(part):
    return part.get_content().replace('\r\n', '\n').removesuffix('\n')


def messages(place, server):
    mail, message = sent(place, server)
    check('the envelope', (mail['from'], mail['to']) == ('me@example.org', ['you@example.org']), mail)
    check('the headers', [message[h] for h in ('From', 'To', 'Subject')] == ['me@example.org', 'you@example.org', 'hello'])
    check('its date and its id', message['Date'].datetime and message['Message-ID'].endswith('@example.org>'))
    check('the body', message.get_content_type() == 'text/plain' and text_of(message) == 'text')

    body = 'Grüße, 日本\n.\n..two\nFrom here  \n' + 'x' * 2000 + '\n= 100 %\t\nend'
    subject = 'Grüße an alle, und noch viel mehr Wörter 日本語 ' * 5
    mail, message = sent(place, server, subject=subject, body=body, html_body='<p>Grüße</p>',
                         from_addr='Jörg "X" Müller <me@example.org>', to_addrs=['you@example.org', 'Ann, B. <ann@example.org>'],
                         cc_addrs=['cc@example.org'], bcc_addrs=['hidden@example.org'], reply_to=['back@example.org', 'b2@example.org'])
    check('all recipients', mail['to'] == ['you@example.org', 'ann@example.org', 'cc@example.org', 'hidden@example.org'], mail['to'])
    check('bcc is in the envelope only', b'hidden' not in mail['data'])
    check('the subject', message['Subject'] == subject.strip() or message['Subject'] == subject, message['Subject'])
    check('names', [a.display_name for a in message['From'].addresses + message['To'].addresses] ==
          ['Jörg "X" Müller', '', 'Ann, B.'], message['To'])
    check('cc and reply-to', (message['Cc'], message['Reply-To']) == ('cc@example.org', 'back@example.org, b2@example.org'))
    check('two alternatives', message.get_content_type() == 'multipart/alternative' and
          [part.get_content_type() for part in message.iter_parts()] == ['text/plain', 'text/html'])
    parts = [text_of(part) for part in message.iter_parts()]
    check('the texts', parts == [body, '<p>Grüße</p>'], parts)
    check('no line is too long', max(map(len, mail['data'].split(b'\r\n'))) <= 78 and mail['data'].isascii())

    _, message = sent(place, server, subject='', body=None)
    check('what is empty says so', (message['Subject'], text_of(message)) == ('<No subject>', '<No body>'))
    _, message = sent(place, server, subject='one\r\nBcc: evil@example.org', body='\r\n.\r\nMAIL FROM:<x>')
    check('a subject is one line', message['Bcc'] is None and message['Subject'] == 'one  Bcc: evil@example.org', message['Subject'])
    check('a body does not end early', 'MAIL FROM' in message.get_content() and not server.mails)


def logins(place, server, plain, tls):
    mail, _ = sent(place, server, smtp_password='secret')
    check('with a password: TLS, and the sender logs in', mail['is_secure'] and
          server.logins == [('me@example.org', 'secret', True)], server.logins)
    mail, _ = sent(place, server)
    check('without one: TLS if there is some', mail['is_secure'] and len(server.logins) == 1)
    mail, _ = sent(place, tls, smtp_server='smtps://' + tls.host, smtp_password='secret')
    check('TLS from the beginning', mail['is_secure'] and len(tls.logins) == 1)
    place.expect([
        ('a wrong password', 'std.email', {**MAIL, 'smtp_server': tls.host.join(['smtps://', '']), 'smtp_password': 'no'},
         'ERROR', says('Failed to send an email message')),
        ('a password without TLS', 'std.email', {**MAIL, 'smtp_server': plain.host, 'smtp_password': 'secret'}, 'ERROR',
         says('Failed to send an email message'))])
    check('which never goes out in the clear', not plain.logins)


def refusals(place, server):
    bad = {'smtp_server': server.host}
    cases = [({'to_addrs': 'you@example.org,me@example.org'}, 'lists of addresses'), ({'to_addrs': []}, 'no recipient'),
             ({'to_addrs': ['you']}, 'no e-mail address'), ({'to_addrs': ['a@b> SIZE=1']}, 'no e-mail address'),
             ({'to_addrs': ['a@b\r\nRCPT TO:<c@d>']}, 'no e-mail address'), ({'to_addrs': [7]}, 'no e-mail address'),
             ({'cc_addrs': ['x\nBcc: y <a@b>']}, 'no e-mail address'), ({'reply_to': ['a@b, c@d']}, 'no e-mail address'),
             ({'from_addr': 'me\n@example.org'}, 'from_addr'), ({'body': {'a': 1}}, 'must be texts'),
             ({'smtp_server': 'http://localhost'}, 'smtp_server must be'), ({'smtp_server': 'a b'}, 'smtp_server must be'),
             ({'smtp_server': '127.0.0.1:1'}, 'Failed to send'), ({'to_addrs': ['x%d@y' % n for n in range(1001)]}, 'more than 1000')]
    place.expect([('refused: %.60s' % given, 'std.email', {**MAIL, **bad, **given}, 'ERROR', says(why)) for given, why in cases])
    check('nothing of it was sent', not server.mails)


def bad_servers(place, server):
    place.expect([('a server that is %s' % name, 'std.email', {**MAIL, 'smtp_server': server.host, 'from_addr': name + '@example.org'},
                   'ERROR', says('Failed to send an email message')) for name in ('cut', 'slow', 'malformed', 'half', 'full')])
    place.expect([('an unknown recipient', 'std.email',
                   {**MAIL, 'smtp_server': server.host, 'to_addrs': ['you@example.org', 'unknown@example.org']}, 'ERROR',
                   says('Failed to send'))])
    check('has it sent to nobody', not server.mails)
    server.gate.set()
    check('the executor goes on', until(lambda: place.run('std.email', **{**MAIL, 'smtp_server': server.host})[0] == 'SUCCESS'))
