"""Sends reports of requests as Claude Code does, by OpenTelemetry's own SDK.

Usage: sender.py ENDPOINT ENCODING FILE, where ENCODING is `protobuf` or `json` and FILE has the attributes of one record
on each line. The SDK has no exporter for JSON: its encoder's messages are written as JSON, as the specification maps them.
"""

import json
import sys

import requests
from google.protobuf.json_format import MessageToDict
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.resources import Resource

# As many as Claude Code sends at once.
BATCH = 512


class JsonExporter(LogRecordExporter):
    """Sends the messages of the SDK as JSON."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def export(self, batch):
        body = json.dumps(MessageToDict(encode_logs(batch)))
        answer = requests.post(self.endpoint, data=body, headers={"content-type": "application/json"}, timeout=60)
        if answer.status_code != 200 or answer.json().get("partialSuccess"):
            sys.exit(f"the server answered {answer.status_code}: {answer.text}")
        return LogRecordExportResult.SUCCESS

    def force_flush(self, timeout_millis=10_000):
        return True

    def shutdown(self):
        pass


class Checked(LogRecordExporter):
    """Ends the program when a batch was not taken: the SDK would only log it."""

    def __init__(self, exporter):
        self.exporter = exporter
        self.failed = 0

    def export(self, batch):
        result = self.exporter.export(batch)
        self.failed += result is not LogRecordExportResult.SUCCESS
        return result

    def force_flush(self, timeout_millis=10_000):
        return True

    def shutdown(self):
        self.exporter.shutdown()


def main(endpoint, encoding, path):
    if encoding == "protobuf":
        exporter = OTLPLogExporter(endpoint=endpoint, compression=Compression.Gzip)
    else:
        exporter = JsonExporter(endpoint)
    checked = Checked(exporter)
    provider = LoggerProvider(resource=Resource.create({"service.name": "claude-code", "host.name": "MARKER-host"}))
    processor = BatchLogRecordProcessor(checked, max_queue_size=1 << 20, max_export_batch_size=BATCH)
    provider.add_log_record_processor(processor)
    logger = provider.get_logger("com.anthropic.claude_code.events")
    sent = 0
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            attributes = json.loads(line)
            nanos = attributes.pop("at_ms") * 1_000_000
            record = LogRecord(
                timestamp=nanos,
                body="claude_code.api_request",
                severity_number=SeverityNumber.INFO,
                attributes={**attributes, "user.email": "MARKER-email", "prompt": "MARKER-prompt", "nested": ["MARKER-list"]},
            )
            logger.emit(record)
            sent += 1
    provider.force_flush(60_000)
    provider.shutdown()
    if checked.failed:
        sys.exit(f"{checked.failed} batches were not taken")
    print(f"{sent} reports were sent as {encoding}")


main(*sys.argv[1:])
