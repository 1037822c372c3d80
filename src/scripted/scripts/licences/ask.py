places = [(package, document) for package, documents in left.items() for document in documents]
replies = llm_query_batched(
    [
        f"Which licence does this file of the package {package} put it under? Reply with the SPDX identifier, a space, a "
        "vertical bar, a space and the words that say so, copied exactly; or with NONE when it names none.\n"
        f"File {document['file']}:\n{document['text'][:60_000]}"
        for package, document in places
    ]
)
for (package, document), reply in zip(places, replies):
    licence, bar, quote = reply.partition(" | ")
    if bar and package not in findings and quote in document["text"]:
        findings[package] = {"licence": licence, "file": document["file"], "quote": " ".join(quote.split())}
    print(f"{package}/{document['file']}: {reply[:100]}")

print(f"after the queries: {len(findings)} packages")
