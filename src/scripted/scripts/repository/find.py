import re
import subprocess
from collections import defaultdict

command = ["git", "grep", "-nIzE", r"#.*\bTODO\b", "--", ":(literal)" + context["module"]]
found = subprocess.run(command, capture_output=True).stdout.decode("utf-8", "surrogateescape")
places = defaultdict(list)
for path, number in re.findall(r"([^\0]+)\0(\d+)\0[^\n]*\n", found):
    if path.endswith(".py"):
        places[path].append(int(number))
for path, numbers in places.items():
    print(f"  {path}: lines {', '.join(map(str, numbers))}")
print(f"TODO comments of {context['module']} are in {len(places)} files")
