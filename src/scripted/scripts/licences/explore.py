from collections import Counter

packages = sorted({document["package"] for document in documents})
files = Counter(document["file"].split(".")[0].upper() for document in documents)
print(f"{len(documents)} documents of {len(packages)} packages: {dict(files.most_common(6))}")

phrases = ["Permission is hereby granted, free of charge", "Apache License", "Redistribution and use", "GENERAL PUBLIC LICENSE"]
for phrase in phrases:
    print(f"  {sum(phrase in document['text'] for document in documents):4d} say {phrase!r}")
for document in documents[:3]:
    print(f"{document['package']}/{document['file']}: {document['text'][:120]!r}")
