replies = llm_query_batched(
    [
        f"Question: {question}\nQuote the sentence of this document that answers it, or say NOTHING RELEVANT.\n"
        f"Document:\n{article['text']}"
        for article in articles
    ]
)
found = [(article["id"], reply) for article, reply in zip(articles, replies) if reply != "NOTHING RELEVANT"]
for source, sentence in found:
    print(f"{source}: {sentence}")
print(f"{len(found)} articles answer")
