import re

print(f"{len(chapters)} chapters, {sum(map(len, chapters)):,} characters; the longest has {max(map(len, chapters)):,}")
print(chapters[0][:200])

people = {
    "Dantès": r"Dantès|Edmond|Sinbad|Busoni|Wilmore|Count of Monte Cristo|(?<!of )Monte Cristo",
    "Danglars": r"(?<!Madame )(?<!Mademoiselle )(?<!Eugénie )Danglars",
    "Fernand/Morcerf": r"Fernand|(?<!Madame de )(?<!Albert de )(?<!Countess of )Morcerf",
    "Villefort": r"(?<!Madame de )(?<!Mademoiselle de )(?<!Valentine de )(?<!Noirtier de )Villefort",
    "Mercédès": r"Mercédès|Madame de Morcerf|Countess of Morcerf",
}
for person, names in people.items():
    present = [number for number, chapter in enumerate(chapters, 1) if re.search(names, chapter)]
    print(f"{person}: in {len(present)} chapters, from {present[:1]} to {present[-1:]}")
print("looked for", len(people), "people")
