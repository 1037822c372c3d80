import { useState } from 'preact/hooks';
import { formatCount } from '../../../cli/format-quantities.ts';

/** How much of a long text stands there at first, of its beginning and of its end. */
const headLines = 24;
const tailLines = 8;
const lineCharacters = 4_000;
const wholeCharacters = 12_000;

/** A text as it is, whatever it holds; the middle of a long one is one click away. */
export function ClippedText({ text, label, kind = 'output' }: { text: string; label: string; kind?: string }) {
  const [isWhole, setWhole] = useState(false);
  const clipped = isWhole ? null : clip(text);
  return (
    <section class={`text-block ${kind}`} aria-label={label}>
      {clipped === null ? (
        <pre>{text}</pre>
      ) : (
        <>
          <pre>{clipped.head}</pre>
          <button type="button" class="cut" onClick={() => setWhole(true)}>
            show {clipped.hidden}
          </button>
          {clipped.tail !== '' && <pre>{clipped.tail}</pre>}
        </>
      )}
      {isWhole && clip(text) !== null && (
        <button type="button" class="cut" onClick={() => setWhole(false)}>
          show less
        </button>
      )}
    </section>
  );
}

function clip(text: string): { head: string; hidden: string; tail: string } | null {
  const lines = text.split('\n');
  if (lines.length > headLines + tailLines + 4) {
    const head = lines.slice(0, headLines).join('\n');
    const tail = lines.slice(-tailLines).join('\n');
    if (head.length + tail.length <= wholeCharacters) {
      return { head, hidden: `${formatCount(lines.length - headLines - tailLines)} more lines`, tail };
    }
  }
  if (text.length <= wholeCharacters) return null;
  const head = text.slice(0, lineCharacters);
  const tail = text.slice(-lineCharacters / 4);
  return { head, hidden: `${formatCount(text.length - head.length - tail.length)} more characters`, tail };
}
