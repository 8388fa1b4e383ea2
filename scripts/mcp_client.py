#!/usr/bin/env python3
"""Talks to the tool server with the public client: the Python package `mcp` (2.3.0).

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install mcp
    cargo build -p campfire-mcp --example stdio
    /tmp/venv/bin/python scripts/mcp_client.py target/debug/examples/stdio

Or with the command, and the environment that `campfire sandbox --demo 400` prints:

    /tmp/venv/bin/python scripts/mcp_client.py campfire mcp

It lists the tools, searches, describes, reads, is refused a write, previews it, and confirms it, in both ways in which the
client can connect.
"""

import asyncio
import json
import os
import sys

from mcp import Client, StdioServerParameters


def text(result):
    return result.content[0].text


async def use(tool_server, mode):
    program, *arguments = tool_server
    server = StdioServerParameters(command=program, args=[*arguments, "--allow-writes"], env=dict(os.environ))
    async with Client(server, mode=mode) as agent:

        async def tool(name, **arguments):
            result = await agent.call_tool(name, arguments)
            assert not result.is_error, text(result)
            return json.loads(text(result))

        tools = (await agent.list_tools()).tools
        print(f"tools: {[tool.name for tool in tools]}")
        assert [tool.name for tool in tools if not tool.annotations.read_only_hint] == ["confirm"]
        found = await tool("search", query="pay a bill")
        print(f"search: {[line['operation'] for line in found['operations']][:3]}")
        assert "bills.pay" in [line["operation"] for line in found["operations"]]
        described = await tool("describe", operation="bills.create")
        assert "vendor" in described["body"]["fields"]
        accounts = await tool("call", operation="accounts.list", fields=["id", "name"], limit=100)
        accounts = {account["name"]: account["id"] for account in accounts["records"]}
        print(f"accounts: {len(accounts)}")
        vendors = await tool("call", operation="vendors.list", limit=1)
        vendor = vendors["records"][0]["id"]
        entities = await tool("call", operation="entities.list", fields=["id"])
        bill = {
            "operation": "bills.create",
            "body": {
                "entity": entities["records"][0]["id"],
                "vendor": vendor,
                "bill_number": "PY-1",
                "bill_date": "2026-03-01",
                "due_date": "2026-04-01",
                "currency": "USD",
                "lines": [{"account": accounts["Hosting"], "amount": "12345678901.23"}],
            },
        }
        refused = await agent.call_tool("call", bill)
        assert refused.is_error and "it changes data" in text(refused)
        print(f"refused: {text(refused)}")
        preview = await tool("preview", **bill)
        rows = preview["effects"]["trial_balance"]["rows"]
        print(f"preview: {[(row['name'], row['change_of_debits'], row['change_of_credits']) for row in rows]}")
        assert '"change_of_debits":12345678901.23' in text(await agent.call_tool("preview", bill))
        token = preview["confirmation"]["token"]
        done = await tool("confirm", **bill, confirmation=token)
        print(f"confirmed: bill {done['response']['id']} of {done['response']['total_amount']}")
        again = await agent.call_tool("confirm", {**bill, "confirmation": token})
        assert again.is_error and "used before" in text(again)
        print(f"refused: {text(again)}")


async def main():
    for mode in ["legacy", "auto"]:
        print(f"-- {mode}")
        await use(sys.argv[1:], mode)
    print("All done.")


asyncio.run(main())
