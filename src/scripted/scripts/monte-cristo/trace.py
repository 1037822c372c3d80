wealth_rows = []
for person in people:
    seen = [ratings[number][person]["wealth"] for number in sorted(ratings) if person in ratings[number]]
    level = sum(seen[:3]) / max(1, len(seen[:3])) if seen else 1
    last = 0
    for number in range(1, len(chapters) + 1):
        rating = ratings.get(number, {}).get(person)
        if rating:
            # One chapter's words are weak evidence: they move the level, and do not set it.
            level += 0.4 * (rating["wealth"] - level)
            last, event = number, rating["event"]
        else:
            event = f"nothing new since chapter {last}" if last else "not yet in the story"
        wealth = min(10, max(1, round(level)))
        wealth_rows.append({"chapter": number, "character": person, "wealth": wealth, "event": event})

wealth_rows.sort(key=lambda row: row["chapter"])
print(f"{len(wealth_rows)} rows for {len(chapters)} chapters")
for person in people:
    print(person, [row["wealth"] for row in wealth_rows if row["character"] == person][::6])
