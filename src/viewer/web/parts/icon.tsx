/** Lines on a field of 16 by 16. */
const paths = {
  sun: 'M8 11.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13',
  moon: 'M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1Z',
  search: 'M7 12a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM10.7 10.7 14 14',
  chevron: 'm6 3.5 4.5 4.5L6 12.5',
  external: 'M6 3H3v10h10v-3M9 3h4v4M13 3 7 9',
  download: 'M8 2v8M4.5 6.8 8 10.2l3.5-3.4M2.5 13.5h11',
  open: 'M2 12.5v-9h4l1.5 2H14v7Z',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8Z',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  alert: 'M8 5.5v3.2M8 11v.1M8 2 1.5 13.5h13Z',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.6',
  stop: 'M4 4h8v8H4Z',
  keyboard: 'M1.5 4h13v8h-13ZM4 6.5h.1M6.5 6.5h.1M9 6.5h.1M11.6 6.5h.1M5 9.5h6',
  fold: 'M8 2v4M5.8 4 8 6.2 10.2 4M8 14v-4M5.8 12 8 9.8l2.2 2.2M2.5 8h11',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.5 8Z',
  again: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.8h-2.8',
  note: 'M2.5 3h11v8H8l-3 2.5V11H2.5Z',
  branch:
    'M4 5.5v5M4 5.5a1.8 1.8 0 1 0 0-3.5 1.8 1.8 0 0 0 0 3.5ZM4 14a1.8 1.8 0 1 0 0-3.5A1.8 1.8 0 0 0 4 14ZM12 7.5A1.8 1.8 0 1 0 12 4a1.8 1.8 0 0 0 0 3.5ZM12 7.5c0 2-4 1.5-8 3',
} as const;

export type IconName = keyof typeof paths;

/** A small drawing beside a word, or in place of one that the control's label says. */
export function Icon({ name, class: extra = '' }: { name: IconName; class?: string }) {
  return (
    <svg class={`icon ${extra}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}
