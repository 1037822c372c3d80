import { useEffect, useState } from 'preact/hooks';

/** What was asked for: not there yet, there, or why not. */
export interface Detail<T> {
  value: T | null;
  problem: string | null;
  isLoading: boolean;
}

/**
 * Reads something when it is shown, and again when one of the keys changes; until then what was there stays.
 *
 * @param read Null: nothing is to be read now.
 */
export function useDetail<T>(read: (() => Promise<T | null>) | null, keys: readonly unknown[]): Detail<T> {
  const [detail, setDetail] = useState<Detail<T>>({ value: null, problem: null, isLoading: read !== null });
  useEffect(() => {
    if (read === null) return;
    let isWanted = true;
    setDetail((before) => ({ ...before, isLoading: true }));
    read().then(
      (value) => {
        if (isWanted) setDetail({ value, problem: null, isLoading: false });
      },
      (error: Error) => {
        if (isWanted) setDetail((before) => ({ ...before, problem: error.message, isLoading: false }));
      },
    );
    return () => {
      isWanted = false;
    };
  }, [read === null, ...keys]);
  return detail;
}
