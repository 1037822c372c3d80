import { fieldNames } from '../field-names.ts';
import { type Conversation, defineScript } from '../script.ts';

/** Sums the first primes: the first cell computes, the second submits. How many is read from the question, in Python. */
export default defineScript({
  name: 'primes',
  agent: (conversation) => (isComputed(conversation) ? submit(conversation) : compute(conversation)),
});

const shown = 'sum of the first';

/** An observation without the sum is that of a cell that failed: the cell is then written again. */
function isComputed({ lastObservation }: Conversation): boolean {
  return lastObservation?.includes(shown) ?? false;
}

function compute({ signature }: Conversation): string {
  const question = fieldNames(signature).inputs[0] ?? 'question';
  return `I read how many primes are asked for, find them by trial division, and look at the sum before I submit it.

\`\`\`python
import re

numbers = [int(number.replace(",", "")) for number in re.findall(r"\\d[\\d,]*", str(${question}))]
count = numbers[0] if numbers else 100

primes = []
candidate = 2
while len(primes) < count:
    if all(candidate % prime for prime in primes if prime * prime <= candidate):
        primes.append(candidate)
    candidate += 1

total = sum(primes)
print(f"${shown} {count} primes: {total} (the last one is {primes[-1] if primes else None})")
\`\`\`
`;
}

function submit({ signature }: Conversation): string {
  const answer = /->\s*\w+\s*:\s*str\b/.test(signature) ? 'str(total)' : 'total';
  return `The sum is computed. I submit the variable rather than copy its digits.

\`\`\`python
SUBMIT(${answer})
\`\`\`
`;
}
