"""Responses of http.client that are read over interim ones: the library itself does so with 100 only, and takes 104 for final."""

import http.client


class Response(http.client.HTTPResponse):
    def __init__(self, *arguments, on_interim=None, **options):
        super().__init__(*arguments, **options)
        self.on_interim = on_interim

    def _read_status(self):
        while True:
            version, status, reason = super()._read_status()
            if not 101 < status < 200:
                return version, status, reason
            fields = http.client.parse_headers(self.fp)
            if self.on_interim:
                self.on_interim(status, fields)


class Connection(http.client.HTTPConnection):
    """`on_interim` is called with the status and the fields of each interim response, as it arrives."""

    on_interim = None

    def response_class(self, *arguments, **options):
        return Response(*arguments, on_interim=self.on_interim, **options)
