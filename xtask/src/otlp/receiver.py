"""Receives one request with metrics, reads it with the messages of OpenTelemetry, and prints what it has.

It prints a line with its port; then, after the request, one line of JSON for each metric: name, unit, kind, and points with their
attributes and values.
"""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)


def value(point, kind):
    if kind == "histogram":
        assert len(point.bucket_counts) == len(point.explicit_bounds) + 1 and sum(point.bucket_counts) == point.count
        return point.count
    return getattr(point, point.WhichOneof("value"))


def described(metric):
    kind = metric.WhichOneof("data")
    data = getattr(metric, kind)
    points = [
        {
            "attributes": {attribute.key: attribute.value.string_value for attribute in point.attributes},
            "value": value(point, kind),
        }
        for point in data.data_points
    ]
    if kind == "sum":
        kind = "counter" if data.is_monotonic else "sum"
    return {"name": metric.name, "unit": metric.unit, "kind": kind, "points": points}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        assert self.path == "/v1/metrics" and self.headers["content-type"] == "application/x-protobuf", self.path
        body = self.rfile.read(int(self.headers["content-length"]))
        request = ExportMetricsServiceRequest.FromString(body)
        # Fields that the messages do not have would be kept and not be read.
        request.DiscardUnknownFields()
        assert len(request.SerializeToString()) == len(body), "fields are unknown"
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.end_headers()
        self.wfile.write(ExportMetricsServiceResponse().SerializeToString())
        [of] = request.resource_metrics
        assert {"service.name", "service.version"} <= {attribute.key for attribute in of.resource.attributes}
        for scope in of.scope_metrics:
            for metric in scope.metrics:
                print(json.dumps(described(metric)), flush=True)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.handle_request()
