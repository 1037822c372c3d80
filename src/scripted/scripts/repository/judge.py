replies = llm_query_batched(
    [
        "How much work is it to do what this TODO asks for? Reply with small, medium or large, then ` | ` and why, in one line.\n"
        f"TODO: {item['todo']}\nIt stands in a function of {len(item['code'])} lines:\n" + "\n".join(item["code"][:200])
        for item in found
    ]
)
lines = []
for item, reply in zip(found, replies):
    effort, _, why = " ".join(reply.split()).partition(" | ")
    lines.append(f"{path}:{item['line']} | {effort} | {item['name']} | {why.replace('|', '/')} | {item['todo']}")
FINAL("\n".join(lines))
