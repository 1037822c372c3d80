import { useMemo, useState } from 'preact/hooks';
import { formatCount, formatCounted } from '../../../cli/format-quantities.ts';
import { type FilePatch, type Hunk, parsePatch } from '../model/patch.ts';

/** Of a file with more changed lines than this only the name stands there at first. */
const openLines = 400;
const openFiles = 20;
const signs = { added: '+', removed: '−', kept: ' ', remark: '\\' } as const;

/** A patch, file by file. */
export function PatchView({ patch }: { patch: string }) {
  const files = useMemo(() => parsePatch(patch), [patch]);
  const sum = (count: (file: FilePatch) => number) => files.reduce((total, file) => total + count(file), 0);
  return (
    <section class="patch" aria-label="patch">
      <p class="patch-sum">
        {formatCounted(files.length, 'file')}
        <span class="added">+{formatCount(sum((file) => file.additions))}</span>
        <span class="removed">−{formatCount(sum((file) => file.deletions))}</span>
      </p>
      {files.map((file, index) => (
        <FileView key={`${index} ${file.path}`} file={file} isOpenAtFirst={index < openFiles} />
      ))}
    </section>
  );
}

function FileView({ file, isOpenAtFirst }: { file: FilePatch; isOpenAtFirst: boolean }) {
  const size = file.hunks.reduce((sum, { lines }) => sum + lines.length, 0);
  const [isOpen, setOpen] = useState(isOpenAtFirst && size <= openLines);
  const name = file.oldPath === null ? file.path : `${file.oldPath} → ${file.path}`;
  return (
    <details class="patch-file" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="path">{name}</span>
        {file.kind !== 'changed' && <span class="kind">{file.kind}</span>}
        <span class="added">+{formatCount(file.additions)}</span>
        <span class="removed">−{formatCount(file.deletions)}</span>
      </summary>
      {isOpen && (file.isBinary ? <p class="quiet">not text</p> : <Hunks hunks={file.hunks} name={name} />)}
    </details>
  );
}

function Hunks({ hunks, name }: { hunks: Hunk[]; name: string }) {
  return (
    <div class="hunks">
      <table aria-label={`changes of ${name}`}>
        {hunks.map((hunk, place) => (
          <tbody key={place}>
            <tr class="hunk">
              <td colSpan={3}>{hunk.title || '⋯'}</td>
            </tr>
            {hunk.lines.map(({ kind, oldNumber, newNumber, text }, line) => (
              <tr key={line} class={kind}>
                <td class="line-number">{oldNumber}</td>
                <td class="line-number">{newNumber}</td>
                <td class="line">
                  <span class="sign">{signs[kind]}</span>
                  {text}
                </td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}
