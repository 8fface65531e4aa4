"""Receives mail from `ctm serve` by aiosmtpd, and reads it by Python's own library.

Usage: receiver.py BINARY FOLDER HOME CERTIFICATES, where FOLDER is empty and CERTIFICATES has those of the tests of `ctm-notify`.
A server is started with a channel for each form of encryption, and sends the report of last month to all of them.
"""

import json
import logging
import os
import queue
import re
import socket
import ssl
import subprocess
import sys
import urllib.request
import warnings
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

BINARY, FOLDER, HOME, CERTIFICATES = map(Path, sys.argv[1:])

# The verifier of other systems takes no authority from the environment.
FORMS = ["none", "starttls", "tls"] if sys.platform == "linux" else ["none"]

# A login without encryption is what is tested.
warnings.filterwarnings("ignore", module="aiosmtpd")
logging.getLogger("mail.log").setLevel(logging.ERROR)

# Only against hanging.
PATIENCE_S = 90


class Receiver:
    """Keeps what it is sent, with the name of the channel."""

    def __init__(self, form, received):
        self.form = form
        self.received = received

    async def handle_DATA(self, server, session, envelope):
        self.received.put((self.form, session, envelope))
        return "250 stored"


def login(server, session, envelope, mechanism, data):
    return AuthResult(success=data == LoginPassword(b"user", b"password"))


def started(form, received):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATES / "localhost.pem", CERTIFICATES / "localhost.key")
    encryption = {
        "none": {"auth_require_tls": False},
        "starttls": {"tls_context": context, "require_starttls": True},
        # The session is encrypted before the protocol begins, which the library does not count.
        "tls": {"ssl_context": context, "auth_require_tls": False},
    }[form]
    # The library connects to the port that it is given, and takes none for any.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    receiver = Receiver(form, received)
    controller = Controller(
        receiver, hostname="127.0.0.1", port=port, auth_required=True, authenticator=login, **encryption
    )
    controller.start()
    return controller, port


def configure(ports):
    channels = [
        f"[[channel]]\nname = '{form}'\nkind = 'smtp'\ntls = '{form}'\nhost = 'localhost'\nport = {port}\n"
        "user = 'user'\npassword = 'password'\nfrom = 'Monitor <ctm@a.example>'\nto = ['me@b.example', 'you@c.example']\n"
        f"allow_private = true\nlanguage = '{'zh' if form == 'tls' else 'en'}'\n"
        for form, port in ports.items()
    ]
    (FOLDER / "config.toml").write_text("\n".join(channels))


def ctm(*arguments):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CTM_")},
        "HOME": str(FOLDER),
        "CTM_CONFIG": str(FOLDER / "config.toml"),
        "SSL_CERT_FILE": str(CERTIFICATES / "authority.pem"),
    }
    command = [BINARY, *arguments, "--claude-dir", HOME, "--database", FOLDER / "ctm.db"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def done(*arguments):
    process = ctm(*arguments)
    output, _ = process.communicate()
    assert process.returncode == 0, output


def only_alert(url):
    with urllib.request.urlopen(f"{url}api/v1/alerts") as answer:
        (alert,) = json.load(answer)["items"]
    return alert


def check(form, session, envelope, alert):
    assert session.authenticated, form
    # With TLS from the first byte on, no other connection reaches the protocol.
    assert (session.ssl is not None) == (form == "starttls"), form
    assert envelope.mail_from == "ctm@a.example", envelope.mail_from
    assert envelope.rcpt_tos == ["me@b.example", "you@c.example"], envelope.rcpt_tos
    assert max(map(len, envelope.original_content.split(b"\r\n"))) <= 998, form
    mail = message_from_bytes(envelope.original_content, policy=policy.default)
    language = "zh" if form == "tls" else "en"
    assert mail["subject"] == alert[language]["title"], mail["subject"]
    assert mail["message-id"] == f"<{alert['id']}@ctm.invalid>", mail["message-id"]
    assert mail["auto-submitted"] == "auto-generated", mail["auto-submitted"]
    assert mail.get_content_type() == "multipart/alternative", mail.get_content_type()
    parts = list(mail.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"], parts
    assert not any(part.defects for part in [mail, *parts]), [part.defects for part in [mail, *parts]]
    markdown, html = [part.get_content() for part in parts]
    title, project = ("Claude Code 用量", "项目") if language == "zh" else ("Claude Code usage", "Project")
    assert markdown.splitlines()[0] == f"# {title}", markdown
    assert re.search(rf"^\| {project} [A-Z] \|", markdown, re.MULTILINE), markdown
    assert f"<h1>{title}</h1>" in html and "</html>" in html and "<script" not in html, html


def main():
    received = queue.Queue()
    controllers, ports = [], {}
    for form in FORMS:
        controller, ports[form] = started(form, received)
        controllers.append(controller)
    configure(ports)
    done("daily")
    done("alert", "add", "month", "--watch", "month_summary")
    server = ctm("serve", "--port", "0")
    try:
        ready = next(line for line in server.stdout if line.startswith("ctm is ready at "))
        # The first evaluation raises the alert of last month.
        mails = [received.get(timeout=PATIENCE_S) for _ in FORMS]
        assert sorted(form for form, _, _ in mails) == sorted(FORMS), mails
        alert = only_alert(ready.removeprefix("ctm is ready at ").strip())
        for form, session, envelope in mails:
            check(form, session, envelope, alert)
    finally:
        server.terminate()
        server.wait()
        for controller in controllers:
            controller.stop()
    print(", ".join(f"{form}: {len(envelope.original_content)} bytes" for form, _, envelope in mails))


main()
