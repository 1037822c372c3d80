import json
import re

print(f"{len(context)} documents, {sum(len(document['text']) for document in context):,} characters")

NO_ENDORSEMENT = r"(?:Neither the names?\b|may not be used to endorse)"
BSD = r"Redistribution and use in source and binary forms"
FEE = r"Permission to use, copy, modify, and(?:/or)? distribute this software for any purpose with or without fee is hereby granted"
wording = {
    "MIT": r"Permission is hereby granted, free of charge, to any person obtaining a copy of this software",
    "Bitstream-Vera": r"to any person obtaining a copy of the fonts accompanying this license",
    "Apache-2.0": r"Apache License,? Version 2\.0",
    "ISC": FEE + r", provided that",
    "0BSD": FEE + r"\.",
    "BSD-3-Clause": BSD + r"(?=.{0,1500}?" + NO_ENDORSEMENT + ")",
    "BSD-2-Clause": BSD + r"(?!.{0,1500}?" + NO_ENDORSEMENT + ")",
    "MPL-2.0": r"Mozilla Public License,? Version 2\.0",
    "BlueOak-1.0.0": r"Blue Oak Model License",
    "Unlicense": r"This is free and unencumbered software released into the public domain",
    "CC-BY-4.0": r"Creative Commons Attribution 4\.0 International",
    "GPL-3.0": r"GNU GENERAL PUBLIC LICENSE Version 3",
    "LGPL-3.0": r"GNU LESSER GENERAL PUBLIC LICENSE Version 3",
    "AGPL-3.0": r"GNU AFFERO GENERAL PUBLIC LICENSE Version 3",
}
patterns = {licence: re.compile(pattern.replace(" ", r"[\s*#>/]+"), re.S | re.I) for licence, pattern in wording.items()}


def first_licence(text):
    """The licence whose wording comes first: what follows it may be that of others who are quoted."""
    matches = [(match.start(), licence, match[0]) for licence, pattern in patterns.items() if (match := pattern.search(text))]
    return min(matches, default=None)


def is_licence_file(document):
    return re.match(r"licen[sc]e|copying", document["file"], re.I) is not None


findings, left = {}, {}
for document in sorted(context, key=is_licence_file, reverse=True):
    package, file = document["package"], document["file"]
    match = first_licence(document["text"])
    if match is None:
        continue
    _, licence, words = match
    finding = findings.setdefault(package, {"licence": licence, "file": file, "quote": " ".join(words.split())})
    if file.upper().startswith("LICENSE-") and licence not in finding["licence"]:
        finding["licence"] += f" OR {licence}"  # LICENSE-MIT beside LICENSE-APACHE leaves the choice
for document in context:
    if document["package"] not in findings:
        left.setdefault(document["package"], []).append(document)

print(f"classified by their wording: {len(findings)} packages; left for a query: {len(left)} {list(left)[:8]}")
