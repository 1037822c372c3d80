const characters = 300;

/** The beginning of what an error says: enough for a person to go on from. */
export function firstWords(error: unknown): string {
  // Temporal's client says what it wanted to do; its cause says what was wrong.
  const { cause } = Object(error) as { cause?: unknown };
  const told = cause instanceof Error ? cause : error;
  return (told instanceof Error ? told.message : String(told)).slice(0, characters);
}
