"""A client of ctm, by the official SDK, which checks every result against the schema of its tool.

Usage: client.py FOUND URL, or client.py FOUND PROGRAM ARGUMENTS...

Writes what it found to the file FOUND.
"""

import asyncio
import json
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client


def arguments(tool, known):
    """Returns arguments of a call: all time, and what the tool requires."""
    properties = tool.input_schema["properties"]
    given = {"range": "all"} if "range" in properties else {}
    for name in tool.input_schema.get("required", []):
        given[name] = properties[name]["enum"][0] if "enum" in properties[name] else known[name]
    return given


def connected(target, *options):
    """Connects to the server at an address, or to a program that is started."""
    if target.startswith("http://"):
        return streamable_http_client(target)
    return stdio_client(StdioServerParameters(command=target, args=list(options), env=dict(os.environ)))


async def main(found, *server):
    async with connected(*server) as (read, write, *_), ClientSession(read, write) as session:
        greeting = await session.initialize()
        tools = (await session.list_tools()).tools

        async def figures(name, given):
            result = await session.call_tool(name, given)
            assert not result.is_error, (name, result.content)
            assert json.loads(result.content[0].text) == result.structured_content, name
            return result.structured_content

        sessions = await figures("sessions", {"range": "all"})
        responses = await figures("responses", {"range": "all"})
        known = {"id": sessions["items"][0]["id"], "key": responses["items"][0]["key"]}
        for tool in tools:
            await figures(tool.name, arguments(tool, known))
        usage = await figures("usage", {"range": "all", "tz": "UTC"})
        documents = (await session.list_resources()).resources
        for document in documents:
            assert (await session.read_resource(document.uri)).contents[0].text
        with open(found, "w") as file:
            json.dump(
                {
                    "server": greeting.server_info.name,
                    "tools": len(tools),
                    "documents": len(documents),
                    "responses": usage["totals"]["responses"],
                    "output_tokens": usage["totals"]["output_tokens"],
                },
                file,
            )


asyncio.run(main(*sys.argv[1:]))
