#!/usr/bin/python3
"""The two companies of the demo: an HTTP service on a free port of localhost.

usage: service.py PORTFILE LOGFILE

/hotel/CITY and /flight/CITY answer with a price. The airline's first answer
is 503, so that the workflow has something to retry. PORTFILE gets the port,
LOGFILE a line for each request.
"""
import http.server
import json
import sys
import urllib.parse

PRICES = {'hotel': 129, 'flight': 248}
calls = {}


class Company(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, _, city = urllib.parse.unquote(self.path).strip('/').partition('/')
        calls[kind] = calls.get(kind, 0) + 1
        if kind not in PRICES:
            self.answer(404, {'error': 'nobody sells that'})
        elif kind == 'flight' and calls[kind] == 1:
            self.answer(503, {'error': 'the booking system is being restarted'})
        else:
            self.answer(200, {'city': city, 'price': PRICES[kind] + 3 * len(city)})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, text, *args):
        with open(sys.argv[2], 'a', encoding='utf-8') as log:
            log.write(text % args + '\n')


def main():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Company)
    with open(sys.argv[1], 'w', encoding='utf-8') as f:
        f.write(str(server.server_port))
    server.serve_forever()


if __name__ == '__main__':
    main()
