import { classHighlighter, highlightCode } from '@lezer/highlight';
import { parser } from '@lezer/python';
import type { ComponentChildren } from 'preact';
import { memo } from 'preact/compat';

/** Longer code is shown without colours: finding them would take longer than reading a screen of it. */
const colouredCharacters = 100_000;

/** Python with its words in colours. */
export const PythonCode = memo(({ code }: { code: string }) => {
  return (
    <section class="code" aria-label="code">
      <pre>
        <code>{code.length > colouredCharacters ? code : coloured(code)}</code>
      </pre>
    </section>
  );
});

function coloured(code: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  highlightCode(
    code,
    parser.parse(code),
    classHighlighter,
    (text, classes) => parts.push(classes ? <span class={classes}>{text}</span> : text),
    () => parts.push('\n'),
  );
  return parts;
}
