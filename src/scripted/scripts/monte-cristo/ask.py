import json

longest = 8_000


def passages(chapter, names):
    """The sentences that name a person, each with the next; where they are too many, an even choice of them."""
    sentences = re.split(r"(?<=[.!?;”])\s+", " ".join(chapter.split()))
    pairs = zip(sentences, sentences[1:] + [""])
    found = [f"{sentence} {following}".strip() for sentence, following in pairs if re.search(names, sentence)]
    share = max(1, -(-sum(map(len, found)) // longest))
    return found[::share]


places, prompts = [], []
for number, chapter in enumerate(chapters, 1):
    named = {person: passages(chapter, names) for person, names in people.items()}
    sections = [f"# {person}\n" + "\n".join(f"- {text}" for text in texts) for person, texts in named.items() if texts]
    if sections:
        places.append(number)
        prompts.append(
            f"These are passages from chapter {number} of a novel, by the person that they name. Rate how wealthy each "
            "of these people is there, from 1 (destitute) to 10 (the richest in Paris). Reply with JSON alone: "
            '{NAME: {"wealth": 1 to 10, "event": the words that show it}}, without those whose wealth nothing shows.\n\n'
            + "\n\n".join(sections)
        )

ratings = {}
for number, reply in zip(places, llm_query_batched(prompts)):
    try:
        ratings[number] = json.loads(reply)
    except ValueError:
        print(f"chapter {number}: {reply[:200]}")
print(f"rated {len(ratings)} chapters of {len(chapters)}; chapter 1: {ratings.get(1)}")
