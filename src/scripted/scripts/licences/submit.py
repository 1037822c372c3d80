rows = [
    {
        "licence": licence,
        "packages": members[licence],
        **verdicts[licence],
        "example": {
            "package": examples[licence][0],
            "file": examples[licence][1],
            "quote": named[examples[licence][0]]["quote"],
        },
    }
    for licence in sorted(members, key=lambda licence: -len(members[licence]))
]
SUBMIT(licences=rows, unknown=sorted(set(packages) - set(named)))
