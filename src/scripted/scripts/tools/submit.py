SUBMIT(
    answer=found[0][1] if found else "The knowledge base does not say.",
    sources=[source for source, _ in found[:1]],
)
